import type { Command } from "commander";
import {
  AUDIT_EVENT_TYPES,
  type AuditEventBody,
  type AuditEventType,
  type AuditPageBody,
} from "#core/domain/spec/audit-api.ts";
import type { AuditTimes } from "../audit-calls.ts";
import { usageError } from "../cli-error.ts";
import { parseDuration } from "../duration.ts";
import type { Cell, Output } from "../output.ts";
import { textCell } from "../show-runs.ts";
import { type CommonOptions, createContext, withCommonOptions } from "./context.ts";
import { readLimit } from "./list.ts";

const LIMIT_DEFAULT = "50";

interface AuditOptions extends CommonOptions {
  /** As typed: the API says what is wrong with it. */
  readonly type?: AuditEventType;
  readonly actor?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: string;
  readonly offset: string;
  readonly of?: string;
  readonly counts?: true;
}

const EXAMPLES = [
  "hodei audit",
  "hodei audit --type ApiKeyCreated --since 7d",
  'hodei audit --actor "ci (9f86d081884c7d65)" --json',
  "hodei audit --of 0198f00d-1c2b-7def-8000-0123456789ab",
  "hodei audit --counts --since 24h",
];

/** `hodei audit`: who did what, and when. Needs a key with the scope admin. */
export function addAudit(program: Command): void {
  const command = program
    .command("audit")
    .description("show who did what, the newest first (scope admin)")
    .option("--type <type>", `only this: ${AUDIT_EVENT_TYPES.join(", ")}`)
    .option("--actor <actor>", "only what this one did, as ACTOR shows it")
    .option("--since <when>", "from then on: an instant, or a time ago such as 7d")
    .option("--until <when>", "before then")
    .option("--limit <n>", "how many, at most 500", LIMIT_DEFAULT)
    .option("--offset <n>", "how many of the newest are skipped", "0")
    .option("--of <id>", "all about one run, key, template or provider, the oldest first")
    .option("--counts", "how many of each type");
  withCommonOptions(command, EXAMPLES).action(audit);
}

async function audit(options: AuditOptions): Promise<void> {
  const { api, output, nowMs } = createContext(options);
  if (options.of !== undefined) return showPage(output, await api.auditTrail(options.of));
  const times = timesOf(options, nowMs);
  if (options.counts) return showCounts(output, await api.auditCounts(times));
  const limit = readLimit(options.limit);
  if (!/^\d{1,6}$/.test(options.offset))
    throw usageError(`--offset <n>: "${options.offset}" is not a whole number`);
  const { type, actor } = options;
  const asked = { ...(type && { type }), ...(actor !== undefined && { actor }) };
  const offset = Number(options.offset);
  await showPage(output, await api.audit({ ...asked, ...times, limit, offset }));
}

async function showPage(
  output: Output,
  { events, total, hasMore, isCut }: AuditPageBody,
): Promise<void> {
  if (output.json) {
    for (const event of events) await output.value(event);
    return;
  }
  if (events.length === 0) return output.note("nothing is recorded");
  await output.table(["AT", "TYPE", "ACTOR", "OF", "WHAT"], events.map(eventRow));
  if (!hasMore || !output.watched) return;
  await output.note(`there are more: ${total}${isCut ? " or more" : ""} in all`);
}

async function showCounts(
  output: Output,
  body: { readonly counts: Readonly<Record<string, number>>; readonly isCut: boolean },
): Promise<void> {
  if (output.json) return output.value(body);
  const counts = Object.entries(body.counts);
  if (counts.length === 0) return output.note("nothing is recorded");
  await output.table(
    ["TYPE", "COUNT"],
    counts.map(([type, count]) => [textCell(type), textCell(count)]),
  );
  if (body.isCut) await output.note("older ones were not counted: ask for a shorter time");
}

const eventRow = ({ at, type, actor, correlationId, payload }: AuditEventBody): Cell[] => [
  textCell(at),
  textCell(type),
  textCell(actor),
  textCell(correlationId),
  textCell(
    Object.entries(payload)
      .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
      .join(" "),
  ),
];

/** An instant goes as it was typed: the API says what is wrong with it. */
function timesOf({ since, until }: AuditOptions, nowMs: number): AuditTimes {
  const instantOf = (text: string): string => {
    const seconds = parseDuration(text);
    return seconds === null ? text : new Date(Math.max(0, nowMs - seconds * 1000)).toISOString();
  };
  return {
    ...(since !== undefined && { from: instantOf(since) }),
    ...(until !== undefined && { until: instantOf(until) }),
  };
}
