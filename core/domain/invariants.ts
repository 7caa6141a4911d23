/**
 * What the rows never contradict, by name, in words (docs/concepts/protocol.md#invariants). The queries that
 * look for rows that do are adapters/store/reads/invariants.ts and overdue.ts; a test compares the names.
 */
export const STATE_INVARIANTS = {
  "final-run-says-so": "A final run has an end and a reason, and no other run has one.",
  "one-end-and-the-last-word":
    "The history of a final run has one end, which is its last event; that of an open run has none.",
  "history-without-gaps": "The events of a run are numbered from 1 without a gap.",
  "verdict-is-kept": "A run ends as its stored verdict says.",
  "stopping-run-has-attempt": "A run that is stopping has an attempt to wait for.",
  "one-live-attempt-per-run": "A run has at most one live attempt.",
  "one-live-attempt-per-worker": "A worker has at most one live attempt.",
  "active-run-has-attempt": "An Assigned or Running run has its newest attempt in that phase.",
  "live-attempt-has-active-run":
    "A live attempt is the newest of its run, and the run is in its phase.",
  "fence-is-newest-attempt": "The fence of a run is the number of its attempts.",
  "success-is-of-newest-attempt":
    "A run has at most one successful attempt, the newest, and is final then.",
  "success-has-attempt": "The newest attempt of a Succeeded run succeeded.",
  "result-ends-attempt": "An attempt whose result was recorded has ended.",
  "start-is-recorded":
    "An attempt that succeeded or failed was started, one that was returned was not.",
  "successor-waits-for-machine":
    "With replacement AfterGone no attempt lives while the machine of a lost one may still run.",
  "charged-within-limit": "Charged attempts are at most backoffLimit + 1.",
  "lost-within-limit": "Workers that a run lost are at most infrastructureLimit + 1.",
  "returned-within-limit": "Attempts of a run that ended before their start are bounded.",
  "blocked-run-waits": "A run that waits for a machine to be gone is Pending.",
  "run-of-template-is-numbered": "A run of a template has a number and a version that were given.",
  "versions-without-gaps": "The versions of a template are numbered from 1 without a gap.",
  "secret-has-run": "Secret parameters belong to a run that is there.",
  "busy-worker-has-attempt": "A worker that holds a run has its live attempt.",
  "live-attempt-has-worker": "A live attempt is held by a Busy or Draining worker.",
  "manual-attempt-is-nobodys": "An attempt that was made by hand has no worker of ours.",
  "session-has-token": "A session exists only where a token was spent.",
  "serving-worker-has-session": "A worker that serves has one session, and spent its token for it.",
  "token-is-of-one-worker": "A bootstrap token belongs to one worker.",
  "stream-has-epoch": "A stream has an epoch.",
  "machine-has-one-worker": "A machine belongs to one worker.",
  "terminated-holds-nothing": "A Terminated worker holds no run and no stream.",
  "run-has-clock": "A run that is neither final nor suspended has a deadline.",
  "suspended-run-waits": "A suspended run is Pending, and says so.",
  "attempt-has-clock": "A Running attempt has the instants of its start and of its last report.",
  "worker-has-clock": "A worker has the instant by which it must have moved on.",
  "output-without-holes": "Stored output of our own workers is numbered from 1 without a hole.",
} as const satisfies Readonly<Record<string, string>>;

/**
 * What is done soon after its clock ran out, by whatever looks at the rows. Broken: nothing looks, or it
 * does not get through.
 */
export const CLOCK_INVARIANTS = {
  "deadline-is-kept": "A run past its deadline is stopped.",
  "stop-is-carried-out": "A run that was stopped ends within its grace.",
  "command-is-accepted-or-returned": "An attempt that nobody accepts goes back to the queue.",
  "attempt-timeout-is-kept": "An attempt past its time is ended.",
  "blocked-run-is-freed": "A run whose machine is gone goes back to the queue.",
  "lost-worker-leaves": "A worker whose lease is over leaves.",
  "machine-registers": "A machine that does not register is ended.",
  "worker-connects": "A worker that registers and does not connect is ended.",
  "launch-is-given-up": "A launch that does not succeed is given up.",
  "machine-goes": "The machine of a worker that left is gone.",
} as const satisfies Readonly<Record<string, string>>;

export type InvariantName = keyof typeof STATE_INVARIANTS | keyof typeof CLOCK_INVARIANTS;
/** `clock`: it holds only as long as somebody looks at the rows. */
export type InvariantKind = "state" | "clock";

export interface Invariant {
  readonly name: InvariantName;
  readonly kind: InvariantKind;
  /** A sentence, in words of the protocol. */
  readonly says: string;
}

const listOf = (kind: InvariantKind, says: Readonly<Record<string, string>>): Invariant[] =>
  Object.entries(says).map(([name, text]) => ({ name: name as InvariantName, kind, says: text }));

export const INVARIANTS: readonly Invariant[] = [
  ...listOf("state", STATE_INVARIANTS),
  ...listOf("clock", CLOCK_INVARIANTS),
];
