import { describeMachine } from "../measure/machine.ts";
import { startDatabases } from "../stand/databases.ts";
import type { ScaleEffort } from "./effort.ts";
import { type WithHistory, withHistory } from "./history.ts";
import { type IdleWorkers, idleWorkers } from "./idle-workers.ts";
import { type Logs, logs } from "./logs.ts";
import {
  HIDDEN,
  HIDDEN_BY_SHAPES,
  LATER,
  type PendingCompared,
  PLAIN,
  pendingRuns,
} from "./pending-runs.ts";
import { type Reconnects, reconnects } from "./reconnects.ts";

/** What one run of the bench measured. */
export interface ScaleReport {
  /** One line: processor, memory, versions. */
  readonly machine: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly idle: IdleWorkers;
  readonly reconnects: Reconnects;
  readonly pending: readonly PendingCompared[];
  readonly history: { readonly few: WithHistory; readonly many: WithHistory };
  readonly logs: Logs;
}

/** Every scenario in turn, on one server. `say` hears what is being measured. */
export async function measureScale(
  effort: ScaleEffort,
  say: (text: string) => void,
): Promise<ScaleReport> {
  const databases = await startDatabases();
  const next = <T>(name: string, measure: () => Promise<T>): Promise<T> => {
    say(name);
    return measure();
  };
  try {
    const pending: PendingCompared[] = [];
    for (const kind of [PLAIN, HIDDEN, HIDDEN_BY_SHAPES, LATER])
      pending.push(
        await next(`a queue: ${kind.title}`, () => pendingRuns(databases, kind, effort)),
      );
    const { few, many } = effort.history;
    return {
      machine: describeMachine(databases.version),
      date: new Date().toISOString().slice(0, 10),
      pending,
      logs: await next("logs", () => logs(databases, effort)),
      reconnects: await next("reconnects", () => reconnects(databases, effort)),
      idle: await next("idle workers", () => idleWorkers(databases, effort)),
      history: {
        few: await next("hardly any history", () => withHistory(databases, few, effort)),
        many: await next("history", () => withHistory(databases, many, effort)),
      },
    };
  } finally {
    await databases.close();
  }
}
