import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { LaunchRequest, MachineFact, Provider, ProviderError } from "#core/ports/provider.ts";

/** One implementation in its world, fresh for each test, and the ways to make its calls fail. */
export interface ProviderBench {
  readonly provider: Provider;
  /** The next launches find no room. */
  noCapacity(times: number): void;
  /** The next calls are too many. */
  throttle(times: number): void;
  /** The next calls meet a provider that is out of order. */
  outOfOrder(times: number): void;
  /** The next launches make a machine, and their caller never hears of it. */
  loseAnswer(times: number): void;
  /** The next machines die before they run anything. */
  dieAtStart(times: number): void;
  /** The provider takes this machine away. */
  interrupt(externalId: string): void;
  /** Calls of `launch` whose parameters differ from an earlier call with the same token. */
  providerAfterDeployment(): Provider;
  close(): Promise<void>;
}

/** A machine runs until it is stopped: the exam needs no other work from it. */
export function providerExam(name: string, setup: () => Promise<ProviderBench>): void {
  let bench: ProviderBench;
  let provider: Provider;

  beforeEach(async () => {
    bench = await setup();
    provider = bench.provider;
    onTestFinished(() => bench.close());
  });

  const becomes = (externalId: string, state: MachineFact["state"]) =>
    vi.waitFor(
      async () => {
        const [fact] = await provider.describe([externalId]);
        if (fact?.state !== state) throw new Error(`${externalId} is ${fact?.state}`);
        return fact;
      },
      { timeout: 15_000, interval: 100 },
    );

  describe(`${name} launches`, () => {
    test("a machine that says whose it is", async () => {
      const before = Date.now();
      const { externalId } = await provider.launch(launchRequest("w-1"), "secret");
      const machine = await becomes(externalId, "running");
      expect(machine).toMatchObject({
        externalId,
        installId: "exam",
        workerId: "w-1",
        stoppedReason: null,
        interrupted: false,
      });
      const { createdAtMs } = machine as { createdAtMs: number };
      expect(Math.abs(createdAtMs - before)).toBeLessThan(60_000);
    });

    test("one machine for one launch token, however often and in parallel", async () => {
      const request = launchRequest("w-1");
      const calls = Array.from({ length: 5 }, () => provider.launch(request, "secret"));
      const ids = (await Promise.all(calls)).map(({ externalId }) => externalId);
      expect(new Set([...ids, (await provider.launch(request, "secret")).externalId]).size).toBe(1);
      expect(await provider.list()).toHaveLength(1);
    });

    test("another machine for another worker row", async () => {
      const one = await provider.launch(launchRequest("w-1"), "secret");
      const two = await provider.launch(launchRequest("w-2"), "secret");
      expect(one.externalId).not.toBe(two.externalId);
    });

    test("one machine although the answer was lost", async () => {
      const request = launchRequest("w-1");
      bench.loseAnswer(1);
      expect(await kindOf(provider.launch(request, "secret"))).toBe("unavailable");
      const { externalId } = await provider.launch(request, "secret");
      const machines = await provider.find("exam", "w-1");
      expect(machines.map((machine) => machine.externalId)).toEqual([externalId]);
    });

    test("and adopts the first machine when a deployment changed the parameters", async () => {
      const request = launchRequest("w-1");
      const first = await provider.launch(request, "secret");
      expect(await bench.providerAfterDeployment().launch(request, "secret")).toEqual(first);
      expect(await provider.list()).toHaveLength(1);
    });

    test("on Spot too", async () => {
      const { externalId } = await provider.launch(launchRequest("w-1", { spot: true }), "secret");
      await becomes(externalId, "running");
    });
  });

  describe(`${name} names its failures`, () => {
    test("no room, then room again with the same token", async () => {
      const request = launchRequest("w-1");
      bench.noCapacity(1);
      expect(await kindOf(provider.launch(request, "secret"))).toBe("no-capacity");
      expect(await provider.list()).toEqual([]);
      await becomes((await provider.launch(request, "secret")).externalId, "running");
    });

    test("throttled and out of order, whatever was called", async () => {
      const calls = [
        () => provider.launch(launchRequest("w-1"), "secret"),
        () => provider.list(),
        () => provider.find("exam", "w-1"),
        () => provider.stop("unknown", "exam"),
      ];
      for (const call of calls) {
        bench.throttle(1);
        expect(await kindOf(call())).toBe("throttled");
        bench.outOfOrder(1);
        expect(await kindOf(call())).toBe("unavailable");
      }
    });

    test("a request that can never be met", async () => {
      const huge = launchRequest("w-1", { memoryMib: 10_000_000 });
      expect(await kindOf(provider.launch(huge, "secret"))).toBe("bad-request");
      const long = launchRequest("w-1", { environment: { LONG: "x".repeat(100_000) } });
      expect(await kindOf(provider.launch(long, "secret"))).toBe("bad-request");
    });

    test("never with the worker's secret in them", async () => {
      const failures = [
        launchRequest("w 1"),
        launchRequest("w-1", { environment: { LONG: "x".repeat(100_000) } }),
      ];
      for (const request of failures) {
        const error: Error = await provider.launch(request, "one-shot-secret").then(
          () => Promise.reject(new Error("launched")),
          (reason) => reason,
        );
        expect(`${error.message} ${error.stack} ${error.cause}`).not.toContain("one-shot-secret");
      }
    });
  });

  describe(`${name} shows`, () => {
    test("one fact for each id, in order, also for strangers and twins", async () => {
      const { externalId } = await provider.launch(launchRequest("w-1"), "secret");
      const { externalId: gone } = await provider.launch(launchRequest("w-2"), "secret");
      const stranger = `${externalId.slice(0, -4)}0000`;
      await provider.stop(gone, "exam");
      await becomes(gone, "stopped");
      const facts = await provider.describe([stranger, externalId, gone, externalId]);
      expect(facts.map((fact) => fact.externalId)).toEqual([
        stranger,
        externalId,
        gone,
        externalId,
      ]);
      expect(facts[0]).toEqual({ externalId: stranger, state: "missing" });
      expect(facts[2]?.state).toBe("stopped");
      expect(await provider.describe([])).toEqual([]);
    });

    test("more machines than one page or one question holds", { timeout: 60_000 }, async () => {
      const ids = Array.from({ length: 230 }, (_, i) => `w-${i}`);
      const launched = await Promise.all(
        ids.map((id) => provider.launch(launchRequest(id), "secret")),
      );
      const externalIds = launched.map(({ externalId }) => externalId).sort();
      const listed = (await provider.list()).map((machine) => machine.externalId).sort();
      expect(listed).toEqual(externalIds);
      const facts = await provider.describe(externalIds);
      expect(facts.map((fact) => fact.externalId)).toEqual(externalIds);
    });

    test("the machines of one worker row, and only while they run", async () => {
      const { externalId } = await provider.launch(launchRequest("w-1"), "secret");
      await provider.launch(launchRequest("w-10"), "secret");
      const found = await provider.find("exam", "w-1");
      expect(found.map((machine) => machine.externalId)).toEqual([externalId]);
      expect(await provider.find("other-install", "w-1")).toEqual([]);
      await becomes(externalId, "running");
      await provider.stop(externalId, "exam");
      await becomes(externalId, "stopped");
      expect(await provider.find("exam", "w-1")).toEqual([]);
      expect((await provider.list()).map((machine) => machine.workerId)).toEqual(["w-10"]);
    });

    test("why a machine never started", async () => {
      bench.dieAtStart(1);
      const { externalId } = await provider.launch(launchRequest("w-1"), "secret");
      const machine = await becomes(externalId, "stopped");
      expect(machine).toMatchObject({ interrupted: false, workerId: "w-1" });
      expect((machine as { stoppedReason: string }).stoppedReason).toMatch(/\w{5}/);
    });

    test("that a machine was taken away", async () => {
      const { externalId } = await provider.launch(launchRequest("w-1", { spot: true }), "secret");
      await becomes(externalId, "running");
      bench.interrupt(externalId);
      expect(await becomes(externalId, "stopped")).toMatchObject({ interrupted: true });
    });
  });

  describe(`${name} stops`, () => {
    test("a machine, as often as it is told, with the reason shown", async () => {
      const { externalId } = await provider.launch(launchRequest("w-1"), "secret");
      await becomes(externalId, "running");
      await provider.stop(externalId, "idle too long");
      await provider.stop(externalId, "second");
      const machine = await becomes(externalId, "stopped");
      expect((machine as { stoppedReason: string }).stoppedReason).toContain("idle too long");
      await provider.stop(externalId, "third");
      expect(machine).toMatchObject({ workerId: "w-1", interrupted: false });
    });

    test("nothing when the machine is unknown", async () => {
      const { externalId } = await provider.launch(launchRequest("w-1"), "secret");
      await provider.stop(`${externalId.slice(0, -4)}0000`, "exam");
      expect(await provider.list()).toHaveLength(1);
    });
  });
}

function launchRequest(workerId: string, fields: Partial<LaunchRequest> = {}): LaunchRequest {
  return {
    workerId,
    launchToken: `launch-${workerId}`,
    installId: "exam",
    profile: "small",
    cpuMillis: 250,
    memoryMib: 512,
    spot: false,
    subnetOffset: 0,
    environment: { HODEI_SERVER: "127.0.0.1:1" },
    ...fields,
  };
}

/** The kind of failure of a call; "none" when it did not fail. */
async function kindOf(call: Promise<unknown>): Promise<ProviderError["kind"] | "none"> {
  return call.then(
    () => "none",
    (error: ProviderError) => error.kind,
  );
}
