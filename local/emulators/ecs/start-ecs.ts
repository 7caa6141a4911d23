import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ClientTokens } from "./client-tokens.ts";
import type { Cluster } from "./cluster.ts";
import { type EcsOptions, type EcsSettings, withDefaults } from "./ecs-options.ts";
import { createEcsServer } from "./ecs-server.ts";
import { type EcsFaults, faultControls, PendingFaults } from "./faults.ts";
import { recover } from "./recover.ts";
import { readState, stateWriter } from "./state-file.ts";
import type { Task } from "./task.ts";
import { taskEvent } from "./task-event.ts";
import { TaskRunner } from "./task-runner.ts";
import { TaskTable } from "./task-table.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface EcsEmulator {
  /** Endpoint for the SDK, `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  readonly faults: EcsFaults;
  /** Stops every task: SIGTERM, and SIGKILL after `graceMs`. Leaves no process behind. Once. */
  close(graceMs?: number): Promise<void>;
}

const CLOSE_GRACE_MS = 5_000;

/**
 * A double of ECS on 127.0.0.1: speaks the wire of RunTask, DescribeTasks, ListTasks and StopTask
 * and runs each task as a real process. Tasks that an earlier emulator with the same `stateDir`
 * left running are killed and shown STOPPED before the first call is answered.
 */
export async function startEcs(options: EcsOptions): Promise<EcsEmulator> {
  const settings = withDefaults(options);
  const file = join(settings.stateDir, "tasks.json");
  await mkdir(join(settings.stateDir, "tasks"), { recursive: true, mode: 0o700 });
  const earlier = await readState(file);
  const cluster = assemble(settings, file);
  for (const use of earlier.tokens) cluster.tokens.remember(use);
  for (const task of earlier.tasks) cluster.tasks.restore(task);
  for (const task of await recover(earlier.tasks, settings)) cluster.tasks.put(task);
  await cluster.save();

  const server = createEcsServer(cluster);
  await listen(server, settings.port);
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | null = null;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    faults: faultControls(cluster.faults, {
      interrupt: (arn) =>
        cluster.runner.stop(arn, {
          stopCode: "SpotInterruption",
          stoppedReason: "Your Spot Task was interrupted.",
        }),
      consistencyDelay: (ms) => {
        cluster.consistencyDelayMs = ms;
      },
    }),
    close: (graceMs = CLOSE_GRACE_MS) => (closed ??= close(cluster, server, graceMs)),
  };
}

function assemble(settings: EcsSettings, file: string): Cluster {
  const faults = new PendingFaults();
  const tokens = new ClientTokens(settings.now);
  const tasks = new TaskTable(settings, (task) => {
    if (task.stoppedAt !== null) tokens.taskStopped(task.arn);
    save().catch((err: unknown) => settings.log.error({ err }, "tasks not saved"));
    if (faults.take("loseEvents")) return;
    tell(settings, task);
    if (faults.take("repeatEvents")) tell(settings, task);
  });
  const save = stateWriter(file, () => ({ version: 1, tasks: tasks.all(), tokens: tokens.all() }));
  return {
    settings,
    tasks,
    tokens,
    faults,
    runner: new TaskRunner(settings, tasks, faults),
    launches: new TokenBucket(settings.rates.launch, settings.now),
    consistencyDelayMs: settings.consistencyDelayMs,
    save,
  };
}

async function close(cluster: Cluster, server: Server, graceMs: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await cluster.runner.close(graceMs);
  await cluster.save();
  await closed;
}

/** Whoever listens must not be able to break the life of a task. */
function tell(settings: EcsSettings, task: Task): void {
  try {
    settings.onTaskStateChange(taskEvent(task, settings));
  } catch (err) {
    settings.log.error({ err, taskArn: task.arn }, "listener of task state changes failed");
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
}
