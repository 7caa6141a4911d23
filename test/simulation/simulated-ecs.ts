import {
  type LaunchRequest,
  type Machine,
  type MachineFact,
  type Provider,
  ProviderError,
} from "#core/ports/provider.ts";
import type { VirtualProcess } from "./timeline.ts";
import { EPOCH_MS } from "./virtual-globals.ts";
import { VirtualMachine } from "./virtual-machine.ts";
import type { World } from "./world.ts";

/** Tasks at once, as a young account has them. */
const TASKS_MAX = 12;
/** A young task is not in every answer yet. */
const EVENTUALLY_MS = 3_000;
const SIGKILL_AFTER_MS = 10_000;

interface Task {
  readonly externalId: string;
  readonly launchToken: string;
  readonly installId: string;
  readonly workerId: string;
  readonly createdAtMs: number;
  state: Machine["state"];
  stoppedReason: string | null;
  interrupted: boolean;
  machine: VirtualMachine | null;
}

/** ECS with its quotas, its delays, and answers that are not the whole truth. */
export class SimulatedEcs {
  readonly #world: World;
  readonly tasks: Task[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  get running(): readonly Task[] {
    return this.tasks.filter(({ state }) => state !== "stopped");
  }

  /** As one process sees it. */
  providerOf(process: VirtualProcess): Provider {
    const call = <T>(what: string, answer: () => T) => this.#call(process, what, answer);
    return {
      name: "ecs",
      launch: (request, token) => this.#launchCall(process, request, token),
      describe: (ids) =>
        call(`describe ${ids.length} tasks`, () => ids.map((id) => this.#fact(id))),
      find: (installId, workerId) =>
        call("find a task", () =>
          this.#visible().filter((one) => one.installId === installId && one.workerId === workerId),
        ),
      list: () => call("list tasks", () => this.#visible()),
      stop: (id, reason) => call(`stop a task: ${reason}`, () => this.stop(id, reason)),
    };
  }

  /** Spot takes it away: a warning, and then the end. */
  interrupt(task: Task): void {
    task.interrupted = true;
    this.stop(task.externalId, "Spot interruption");
  }

  /** The machine is gone in this instant, and nobody was asked. */
  crash(task: Task, reason: string): void {
    this.#stopped(task, reason);
  }

  stop(externalId: string, reason: string): void {
    const task = this.tasks.find((one) => one.externalId === externalId);
    if (!task || task.state === "stopped" || task.state === "stopping") return;
    task.state = "stopping";
    const { timeline, draw } = this.#world;
    timeline.after(draw.int(10, 500), null, () => task.machine?.terminate());
    timeline.after(SIGKILL_AFTER_MS, null, () => this.#stopped(task, reason));
  }

  #launchCall(process: VirtualProcess, request: LaunchRequest, token: string) {
    const fate = this.#world.faults.launchFate();
    return this.#call(
      process,
      `run task for ${this.#world.nameOf(request.workerId)}: ${fate}`,
      () => {
        if (fate === "refused") throw new ProviderError("unavailable", "ServerException");
        if (fate === "throttled") throw new ProviderError("throttled", "ThrottlingException");
        if (fate === "no-capacity") throw new ProviderError("no-capacity", "RESOURCE:MEMORY");
        const task = this.#launch(request, token);
        if (fate === "unanswered") throw new ProviderError("unavailable", "the answer was lost");
        return { externalId: task.externalId };
      },
    );
  }

  #launch(request: LaunchRequest, token: string): Task {
    const launchToken = this.#world.plant.launchToken?.(this.#world) ?? request.launchToken;
    const known = this.tasks.find((one) => one.launchToken === launchToken);
    if (known) return known;
    if (this.running.length >= TASKS_MAX)
      throw new ProviderError("no-capacity", "the limit of concurrent tasks is reached");
    const { timeline, draw } = this.#world;
    const task: Task = {
      externalId: `task-${this.tasks.length + 1}`,
      ...{ launchToken, installId: request.installId, workerId: request.workerId },
      ...{ createdAtMs: timeline.nowMs, state: "starting" },
      ...{ stoppedReason: null, interrupted: false, machine: null },
    };
    this.tasks.push(task);
    this.#world.witness.launched(request.workerId, task.externalId);
    timeline.after(draw.int(500, 6_000), null, () => this.#boot(task, token));
    return task;
  }

  #boot(task: Task, token: string): void {
    if (task.state !== "starting") return;
    const fate = this.#world.faults.machineFate();
    this.#world.note(task.externalId, `boots: ${fate}`);
    if (fate === "dies at once") this.#stopped(task, "CannotPullContainerError");
    else task.state = "running";
    if (fate !== "works") return;
    task.machine = new VirtualMachine(this.#world, {
      ...{ token, workerId: task.workerId, name: this.#world.nameOf(task.workerId) },
      exited: (code) => this.#stopped(task, `the worker exited with ${code}`),
    });
    task.machine.boot();
  }

  #stopped(task: Task, reason: string): void {
    if (task.state === "stopped") return;
    task.state = "stopped";
    task.stoppedReason = reason;
    task.machine?.kill();
    this.#world.note(task.externalId, `stopped: ${reason}`);
    this.#world.controlPlane.taskStopped(task.externalId);
  }

  #call<T>(process: VirtualProcess, what: string, answer: () => T): Promise<T> {
    const { timeline, draw, faults } = this.#world;
    return new Promise<T>((resolve, reject) => {
      const act = (): void => {
        this.#world.note(process.name, what);
        try {
          resolve(answer());
        } catch (error) {
          reject(error);
        }
      };
      const wasSent = draw.chance(0.5);
      const afterDeath = () => {
        if (wasSent) act();
      };
      timeline.after(faults.networkDelayMs() + 10, process, act, { afterDeath });
    });
  }

  #visible(): Machine[] {
    const { nowMs } = this.#world.timeline;
    return this.running
      .filter(({ createdAtMs }) => nowMs - createdAtMs > EVENTUALLY_MS)
      .map(asMachine);
  }

  #fact(externalId: string): MachineFact {
    const task = this.tasks.find((one) => one.externalId === externalId);
    const isYoung = task && this.#world.timeline.nowMs - task.createdAtMs <= EVENTUALLY_MS;
    return task && !isYoung ? asMachine(task) : { externalId, state: "missing" };
  }
}

const asMachine = ({ machine: _machine, launchToken: _token, ...task }: Task): Machine => ({
  ...task,
  createdAtMs: EPOCH_MS + task.createdAtMs,
});
