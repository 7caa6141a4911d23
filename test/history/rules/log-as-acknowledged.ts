import type { Change, Facts, Message } from "../facts.ts";
import type { Finding, Rule } from "../rule.ts";

/**
 * Output that a worker was told is stored is stored, as it was sent: an answer to a piece is an
 * answer to all before it. And what is stored was sent by the worker of that attempt.
 */
export const logAsAcknowledged: Rule = {
  name: "log-as-acknowledged",
  check: (facts) => {
    const ofExecution = Map.groupBy(
      facts.messages.filter(({ what }) => what === "log" || what === "logAck"),
      ({ executionId }) => String(executionId),
    );
    return [...ofExecution].flatMap(([id, messages]) => checkOne(facts, id, messages));
  },
};

function checkOne(facts: Facts, executionId: string, messages: readonly Message[]): Finding[] {
  const key = facts.executions.get(executionId) ?? "";
  const isWhole = facts.attempts.get(key)?.[0]?.old === null; // before the history began, who knows
  const stored = new Map<number, Change>();
  for (const change of facts.chunks.get(key) ?? []) {
    const row = change.new ?? change.old;
    if (row) stored.set(Number(row.seq), change);
  }
  const sent = new Map<number, Message>();
  let last: Message | null = null;
  for (const message of messages)
    if (message.what === "log") sent.set(message.seq ?? 0, message);
    else if (!message.refused && (message.seq ?? 0) > (last?.seq ?? 0)) last = message;
  const found: Finding[] = [];
  for (let seq = 1; isWhole && last !== null && seq <= (last.seq ?? 0); seq += 1)
    if (!stored.has(seq))
      found.push({
        what: `piece ${seq} of ${key} was acknowledged and is not stored`,
        entries: [sent.get(seq), last],
      });
  for (const [seq, change] of stored) {
    const said = sent.get(seq);
    const md5 = (change.new ?? change.old)?.md5;
    if (isWhole && said?.md5 !== md5)
      found.push({ what: `piece ${seq} of ${key} is not what was sent`, entries: [said, change] });
  }
  return found;
}
