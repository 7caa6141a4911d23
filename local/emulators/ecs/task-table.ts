import type { EcsSettings } from "./ecs-options.ts";
import type { Task } from "./task.ts";

/** All tasks that are still known, oldest first. */
export class TaskTable {
  readonly #tasks = new Map<string, Task>();
  readonly #settings: EcsSettings;
  readonly #onChange: (task: Task) => void;

  constructor(settings: EcsSettings, onChange: (task: Task) => void) {
    this.#settings = settings;
    this.#onChange = onChange;
  }

  /** Stores a task of an earlier life, without telling of it. */
  restore(task: Task): void {
    this.#tasks.set(task.arn, task);
  }

  /** Stores a new or changed task and tells of it; the same object again is no change. */
  put(task: Task): void {
    if (this.#tasks.get(task.arn) === task) return;
    this.#tasks.set(task.arn, task);
    this.#onChange(task);
  }

  get(arn: string): Task | undefined {
    this.#forgetOld();
    return this.#tasks.get(arn);
  }

  all(): Task[] {
    this.#forgetOld();
    return [...this.#tasks.values()];
  }

  #forgetOld(): void {
    const now = this.#settings.now();
    for (const task of this.#tasks.values()) {
      if (task.stoppedAt === null) continue;
      if (now > task.stoppedAt + this.#settings.stoppedVisibleMs) this.#tasks.delete(task.arn);
    }
  }
}
