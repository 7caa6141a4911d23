import { afterEach, describe, expect, it, vi } from "vitest";
import { readEventStream } from "../../../cli/event-stream.ts";
import { runIdOf } from "../../support/fakes/fake-control-plane.ts";
import type { CliTest, CliTestHooks } from "./test-cli.ts";
import { endEach, lines, setUp } from "./test-cli-set-up.ts";

vi.setConfig({ testTimeout: 30_000 }); // each test starts processes
afterEach(endEach);

const id = runIdOf(1);
async function withRun(hooks: CliTestHooks = {}): Promise<CliTest> {
  const test = await setUp(hooks);
  const request = { spec: { command: ["true"] }, idempotencyKey: null, submittedBy: null };
  await test.plane.operations.submitRun(request);
  test.plane.addEvent(id, { type: "Submitted" });
  return test;
}

describe("hodei get --watch", () => {
  it("prints every event as it happens, and ends with the run", async () => {
    const test = await withRun();
    const watching = test.start(["get", "--watch", id]);
    await watching.says("Submitted");
    test.plane.addEvent(id, { type: "Started", attempt: 1 });
    await watching.says("Started  attempt 1");
    test.plane.addEvent(id, { type: "Finished", reason: "Completed", message: null });
    test.plane.finish(id, "Succeeded");
    const { exitCode, out } = await watching.result;
    expect(exitCode).toBe(0);
    const events = out.trimEnd().split("\n");
    expect(events).toHaveLength(3);
    expect(events[2]).toMatch(/^2026-\d\d-\d\dT[\d:.]+Z {2}Finished .*Completed/);
  });

  it("goes on where a connection was cut, and tells nothing twice", async () => {
    let answers = 0;
    const test = await withRun({
      onAnswer: (_request, response) => {
        answers += 1;
        const { plane } = test;
        plane.addEvent(id, { type: `Event${answers}` });
        if (answers === 3) plane.finish(id, "Succeeded");
        return answers < 3 ? firstOf(response) : response;
      },
    });
    const { out, exitCode } = await test.cli(["get", "-w", id, "--json"]);
    const told = lines(out) as { type: string; event?: { seq: number } }[];
    const seqs = told.flatMap(({ event }) => event?.seq ?? []);
    expect(seqs).toEqual(seqs.map((_, at) => at + 1));
    expect(seqs.length).toBeGreaterThanOrEqual(3);
    expect(told.at(-1)).toMatchObject({ type: "run", run: { phase: "Succeeded" } });
    expect(exitCode).toBe(0);
  });

  it("is left with Ctrl-C, and refuses what is not there", async () => {
    const test = await withRun();
    const watching = test.start(["get", "-w", id]);
    await watching.says("Submitted");
    watching.interrupt();
    expect(await watching.result).toMatchObject({ exitCode: 130 });
    expect(await test.cli(["get", "-w", runIdOf(9)])).toMatchObject({ exitCode: 1, out: "" });
    expect(await test.cli(["get", "-w", "--spec", id])).toMatchObject({ exitCode: 2 });
  });
});

/** The first piece of an answer, then the connection is cut. */
function firstOf(response: Response): Response {
  const reader = response.body?.getReader();
  let told = false;
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      if (told) return controller.error(new Error("cut"));
      told = true;
      const { value } = (await reader?.read()) ?? {};
      if (value) controller.enqueue(value);
    },
    cancel: () => reader?.cancel(),
  });
  return new Response(body, response);
}

describe("a stream of server-sent events", () => {
  const read = async (...chunks: (string | Uint8Array)[]) => {
    const bytes = chunks.map((chunk) =>
      typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk,
    );
    const found: unknown[] = [];
    for await (const message of readEventStream(toAsync(bytes))) found.push(message);
    return found;
  };
  async function* toAsync<T>(items: readonly T[]): AsyncGenerator<T> {
    yield* items;
  }

  it("is read whatever its pieces are", async () => {
    const text = 'retry: 1\n\n: beat\n\nid: 1\nevent: event\ndata: {"a":"é"}\n\ndata: 2\n\n';
    const expected = [
      { id: "1", event: "event", data: { a: "é" } },
      { id: null, event: "message", data: 2 },
    ];
    expect(await read(text)).toEqual(expected);
    const bytes = new TextEncoder().encode(text);
    expect(await read(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected);
  });

  it("loses what was cut off", async () => {
    expect(await read('id: 1\ndata: 1\n\nid: 2\ndata: {"a"')).toEqual([
      { id: "1", event: "message", data: 1 },
    ]);
  });
});
