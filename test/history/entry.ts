/**
 * One thing that happened, as it was seen from outside the platform or told by a trigger of its
 * database. Entries are flat and small: what is large (output, specs) is there as a digest.
 */
export type Entry = {
  /** Place in the history; rises by one. Of two sources it says only in which order they were heard. */
  readonly n: number;
  /** Wall clock when it was heard, epoch milliseconds. */
  readonly ms: number;
} & What;

export type What =
  | ClientCall
  | ClientAnswer
  | StreamMessage
  | RowChange
  | WitnessLine
  | MachineSeen
  | Fault
  | AtRest;

export type Kind = What["kind"];
export type EntryOf<K extends Kind> = Extract<Entry, { kind: K }>;

/** A request is about to be sent. */
export interface ClientCall {
  readonly kind: "call";
  readonly call: number;
  readonly method: string;
  readonly path: string;
  /** Idempotency keys of the runs it asks for, in their order; empty when it asks for none. */
  readonly keys: readonly (string | null)[];
}

/** What came back; `status` null: no answer came, and nobody knows what happened. */
export interface ClientAnswer {
  readonly kind: "answer";
  readonly call: number;
  readonly status: number | null;
  /** Of a refusal. */
  readonly code: string | null;
  /** Runs that were acknowledged, in the order of the keys; null = that one was not taken. */
  readonly submitted: readonly (string | null)[];
  /** What it says of runs. */
  readonly runs: readonly RunView[];
  /** A page of output. */
  readonly log: LogView | null;
}

export interface RunView {
  readonly id: string;
  readonly phase: string;
  readonly reason: string | null;
  readonly exitCode: number | null;
  readonly attempts: number;
  readonly stopping: boolean;
  /** Its label `witness` is "yes": its code writes to the witness (`witness.ts`). */
  readonly witness: boolean;
  /** Its label `lines`: so many lines it prints when it succeeds; null = it does not say. */
  readonly lines: number | null;
}

export interface LogView {
  readonly runId: string;
  readonly pieces: readonly { readonly attempt: number; readonly seq: number }[];
  /** `<attempt>.<seq>`: where the next page begins. */
  readonly next: string;
  readonly complete: boolean;
}

/** A message between worker and gateway; fields that its kind does not have are absent. */
export interface StreamMessage {
  readonly kind: "message";
  readonly stream: number;
  readonly what: MessageKind;
  readonly executionId?: string;
  readonly fence?: number;
  readonly seq?: number;
  readonly workerId?: string;
  readonly sessionSha256?: string;
  readonly success?: boolean;
  readonly resultId?: string;
  readonly exitCode?: number;
  /** Of an attempt: Exited, Timeout, …, as the wire's enumeration numbers them. */
  readonly end?: number;
  readonly verdict?: Verdict;
  readonly refused?: boolean;
  /** Of output. */
  readonly md5?: string;
}

export type MessageKind =
  | "register"
  | "registered"
  | "heartbeat"
  | "heartbeatAck"
  | "runJob"
  | "accept"
  | "refuse"
  | "start"
  | "cancel"
  | "result"
  | "resultAck"
  | "log"
  | "logAck"
  | "other";
export type Verdict = "accepted" | "duplicate" | "fenced" | "unknown";

export type Table = "run" | "attempt" | "worker" | "log_chunk" | "control";
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** A row before and after; `seq` is in the order of the commits wherever one waited for another. */
export interface RowChange {
  readonly kind: "row";
  readonly seq: number;
  readonly table: Table;
  /** null = it was inserted. */
  readonly old: Row | null;
  /** null = it was deleted. */
  readonly new: Row | null;
}

/** A line that the user's code wrote, apart from the platform; in the order of the file. */
export interface WitnessLine {
  readonly kind: "witness";
  readonly event: string;
  readonly runId: string;
  readonly fence: number;
  /** When the code wrote it, by the clock of its machine. */
  readonly atMs: number;
}

/** What the provider itself says of a machine. */
export interface MachineSeen {
  readonly kind: "machine";
  readonly machineId: string;
  readonly workerId: string;
  readonly live: boolean;
}

export interface Fault {
  readonly kind: "fault";
  readonly name: string;
  readonly detail: string;
}

/** From here on nobody asks for anything, and everything has had time to end. */
export interface AtRest {
  readonly kind: "rest";
}

export const FINAL_PHASES: ReadonlySet<unknown> = new Set(["Succeeded", "Failed", "Cancelled"]);
