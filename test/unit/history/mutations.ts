import type { Entry, EntryOf, Kind, RunView, StreamMessage } from "../../history/entry.ts";

/** One lie about a sound history, and the rule that must name it. */
export interface Mutation {
  readonly name: string;
  readonly rule: string;
  /** Which entries it may be told of. */
  readonly fits: (entry: Entry, entries: readonly Entry[]) => boolean;
  /** What stands there instead; none = the entry is gone. */
  readonly becomes: (entry: Entry, entries: readonly Entry[]) => readonly Entry[];
}

/** The history with one of the entries that fit, the one at this share of them, changed; null = none fits. */
export function mutate(
  entries: readonly Entry[],
  { fits, becomes }: Mutation,
  share: number,
): Entry[] | null {
  const places = entries.flatMap((entry, at) => (fits(entry, entries) ? [at] : []));
  const at = places[Math.floor(share * places.length)];
  const entry = at === undefined ? undefined : entries[at];
  if (at === undefined || !entry) return null;
  return [...entries.slice(0, at), ...becomes(entry, entries), ...entries.slice(at + 1)].map(
    (one, index) => ({ ...one, n: index + 1 }),
  );
}

const is =
  <K extends Kind>(kind: K, fits: (entry: EntryOf<K>) => boolean = () => true) =>
  (entry: Entry): boolean =>
    entry.kind === kind && fits(entry as EntryOf<K>);
const row = (table: string, fits: (entry: EntryOf<"row">) => boolean = () => true) =>
  is("row", (entry) => entry.table === table && fits(entry));
const message = (what: StreamMessage["what"]) => is("message", (entry) => entry.what === what);
const becomesRow =
  (change: object) =>
  (entry: Entry): Entry[] => {
    const { new: fresh } = entry as EntryOf<"row">;
    return [{ ...(entry as EntryOf<"row">), new: { ...fresh, ...change } }];
  };
const gone = (): Entry[] => [];
const with_ =
  (change: object) =>
  (entry: Entry): Entry[] => [{ ...entry, ...change } as Entry];
const twice =
  (change: object) =>
  (entry: Entry): Entry[] => [entry, { ...entry, ...change } as Entry];
const withView =
  (change: Partial<RunView>) =>
  (entry: Entry): Entry[] => {
    const answer = entry as EntryOf<"answer">;
    return [{ ...answer, runs: answer.runs.map((view) => ({ ...view, ...change })) }];
  };

/** A change of the same row after all the others, as if it had come last. */
const later =
  (change: object) =>
  (entry: Entry, entries: readonly Entry[]): Entry[] => {
    const { table, new: last } = entry as EntryOf<"row">;
    const seq = 1 + Math.max(...entries.map((one) => (one.kind === "row" ? one.seq : 0)));
    const extra = { ...entry, seq, table, old: last, new: { ...last, ...change } } as Entry;
    return [entry, extra];
  };

const isEnd = ({ new: fresh }: EntryOf<"row">) => (fresh?.finished_at ?? null) !== null;
const hasResult = ({ old, new: fresh }: EntryOf<"row">) =>
  old?.result_id === null && fresh?.result_id !== null;
