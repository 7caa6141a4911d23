import type { ReconcileDeps } from "#core/application/reconcile-deps.ts";
import { parseRunSpec } from "#core/domain/spec/parse-run-spec.ts";
import type { AttemptContext, ControlStore, ControlView } from "#core/ports/control-store.ts";
import type { LaunchRequest, Machine, Provider } from "#core/ports/provider.ts";
import type { RunDetail } from "#core/ports/run-reader.ts";
import type { ScheduleStore } from "#core/ports/schedule-store.ts";
import type { TemplateStore } from "#core/ports/template-store.ts";
import type { Wake } from "#core/ports/wake.ts";
import { recordingLog, recordingTelemetry } from "../../support/fakes/recorders.ts";
import { stub } from "../../support/fakes/stub.ts";
import { makeProfile, NOW } from "../domain/make.ts";

export const INSTALL = "11111111-0000-4000-8000-000000000000";

/** What reading a run answers, from what a test cares about. */
export const makeRun = (given: Partial<RunDetail> = {}): RunDetail => ({
  id: "run-1",
  name: "job",
  phase: "Pending",
  reason: "Queued",
  message: null,
  labels: {},
  priority: 0,
  attempts: 0,
  workerId: null,
  exitCode: null,
  stopping: false,
  createdAt: NOW,
  startedAt: null,
  finishedAt: null,
  notBefore: null,
  spec: parseRunSpec({ command: ["true"] }),
  submittedBy: null,
  deadlineAt: NOW + 1000,
  ...{ template: null, schedule: null, rerunOf: null, parameters: null },
  ...given,
});

export const makeContext = (given: Partial<AttemptContext> = {}): AttemptContext => ({
  runId: "run-1",
  fence: 1,
  workerId: "w1",
  executionId: "execution-1",
  phase: "Running",
  policy: {
    backoffLimit: 0,
    backoff: { initialSeconds: 10, factor: 2, maxSeconds: 360, jitter: 0 },
    infrastructureLimit: 5,
    replacement: "AfterGone",
  },
  history: { charged: 0, workerLost: 0, returned: 0 },
  ...given,
});

export const makeRequest = (given: Partial<LaunchRequest> = {}): LaunchRequest => ({
  workerId: "w1",
  launchToken: "w1",
  installId: INSTALL,
  profile: "small",
  cpuMillis: 1000,
  memoryMib: 2048,
  spot: false,
  subnetOffset: 0,
  environment: {},
  ...given,
});

export const makeMachine = (given: Partial<Machine> = {}): Machine => ({
  externalId: "m1",
  installId: INSTALL,
  workerId: "w1",
  state: "running",
  createdAtMs: NOW,
  stoppedReason: null,
  interrupted: false,
  ...given,
});

export const makeControl = (given: Partial<ControlView> = {}): ControlView => ({
  installId: INSTALL,
  launchEpoch: 1,
  launchTokens: 100,
  launching: true,
  leaseFloor: null,
  now: NOW,
  ...given,
});

/** Everything the tick needs; what a test does not give refuses to be used. */
export function makeDeps(
  given: { store?: Partial<ControlStore>; provider?: Partial<Provider> } & Partial<
    Omit<ReconcileDeps, "store" | "provider">
  > = {},
) {
  const wakes: (number | undefined)[] = [];
  const wake: Wake = { wake: async (delayMs) => void wakes.push(delayMs) };
  let ids = 0;
  const log = recordingLog();
  const telemetry = recordingTelemetry();
  const deps = {
    wake,
    tokens: {
      issue: (_install: string, workerId: string) => ({ keyId: "k1", sha256: `hash-${workerId}` }),
      derive: (keyId: string, _install: string, workerId: string) => `secret-${keyId}-${workerId}`,
    },
    profiles: [makeProfile()],
    workerEnvironment: {},
    installId: INSTALL,
    newId: () => `id-${++ids}`,
    random: () => 0.5,
    monotonicMs: () => 0,
    ...given,
    log,
    telemetry,
    templates: stub<TemplateStore>({ ...given.templates }),
    schedules: stub<ScheduleStore>({ dueSchedules: async () => [], ...given.schedules }),
    store: stub<ControlStore>(given.store ?? {}),
    provider: stub<Provider>({ name: "fake", ...given.provider }),
  };
  return { ...deps, wakes };
}
