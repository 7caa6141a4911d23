import type { InvariantBody, InvariantsBody } from "#core/domain/spec/invariants-api.ts";
import type { QueueBody } from "#core/domain/spec/scheduling-api.ts";
import { formatSpan } from "./duration.ts";

export type Health = "ok" | "warn" | "fail";

/** One line of what the doctor says. */
export interface Finding {
  readonly health: Health;
  /** What was looked at; a heading of the guide says what to do about it. */
  readonly part: string;
  readonly message: string;
  /** What to do now; null where all is well. */
  readonly next: string | null;
}

const GUIDE = "docs/guides/troubleshooting.md#what-hodei-doctor-finds";
/** A machine takes minutes; longer than that a due run should not have to wait. */
const LONG_WAIT_MS = 10 * 60_000;

const finding = (health: Health, part: string, message: string): Finding => ({
  ...{ health, part, message, next: health === "ok" ? null : GUIDE },
});

/** What is wrong with an install, as it says itself, in the order in which to look at it. */
export function diagnose(seen: InvariantsBody, queue: QueueBody): Finding[] {
  const { runs, byReason } = queue.pending;
  const waits = runs - (byReason.Suspended ?? 0); // the suspended wait for nobody but people
  const isIdle = waits === 0 && queue.live.assigned + queue.live.running === 0;
  return [
    ofSchema(seen),
    ofGateways(seen, isIdle),
    ofTick(seen, isIdle),
    ofInvariants(seen, "state"),
    ofInvariants(seen, "clock"),
    ofMachines(seen),
    ofQueue(queue),
  ];
}

function ofSchema({ platform: { schemaVersion, schemaExpected } }: InvariantsBody): Finding {
  if (schemaVersion === schemaExpected) return finding("ok", "schema", `at ${schemaVersion}`);
  const isBehind = schemaVersion < schemaExpected;
  const message = `at ${schemaVersion}, this release was made for ${schemaExpected}`;
  return finding(isBehind ? "fail" : "warn", "schema", message);
}

function ofGateways({ platform: { gateways } }: InvariantsBody, isIdle: boolean): Finding {
  const living = gateways.filter(({ lives }) => lives).length;
  if (living > 0) return finding("ok", "gateways", `${living} living`);
  const message = "none lives: no worker is heard, and none takes a run";
  if (isIdle)
    return finding("ok", "gateways", "none lives, and nothing needs one: the stage sleeps");
  return finding("fail", "gateways", message);
}

function ofTick({ checkedAt, platform }: InvariantsBody, isIdle: boolean): Finding {
  const { sweptAt, sweepIsLate } = platform;
  const ago = sweptAt === null ? null : formatSpan(Date.parse(checkedAt) - Date.parse(sweptAt));
  const message = ago === null ? "never swept" : `swept ${ago} ago`;
  if (!sweepIsLate) return finding("ok", "tick", `${message}, in time`);
  if (isIdle) return finding("ok", "tick", `${message}, and nothing needs it: the stage sleeps`);
  return finding("fail", "tick", `${message}: nothing looks at the rows`);
}

const PARTS = { state: "invariants", clock: "clocks" } as const;

function ofInvariants(seen: InvariantsBody, kind: InvariantBody["kind"]): Finding {
  const mine = seen.invariants.filter((invariant) => invariant.kind === kind);
  const broken = mine.filter(({ violations }) => violations > 0);
  const part = PARTS[kind];
  const looked = `of ${seen.isCut ? "the newest " : ""}${seen.runs} runs and ${seen.workers} workers`;
  if (broken.length === 0) return finding("ok", part, `all ${mine.length} hold ${looked}`);
  return finding("fail", part, broken.map(describeBroken).join("; "));
}

function describeBroken({ name, violations, first }: InvariantBody): string {
  const [one] = first;
  const such = one === undefined ? "" : `, such as ${one.id} (${one.detail})`;
  return `${name} is broken ${violations === 1 ? "once" : `${violations} times`}${such}`;
}

function ofMachines({ platform: { launching, launchFailures } }: InvariantsBody): Finding {
  if (!launching)
    return finding("warn", "machines", "the install's provider is not enabled: none is launched");
  const { workers, message } = launchFailures;
  if (workers === 0) return finding("ok", "machines", "no launch fails");
  return finding(
    "warn",
    "machines",
    `${workers} cannot be launched: ${message ?? "no reason given"}`,
  );
}

function ofQueue({ at, pending: { due, oldest } }: QueueBody): Finding {
  if (oldest === null) return finding("ok", "queue", "no run is due and waits");
  const waitMs = Date.parse(at) - Date.parse(oldest.dueAt);
  const message = `${due} due, the oldest (${oldest.id}) since ${formatSpan(waitMs)}`;
  return finding(waitMs > LONG_WAIT_MS ? "warn" : "ok", "queue", message);
}