const succeeded = (entry: EntryOf<"row">) => entry.new?.phase === "Succeeded";
const finalAnswer = (entry: EntryOf<"answer">) => entry.runs[0]?.phase === "Succeeded";
const sameRun = (id: unknown) => (one: Entry) =>
  one.kind === "answer" && one.runs[0]?.id === id && one.runs[0]?.phase === "Succeeded";

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "a change of a row in the middle is not recorded",
    rule: "rows-are-whole",
    fits: row("run", ({ old, new: fresh }) => old !== null && fresh?.phase === "Running"),
    becomes: gone,
  },
  {
    name: "a change of a row is told twice",
    rule: "rows-are-whole",
    fits: row("worker", ({ old }) => old !== null),
    becomes: twice({}),
  },
  {
    name: "an acknowledged run is in no row",
    rule: "acknowledged-run-exists",
    fits: is("answer", ({ submitted }) => submitted.length > 0),
    becomes: (entry) => [{ ...entry, submitted: ["run-nobody-knows"] } as Entry],
  },
  {
    name: "a run vanishes before it ends",
    rule: "acknowledged-run-exists",
    fits: row("run", isEnd),
    becomes: with_({ new: null }),
  },
  {
    name: "a submit is answered with another run",
    rule: "one-run-per-key",
    fits: is("answer", ({ submitted }) => submitted.length > 0),
    becomes: ((entry, entries) => {
      const foreign = entries.find(
        (one): one is EntryOf<"row"> =>
          one.kind === "row" &&
          one.table === "run" &&
          one.new?.id !== (entry as EntryOf<"answer">).submitted[0],
      );
      return [{ ...entry, submitted: [String(foreign?.new?.id)] } as Entry];
    }) satisfies Mutation["becomes"],
  },
  {
    name: "a key makes a second run",
    rule: "one-run-per-key",
    fits: row("run", ({ old }) => old === null),
    becomes: (entry) => {
      const birth = entry as EntryOf<"row">;
      return [birth, { ...birth, new: { ...birth.new, id: "run-once-more" } }];
    },
  },
  {
    name: "an answer shows another end than the one before",
    rule: "answers-agree",
    fits: (entry, entries) =>
      entry.kind === "answer" &&
      finalAnswer(entry) &&
      entries.some((one) => one.n < entry.n && sameRun(entry.runs[0]?.id)(one)),
    becomes: withView({ phase: "Failed", reason: "BackoffLimitExceeded", exitCode: 1 }),
  },
  {
    name: "a client is told of an end that is in no row",
    rule: "answers-agree",
    fits: is("answer", finalAnswer),
    becomes: withView({ exitCode: 7 }),
  },
  {
    name: "a client is told that a run stops, and it succeeds",
    rule: "answers-agree",
    fits: (entry, entries) =>
      entry.kind === "answer" &&
      entry.runs[0]?.phase === "Running" &&
      entries.some(sameRun(entry.runs[0]?.id)),
    becomes: withView({ stopping: true }),
  },
  {
    name: "a final run gets another end",
    rule: "run-end-is-final",
    fits: row("run", isEnd),
    becomes: later({ phase: "Failed", reason: "DeadlineExceeded" }),
  },
  {
    name: "a final run gets one event more",
    rule: "run-end-is-final",
    fits: row("run", isEnd),
    becomes: later({ event_seq: 99 }),
  },
  {
    name: "an attempt that ended gets another result",
    rule: "attempt-end-is-final",
    fits: row("attempt", hasResult),
    becomes: later({ result_id: "another" }),
  },
  {
    name: "a lost attempt runs again",
    rule: "attempt-end-is-final",
    fits: row("attempt", ({ new: fresh }) => fresh?.phase === "Lost"),
    becomes: later({ phase: "Running", ended_at: null }),
  },
  {
    name: "a fence jumps by two",
    rule: "numbers-only-grow",
    fits: row("run", ({ new: fresh }) => fresh?.phase === "Assigned"),
    becomes: (entry) =>
      becomesRow({ fence: Number((entry as EntryOf<"row">).new?.fence) + 1 })(entry),
  },
  {
    name: "an epoch falls",
    rule: "numbers-only-grow",
    fits: row("worker", ({ new: fresh }) => fresh?.phase === "Terminated"),
    becomes: becomesRow({ session_epoch: 0 }),
  },
  {
    name: "the epoch of launches falls",
    rule: "numbers-only-grow",
    fits: row("control", ({ old }) => old !== null),
    becomes: becomesRow({ launch_epoch: -1 }),
  },
  {
    name: "more failures are charged than the limit allows",
    rule: "charged-within-limit",
    fits: (entry, entries) =>
      entry.kind === "row" &&
      entry.table === "run" &&
      entry.old === null &&
      entries.some(
        (one) =>
          one.kind === "row" &&
          one.table === "attempt" &&
          one.new?.failure === "app" &&
          one.new.run_id === entry.new?.id,
      ),
    becomes: becomesRow({ backoffLimit: -1 }),
  },
  {
    name: "a result of an older attempt is recorded",
    rule: "result-of-current-fence",
    fits: row("attempt", ({ new: fresh }) => fresh?.phase === "Lost"),
    becomes: later({ phase: "Failed", result_id: "late" }),
  },
  {
    name: "a second attempt of a run succeeds",
    rule: "result-of-current-fence",
    fits: row("attempt", succeeded),
    becomes: (entry) => {
      const end = entry as EntryOf<"row">;
      return [end, { ...end, old: null, new: { ...end.new, fence: 77, execution_id: "e77" } }];
    },
  },
  {
    name: "a result is acknowledged and not in the row",
    rule: "result-as-acknowledged",
    fits: message("resultAck"),
    becomes: with_({ resultId: "of somebody else" }),
  },
  {
    name: "another result of the same execution is accepted as well",
    rule: "result-as-acknowledged",
    fits: message("resultAck"),
    becomes: twice({ resultId: "another" }),
  },
  {
    name: "nobody reported the result that is in the row",
    rule: "success-was-reported",
    fits: message("result"),
    becomes: gone,
  },
  {
    name: "a failure was reported and a success is in the row",
    rule: "success-was-reported",
    fits: is("message", ({ what, exitCode }) => what === "result" && exitCode === 0),
    becomes: with_({ exitCode: 3 }),
  },
  {
    name: "a success whose code never wrote its last line",
    rule: "success-was-reported",
    fits: (entry, entries) =>
      entry.kind === "witness" &&
      entry.event === "end" &&
      entries.some(
        (one) =>
          one.kind === "row" &&
          one.table === "attempt" &&
          one.new?.phase === "Succeeded" &&
          one.new.run_id === entry.runId &&
          one.new.fence === entry.fence,
      ),
    becomes: gone,
  },
  {
    name: "an acknowledged piece of output is not stored",
    rule: "log-as-acknowledged",
    fits: row("log_chunk"),
    becomes: gone,
  },
  {
    name: "a piece of output is stored differently",
    rule: "log-as-acknowledged",
    fits: row("log_chunk"),
    becomes: becomesRow({ md5: "0" }),
  },
  {
    name: "a piece of output is stored twice",
    rule: "log-without-gaps",
    fits: row("log_chunk"),
    becomes: twice({}),
  },
  {
    name: "a piece of output is missing in the middle",
    rule: "log-without-gaps",
    fits: (entry, entries) =>
      entry.kind === "row" &&
      entry.table === "log_chunk" &&
      entries.some(
        (one) =>
          one.kind === "row" &&
          one.table === "log_chunk" &&
          one.new?.run_id === entry.new?.run_id &&
          one.new?.fence === entry.new?.fence &&
          Number(one.new?.seq) > Number(entry.new?.seq),
      ),
    becomes: gone,
  },
  {
    name: "a job's output has a line too many",
    rule: "log-without-gaps",
    fits: (entry, entries) =>
      entry.kind === "row" &&
      entry.table === "log_chunk" &&
      entries.some(
        (one) =>
          one.kind === "row" &&
          one.table === "attempt" &&
          one.new?.phase === "Succeeded" &&
          one.new.run_id === entry.new?.run_id &&
          one.new.fence === entry.new?.fence,
      ),
    becomes: (entry) =>
      becomesRow({ lines: Number((entry as EntryOf<"row">).new?.lines) + 1 })(entry),
  },
  {
    name: "a client is shown output that is not stored",
    rule: "log-as-shown",
    fits: is("answer", ({ log }) => log !== null),
    becomes: (entry) => {
      const answer = entry as EntryOf<"answer">;
      const log = answer.log && { ...answer.log, pieces: [{ attempt: 9, seq: 9 }] };
      return [{ ...answer, log }];
    },
  },
  {
    name: "output comes after the page that was called the last",
    rule: "log-as-shown",
    fits: is("answer", ({ log }) => log !== null),
    becomes: (entry) => {
      const answer = entry as EntryOf<"answer">;
      return [{ ...answer, log: answer.log && { ...answer.log, pieces: [], next: "0.0" } }];
    },
  },
  {
    name: "code starts twice in one attempt",
    rule: "code-starts-once",
    fits: is("witness", ({ event }) => event === "start"),
    becomes: twice({}),
  },
  {
    name: "code starts after its attempt is over",
    rule: "code-runs-within-its-attempt",
    fits: is("witness", ({ event }) => event === "start"),
    becomes: with_({ atMs: 9e12 }),
  },
  {
    name: "code starts and nobody said start",
    rule: "code-runs-within-its-attempt",
    fits: message("start"),
    becomes: gone,
  },
  {
    name: "code runs on while its successor runs",
    rule: "code-never-overlaps",
    fits: is("witness", ({ event, fence }) => event === "start" && fence > 1),
    becomes: (entry) => {
      const start = entry as EntryOf<"witness">;
      return [start, { ...start, event: "end", fence: start.fence - 1 }];
    },
  },
  {
    name: "a token serves a second session",
    rule: "token-of-one-session",
    fits: message("register"),
    becomes: twice({ sessionSha256: "of a thief" }),
  },
  {
    name: "a worker's session is replaced",
    rule: "token-of-one-session",
    fits: row("worker", ({ new: fresh }) => fresh?.phase === "Terminated"),
    becomes: becomesRow({ session_sha256: "of a thief" }),
  },
  {
    name: "a worker has a second machine at the provider",
    rule: "one-machine-per-worker",
    fits: is("machine", ({ live }) => !live),
    becomes: twice({ machineId: "one more" }),
  },
  {
    name: "a row of a worker gets a second machine",
    rule: "one-machine-per-worker",
    fits: row("worker", ({ new: fresh }) => fresh?.phase === "Ready"),
    becomes: becomesRow({ external_id: "one more" }),
  },
  {
    name: "a run is open at rest",
    rule: "nothing-lives-at-rest",
    fits: row("run", isEnd),
    becomes: gone,
  },
  {
    name: "an attempt lives at rest",
    rule: "nothing-lives-at-rest",
    fits: row("attempt", ({ new: fresh }) => fresh?.ended_at !== null),
    becomes: gone,
  },
  {
    name: "a machine runs at rest",
    rule: "nothing-lives-at-rest",
    fits: is("machine", ({ live }) => !live),
    becomes: gone,
  },
];
