import { describe, expect, it } from "vitest";
import { launchWorkers } from "#core/application/launch-workers.ts";
import { limits } from "#core/domain/limits.ts";
import { launchRetryMs } from "#core/domain/reconcile/launch-retry.ts";
import type { BootstrapTokens } from "#core/ports/bootstrap-tokens.ts";
import type { ClaimedLaunch } from "#core/ports/control-store.ts";
import {
  type LaunchRequest,
  PROVIDER_ERROR_KINDS,
  ProviderError,
  type ProviderErrorKind,
} from "#core/ports/provider.ts";
import { makeDeps, makeRequest } from "./make.ts";

const claim = (workerId: string, failures = 0): ClaimedLaunch => ({
  workerId,
  request: makeRequest({ workerId, launchToken: workerId }),
  tokenKeyId: "k1",
  failures,
});

/** Launches these rows with a provider that answers as told. */
async function launching(
  claimed: ClaimedLaunch[],
  launch: (request: LaunchRequest, token: string) => Promise<{ externalId: string }>,
  tokens?: BootstrapTokens,
) {
  const nothing = async () => undefined;
  const deps = makeDeps({
    store: {
      claimLaunches: async () => claimed,
      launchesAccepted: nothing,
      launchesFailed: nothing,
    },
    provider: { launch },
    ...(tokens ? { tokens } : {}),
  });
  const count = await launchWorkers(deps);
  const told = (method: string) => deps.store.calls.find((call) => call.method === method)?.args[0];
  return { deps, count, accepted: told("launchesAccepted"), failed: told("launchesFailed") };
}

describe("launching workers", () => {
  it("asks with the frozen request and the derived token, and writes down the machine", async () => {
    const asked: unknown[] = [];
    const { accepted, failed, deps, count } = await launching(
      [claim("w1"), claim("w2")],
      async (request, token) => {
        asked.push([request.workerId, request.launchToken, token]);
        return { externalId: `machine-of-${request.workerId}` };
      },
    );
    expect(count).toBe(2);
    expect(asked).toEqual([
      ["w1", "w1", "secret-k1-w1"],
      ["w2", "w2", "secret-k1-w2"],
    ]);
    expect(accepted).toEqual([
      { workerId: "w1", externalId: "machine-of-w1" },
      { workerId: "w2", externalId: "machine-of-w2" },
    ]);
    expect(failed).toEqual([]);
    expect(deps.wakes).toEqual([]);
    expect(deps.telemetry.counted("launches_total", { outcome: "launched" })).toBe(2);
    expect(deps.telemetry.counted("launches_failed_total")).toBe(0);
  });

  it("claims no more than one pass may launch", async () => {
    const { deps } = await launching([], async () => ({ externalId: "m" }));
    expect(deps.store.calls[0]).toEqual({
      method: "claimLaunches",
      args: [limits.launchesPerTickMax],
    });
  });

  it("never shows a token", async () => {
    const { deps } = await launching([claim("w1"), claim("w2")], async ({ workerId }) => {
      if (workerId === "w1") throw new ProviderError("denied", "no");
      return { externalId: "m" };
    });
    expect(deps.log.lines).toHaveLength(2);
    expect(JSON.stringify(deps.log.lines)).not.toContain("secret-");
    expect(JSON.stringify(deps.store.calls)).not.toContain("secret-");
  });
});

describe("a launch that fails", () => {
  const reasons: Record<ProviderErrorKind, string> = {
    "no-capacity": "NoCapacity",
    throttled: "Throttled",
    "bad-request": "LaunchRefused",
    denied: "LaunchDenied",
    unavailable: "ProviderUnavailable",
  };

  it.each([...PROVIDER_ERROR_KINDS])(
    "for %s is shown with its reason and repeated later",
    async (kind) => {
      const { failed, accepted, deps } = await launching([claim("w1", 3)], async () => {
        throw new ProviderError(kind, "the provider's words");
      });
      const waitMs = launchRetryMs(3, 0.5);
      expect(accepted).toEqual([]);
      expect(failed).toEqual([
        { workerId: "w1", reason: reasons[kind], message: "the provider's words", waitMs },
      ]);
      expect(deps.wakes).toEqual([waitMs]);
      expect(deps.telemetry.counted("launches_total", { outcome: kind })).toBe(1);
      expect(deps.telemetry.counted("launches_failed_total")).toBe(1);
    },
  );

  it("for any other reason counts as the provider's absence", async () => {
    const { failed } = await launching([claim("w1")], () =>
      Promise.reject(new Error("socket gone")),
    );
    expect(failed).toMatchObject([{ reason: "ProviderUnavailable", message: "socket gone" }]);
  });

  it("does not keep the others from being launched", async () => {
    const { accepted, failed, deps } = await launching(
      [claim("w1", 0), claim("w2", 5), claim("w3", 1)],
      async ({ workerId }) => {
        if (workerId !== "w1") throw new ProviderError("throttled", "slow down");
        return { externalId: "m1" };
      },
    );
    expect(accepted).toEqual([{ workerId: "w1", externalId: "m1" }]);
    expect(failed).toMatchObject([{ workerId: "w2" }, { workerId: "w3" }]);
    expect(deps.wakes).toEqual([launchRetryMs(1, 0.5)]);
  });

  it("because its token key is gone is a failed launch, not a crash of the tick", async () => {
    const tokens = {
      issue: () => ({ keyId: "k2", sha256: "x" }),
      derive: () => {
        throw new Error("token key k1 is not configured");
      },
    };
    const { failed } = await launching([claim("w1")], async () => ({ externalId: "m" }), tokens);
    expect(failed).toMatchObject([{ workerId: "w1", message: "token key k1 is not configured" }]);
  });
});
