import type { Executor } from "../drive/executor.ts";
import type { Producer } from "../drive/producer.ts";
import type { SystemName } from "../systems/all-systems.ts";
import type { Target } from "../systems/system.ts";
import { type Child, startChild } from "./child.ts";
import type { Databases } from "./databases.ts";

/** A system on its own fresh database, with both its ends in processes of their own. */
export interface Contender {
  readonly database: string;
  readonly databaseUrl: string;
  readonly producer: Child<Producer>;
  readonly executor: Child<Executor>;
  /** Root process of each part, Postgres among them, for what it costs. */
  readonly parts: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

export interface Launch {
  /** How it is shown. */
  readonly title: string;
  launch(databases: Databases): Promise<Contender>;
}

let databasesMade = 0;

/** A database name that no other contender of this bench has. */
export function newDatabaseName(system: SystemName): string {
  databasesMade += 1;
  return `${system.replaceAll("-", "_")}_${databasesMade}`;
}

/** Starts the two ends and connects them; the executor takes nothing before its `start`. */
export async function startEnds(
  { submit, execute }: { submit: SystemName; execute: SystemName },
  target: Target,
): Promise<Pick<Contender, "producer" | "executor">> {
  const [producer, executor] = await Promise.all([
    startChild<Producer>("drive/producer.ts", [submit]),
    startChild<Executor>("drive/executor.ts", [execute]),
  ]);
  await Promise.all([producer.call.connect(target), executor.call.connect(target)]);
  return { producer, executor };
}
