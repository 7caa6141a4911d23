import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { type DataApi, startDataApi } from "./emulators/data-api/start-data-api.ts";
import type { TaskStateChange } from "./emulators/ecs/ecs-options.ts";
import { type EcsEmulator, startEcs } from "./emulators/ecs/start-ecs.ts";
import { type SqsEmulator, startSqs } from "./emulators/sqs/start-sqs.ts";
import { CLUSTER, QUEUES, REGION, WORKER_FAMILY } from "./names.ts";
import type { LocalOptions } from "./options.ts";
import type { StateDir } from "./state-dir.ts";

export interface Doubles {
  /** What AWS requests of this install are signed with; new with every start. */
  readonly accessKeyId: string;
  readonly dataApi: DataApi;
  readonly sqs: SqsEmulator;
  readonly ecs: EcsEmulator;
}

const WAKE_VISIBILITY_SECONDS = 120; // 6 × the 20 s that a reconcile pass may take
const WAKE_RECEIVES_MAX = 5;
const STOP_TIMEOUT_MS = 30_000; // ECS's own default

/** The AWS services of a deployed stage, on 127.0.0.1. `worker` is the bundled agent to run. */
export async function startDoubles(
  {
    options,
    state,
    databaseUrl,
    worker,
    log,
  }: {
    readonly options: LocalOptions;
    readonly state: StateDir;
    readonly databaseUrl: string;
    readonly worker: string;
    readonly log: Logger;
  },
  onTaskStateChange: (event: TaskStateChange) => void,
): Promise<Doubles> {
  const dataApi = await startDataApi({ databaseUrl });
  const deadLetter = { queue: QUEUES.dead, maxReceiveCount: WAKE_RECEIVES_MAX };
  const wake = { visibilityTimeoutSeconds: WAKE_VISIBILITY_SECONDS, deadLetter };
  const sqs = await startSqs({
    region: REGION,
    queues: { [QUEUES.dead]: {}, [QUEUES.wake]: wake },
  });
  const accessKeyId = `local${randomBytes(16).toString("hex")}`;
  const ecs = await startEcs({
    accessKeyId,
    region: REGION,
    cluster: CLUSTER,
    stateDir: state.file("ecs"),
    launchDelayMs: options.launchDelayMs,
    stopTimeoutMs: options.stopTimeoutMs ?? STOP_TIMEOUT_MS,
    taskDefinitions: {
      [WORKER_FAMILY]: {
        containerName: "worker",
        command: [process.execPath, worker],
        environment: { HODEI_LOG_LEVEL: options.logLevel },
      },
    },
    onTaskStateChange,
    log,
  });
  return { accessKeyId, dataApi, sqs, ecs };
}
