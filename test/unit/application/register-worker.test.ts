import { describe, expect, it } from "vitest";
import { registerWorker } from "#core/application/register-worker.ts";
import type { ControlStore, TokenView } from "#core/ports/control-store.ts";
import { recordingLog, recordingTelemetry } from "../../support/fakes/recorders.ts";
import { stub } from "../../support/fakes/stub.ts";

const TOKEN = "a-very-secret-token";
const VIEW: TokenView = { phase: "Creating", rightToken: true, consumed: false, expired: false };

function scene(registered: boolean, view: TokenView | null = null) {
  const store = stub<ControlStore>({
    registerWorker: async () => registered,
    inspectToken: async () => view,
    endWorkers: async () => [],
  });
  const log = recordingLog();
  const telemetry = recordingTelemetry();
  const deps = { store, log, telemetry, digest: (secret: string) => `sha256(${secret})` };
  const register = (token: string) =>
    registerWorker(deps, {
      workerId: "w1",
      token,
      sessionSha256: "session",
      protocolVersion: 1,
      info: { hostname: "h" },
    });
  return { register, store, log, telemetry };
}

const methods = (store: { calls: { method: string }[] }) => store.calls.map(({ method }) => method);

describe("a registration", () => {
  it("spends the token: only its digest goes to the store", async () => {
    const { register, store, log } = scene(true);
    await register(TOKEN);
    expect(store.calls).toEqual([
      {
        method: "registerWorker",
        args: [
          {
            workerId: "w1",
            tokenSha256: `sha256(${TOKEN})`,
            sessionSha256: "session",
            protocolVersion: 1,
            info: { hostname: "h" },
          },
        ],
      },
    ]);
    expect(log.lines).toMatchObject([{ message: "worker registered", fields: { workerId: "w1" } }]);
  });

  it.each(["", "dev-token", "dev-"])(
    "with the token %o is refused before the store is asked",
    async (token) => {
      const { register, store, telemetry } = scene(true);
      await expect(register(token)).rejects.toMatchObject({ code: "TokenRefused" });
      expect(store.calls).toEqual([]);
      expect(telemetry.counted("tokens_refused_total", { cause: "no-token" })).toBe(1);
    },
  );

  it.each([
    ["unknown-worker", null],
    ["wrong-token", { ...VIEW, rightToken: false }],
    ["wrong-token", { ...VIEW, rightToken: false, consumed: true }],
    ["worker-ended", { ...VIEW, phase: "Terminated", consumed: true }],
    ["worker-ended", { ...VIEW, phase: "Terminating" }],
    ["expired", { ...VIEW, expired: true }],
    ["moved", VIEW],
  ] satisfies [string, TokenView | null][])(
    "refused as %s changes nothing",
    async (cause, view) => {
      const { register, store, telemetry } = scene(false, view);
      await expect(register(TOKEN)).rejects.toMatchObject({
        code: "TokenRefused",
        message: "the bootstrap token was refused",
      });
      expect(methods(store)).toEqual(["registerWorker", "inspectToken"]);
      expect(telemetry.counted("tokens_refused_total", { cause })).toBe(1);
    },
  );

  it("with a token that another session spent drains that worker: somebody has read it", async () => {
    const { register, store, telemetry } = scene(false, {
      ...VIEW,
      phase: "Busy",
      consumed: true,
      expired: true,
    });
    await expect(register(TOKEN)).rejects.toMatchObject({ code: "TokenRefused" });
    expect(store.calls.at(-1)).toMatchObject({
      method: "endWorkers",
      args: [[{ workerId: "w1", rule: "token-replayed", reason: "TokenReplayed" }]],
    });
    expect(telemetry.counted("tokens_refused_total", { cause: "replayed" })).toBe(1);
  });

  it("that the database cannot answer is not a refusal: the token is not spent", async () => {
    const log = recordingLog();
    const telemetry = recordingTelemetry();
    const store = stub<ControlStore>({
      registerWorker: () => Promise.reject(new Error("no database")),
    });
    const request = {
      workerId: "w1",
      token: TOKEN,
      sessionSha256: "s",
      protocolVersion: 1,
      info: {},
    };
    const deps = { store, log, telemetry, digest: () => "x" };
    await expect(registerWorker(deps, request)).rejects.toThrow("no database");
    expect(log.lines).toEqual([]);
  });

  it("never shows the token, whatever happens", async () => {
    for (const view of [null, VIEW, { ...VIEW, consumed: true }]) {
      const { register, log } = scene(false, view);
      const error: unknown = await register(TOKEN).catch((reason: unknown) => reason);
      expect(String(error)).not.toContain(TOKEN);
      expect(JSON.stringify(log.lines)).not.toContain(TOKEN);
      expect(JSON.stringify(log.lines)).not.toContain("sha256(");
    }
  });
});
