import { type Container, type ContainerEnd, startContainer } from "./container.ts";
import type { EcsSettings } from "./ecs-options.ts";
import type { PendingFaults } from "./faults.ts";
import {
  type StopCause,
  type Task,
  type TaskEnd,
  toPending,
  toRunning,
  toStopped,
  toStopping,
} from "./task.ts";
import { taskFiles } from "./task-files.ts";
import type { TaskTable } from "./task-table.ts";

const HOST_CLOSING = {
  stopCode: "InfrastructureHealth",
  stoppedReason: "The host is shutting down.",
};

/**
 * Drives tasks through their lives:
 *
 *   PROVISIONING ──launch delay──▶ PENDING ──process started──▶ RUNNING
 *        │                            │                           │ its end, stop, interruption
 *        └──── stopped before ────────┴── cannot start ──┐   DEACTIVATING
 *                                                        ▼        │ no process left
 *                                                     STOPPED ◀───┘
 *
 * The table holds what is true; this class holds the timers and processes behind it.
 */
export class TaskRunner {
  readonly #settings: EcsSettings;
  readonly #tasks: TaskTable;
  readonly #faults: PendingFaults;
  readonly #launches = new Map<string, NodeJS.Timeout>();
  readonly #containers = new Map<string, Container>();
  readonly #killTimers = new Map<string, NodeJS.Timeout>();
  readonly #endings = new Map<string, Promise<void>>();
  #closing = false;

  constructor(settings: EcsSettings, tasks: TaskTable, faults: PendingFaults) {
    this.#settings = settings;
    this.#tasks = tasks;
    this.#faults = faults;
  }

  /** Starts the process of a new task after the launch delay. */
  start(arn: string): void {
    if (this.#task(arn).desiredStatus === "STOPPED") return;
    if (this.#closing) {
      this.stop(arn, HOST_CLOSING);
      return;
    }
    const launch = () => this.#launch(arn);
    this.#launches.set(arn, setTimeout(launch, this.#settings.launchDelayMs));
  }

  /** SIGTERM, and SIGKILL after the stop timeout. Does nothing to a task already told to stop. */
  stop(arn: string, cause: StopCause): void {
    const task = this.#task(arn);
    if (task.desiredStatus === "STOPPED") return;
    this.#tasks.put(toStopping(task, cause, this.#settings.now()));
    const container = this.#containers.get(arn);
    if (!container) {
      clearTimeout(this.#launches.get(arn));
      this.#finish(arn, { exitCode: null, containerReason: null });
      return;
    }
    container.terminate();
    this.#killAfter(arn, container, this.#settings.stopTimeoutMs);
  }

  /** Stops everything; what is left after `graceMs` is killed. No process is left afterwards. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    for (const task of this.#tasks.all()) this.stop(task.arn, HOST_CLOSING);
    for (const [arn, container] of this.#containers) this.#killAfter(arn, container, graceMs);
    await Promise.all(this.#endings.values());
  }

  #launch(arn: string): void {
    this.#launches.delete(arn);
    if (this.#faults.take("dieBeforeRegister")) {
      const reason = "CannotPullContainerError: pull image manifest has been retried 7 time(s)";
      this.#failToStart(arn, reason);
      return;
    }
    this.#tasks.put(toPending(this.#task(arn)));
    if (this.#task(arn).desiredStatus === "STOPPED") return; // a listener stopped it just now
    try {
      this.#watch(arn, startContainer(this.#containerSpec(this.#task(arn))));
    } catch (error) {
      this.#failToStart(arn, `CannotStartContainerError: ${error}`);
    }
  }

  #watch(arn: string, container: Container): void {
    this.#containers.set(arn, container);
    this.#endings.set(
      arn,
      container.ended.then((end) => this.#ended(arn, container, end)),
    );
    if (!container.process) return; // `ended` tells why
    this.#tasks.put(toRunning(this.#task(arn), container.process, this.#settings.now()));
  }

  /** A container dies whole: the task is STOPPED only when nothing of it is left. */
  async #ended(arn: string, container: Container, end: ContainerEnd): Promise<void> {
    if ("startError" in end) {
      this.#failToStart(arn, `CannotStartContainerError: ${end.startError.message}`);
      return;
    }
    const cause = {
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
    };
    this.#tasks.put(toStopping(this.#task(arn), cause, this.#settings.now()));
    await this.#kill(arn, container);
    await container.removeScratch().catch((err: unknown) => {
      this.#settings.log.warn({ err, taskArn: arn }, "a task's temporary directory is left");
    });
    this.#finish(arn, { exitCode: end.exitCode, containerReason: null });
  }

  #failToStart(arn: string, reason: string): void {
    const cause = { stopCode: "TaskFailedToStart", stoppedReason: reason };
    this.#tasks.put(toStopping(this.#task(arn), cause, this.#settings.now()));
    this.#finish(arn, { exitCode: null, containerReason: reason });
  }

  #finish(arn: string, end: TaskEnd): void {
    clearTimeout(this.#killTimers.get(arn));
    for (const map of [this.#launches, this.#containers, this.#killTimers, this.#endings]) {
      map.delete(arn);
    }
    this.#tasks.put(toStopped(this.#task(arn), end, this.#settings.now()));
  }

  #killAfter(arn: string, container: Container, delayMs: number): void {
    clearTimeout(this.#killTimers.get(arn));
    const kill = () => void this.#kill(arn, container);
    this.#killTimers.set(arn, setTimeout(kill, delayMs));
  }

  async #kill(arn: string, container: Container): Promise<void> {
    await container.kill().catch((err: unknown) => {
      this.#settings.log.error({ err, taskArn: arn }, "a task could not be killed whole");
    });
  }

  #task(arn: string): Task {
    const task = this.#tasks.get(arn);
    if (!task) throw new Error(`no task ${arn}`);
    return task;
  }

  #containerSpec(task: Task) {
    const definition = this.#settings.taskDefinitions[task.family]!;
    const override = task.overrides.containerOverrides?.find((o) => o.name === task.containerName);
    const given = (override?.environment ?? []).map(({ name, value }) => [name, value] as const);
    return {
      taskId: task.id,
      command: override?.command ?? definition.command,
      environment: { ...definition.environment, ...Object.fromEntries(given) },
      workingDirectory: definition.workingDirectory ?? process.cwd(),
      files: taskFiles(this.#settings, task.id),
    };
  }
}
