/** Valid rows to start a test from; a test states only what it is about. */
import { randomUUID } from "node:crypto";
import { sha256Hex } from "#adapters/tokens/hmac-tokens.ts";
import { newRun } from "#core/application/new-run.ts";
import type { AttemptEnd } from "#core/domain/job-run/after-attempt.ts";
import { parseRunSpec } from "#core/domain/spec/parse-run-spec.ts";
import type { RunSpec } from "#core/domain/spec/run-spec.ts";
import type { NewApiKey } from "#core/ports/api-keys.ts";
import type { NewRun, NewWorker, Registration } from "#core/ports/control-store.ts";

/** A spec as the parser completes it, without jitter, so that waits are exact. */
export function aSpec(overrides: Partial<RunSpec> = {}): RunSpec {
  const plain = parseRunSpec({ name: "exam", command: ["true"] });
  return { ...plain, backoff: { ...plain.backoff, jitter: 0 }, ...overrides };
}

/** The row of a submit. `id` and `key` of an earlier one make it the same request sent again. */
export function aRun(
  overrides: Partial<RunSpec> = {},
  { id = randomUUID() as string, key = null as string | null, submittedBy = "exam" } = {},
): NewRun {
  const request = { spec: null, idempotencyKey: key, submittedBy };
  return newRun(aSpec(overrides), request, id);
}

/** The bootstrap token of a worker made by `aWorker`. */
export const tokenOf = (workerId: string): string => sha256Hex(`token of ${workerId}`);
export const sessionOf = (workerId: string): string => sha256Hex(`session of ${workerId}`);

export function aWorker(overrides: Partial<NewWorker> = {}): NewWorker {
  const id = overrides.id ?? randomUUID();
  return {
    id,
    provider: "exam",
    profile: "small",
    labels: {},
    taints: [],
    cpuMillis: 250,
    memoryMib: 512,
    dedicatedRunId: null,
    maxRuns: null,
    maxAgeMs: null,
    launchToken: id,
    launchRequest: {
      workerId: id,
      launchToken: id,
      installId: "exam",
      profile: "small",
      cpuMillis: 250,
      memoryMib: 512,
      spot: false,
      subnetOffset: 0,
      environment: {},
    },
    tokenKeyId: "k1",
    tokenSha256: tokenOf(id),
    ...overrides,
  };
}

export function aRegistration(
  workerId: string,
  overrides: Partial<Registration> = {},
): Registration {
  return {
    workerId,
    tokenSha256: tokenOf(workerId),
    sessionSha256: sessionOf(workerId),
    protocolVersion: 2,
    info: { agent: "exam" },
    ...overrides,
  };
}

/** How a job ended: exit 0 when nothing is said. */
export function anEnd(overrides: Partial<AttemptEnd> = {}): AttemptEnd {
  return { failure: null, exitCode: 0, signal: null, detail: null, ...overrides };
}

export const exitCode = (code: number): AttemptEnd =>
  code === 0 ? anEnd() : anEnd({ failure: "app", exitCode: code });

/** A key for submits that never expires. */
export const aKey = (own: Pick<NewApiKey, "id" | "keySha256"> & Partial<NewApiKey>): NewApiKey => ({
  ...{ name: "exam", scope: "submit", createdBy: null, lifetimeSeconds: null },
  ...own,
});
