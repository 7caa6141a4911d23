import {
  type Entry,
  type EntryOf,
  FINAL_PHASES,
  type Kind,
  type Row,
  type RunView,
  type Table,
} from "./entry.ts";

export type Change = EntryOf<"row">;
export type Message = EntryOf<"message">;
export type Witness = EntryOf<"witness">;
/** The changes of one row, oldest first. */
export type Story = readonly Change[];

/** A run that a client was told about by a submit of its own. */
export interface Acknowledged {
  readonly id: string;
  readonly key: string | null;
  readonly answer: EntryOf<"answer">;
}

/** What a client was told of a run, and between which entries. */
export interface Told {
  readonly view: RunView;
  readonly call: EntryOf<"call">;
  readonly answer: EntryOf<"answer">;
}

/** A history, sorted by what the rules ask for. Nothing here judges. */
export interface Facts {
  readonly entries: readonly Entry[];
  readonly runs: ReadonlyMap<string, Story>;
  /** By `run/fence`. */
  readonly attempts: ReadonlyMap<string, Story>;
  /** `run/fence` by execution id. */
  readonly executions: ReadonlyMap<string, string>;
  readonly workers: ReadonlyMap<string, Story>;
  /** By `run/fence`. */
  readonly chunks: ReadonlyMap<string, Story>;
  readonly control: Story;
  readonly acknowledged: readonly Acknowledged[];
  readonly told: readonly Told[];
  readonly answers: readonly EntryOf<"answer">[];
  readonly messages: readonly Message[];
  readonly witness: readonly Witness[];
  readonly machines: readonly EntryOf<"machine">[];
  /** null = the history was cut off while things went on. */
  readonly rest: EntryOf<"rest"> | null;
}

export const attemptKey = (runId: unknown, fence: unknown): string => `${runId}/${fence}`;
export const isFinal = (row: Row | null | undefined): boolean => FINAL_PHASES.has(row?.phase);
export const lastRow = (story: Story | undefined): Row | null => story?.at(-1)?.new ?? null;

/** Sorts a history; linear, but for the sort of the changes of rows. */
export function gatherFacts(entries: readonly Entry[]): Facts {
  const of = <K extends Kind>(kind: K) => entries.filter((e): e is EntryOf<K> => e.kind === kind);
  const changes = of("row").sort((a, b) => a.seq - b.seq);
  const stories = (table: Table, key: (row: Row) => unknown) =>
    Map.groupBy(
      changes.filter((change) => change.table === table),
      (change) => String(key(change.new ?? change.old ?? {})),
    );
  const calls = new Map(of("call").map((call) => [call.call, call]));
  const answers = of("answer");
  const attempts = stories("attempt", (row) => attemptKey(row.run_id, row.fence));
  return {
    entries,
    runs: stories("run", (row) => row.id),
    attempts,
    executions: new Map(
      [...attempts].map(([key, [first]]) => [
        String((first?.new ?? first?.old)?.execution_id),
        key,
      ]),
    ),
    workers: stories("worker", (row) => row.id),
    chunks: stories("log_chunk", (row) => attemptKey(row.run_id, row.fence)),
    control: changes.filter(({ table }) => table === "control"),
    acknowledged: answers.flatMap((answer) =>
      answer.submitted.flatMap((id, index) =>
        id === null ? [] : [{ id, key: calls.get(answer.call)?.keys[index] ?? null, answer }],
      ),
    ),
    told: answers.flatMap((answer) => {
      const call = calls.get(answer.call);
      return call ? answer.runs.map((view) => ({ view, call, answer })) : [];
    }),
    answers,
    messages: of("message"),
    witness: of("witness"),
    machines: of("machine"),
    rest: of("rest").at(-1) ?? null,
  };
}
