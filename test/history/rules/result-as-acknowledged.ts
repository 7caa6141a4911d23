import { type Facts, lastRow } from "../facts.ts";
import type { Finding, Rule } from "../rule.ts";

/**
 * A result that a worker was told is recorded is the one in the row, and no other of its execution was
 * accepted. The very same one may be, twice: a repeat that arrives beside it shares its answer.
 */
export const resultAsAcknowledged: Rule = {
  name: "result-as-acknowledged",
  check: (facts) => {
    const acks = facts.messages.filter(({ what }) => what === "resultAck");
    const kept = acks.filter(({ verdict }) => verdict === "accepted" || verdict === "duplicate");
    const accepted = acks.filter(({ verdict }) => verdict === "accepted");
    return [
      ...kept.flatMap((ack) => notInRow(facts, ack)),
      ...[...Map.groupBy(accepted, ({ executionId }) => String(executionId))].flatMap(
        ([id, answers]) =>
          new Set(answers.map(({ resultId }) => resultId)).size > 1
            ? [
                {
                  what: `more than one result of execution ${id} was accepted`,
                  entries: answers,
                },
              ]
            : [],
      ),
    ];
  },
};

function notInRow({ executions, attempts }: Facts, ack: Facts["messages"][number]): Finding[] {
  const story = attempts.get(executions.get(String(ack.executionId)) ?? "");
  const row = lastRow(story) ?? story?.at(-1)?.old;
  return row?.result_id === ack.resultId
    ? []
    : [
        {
          what: `result ${ack.resultId} was acknowledged, in the row is ${row?.result_id ?? "none"}`,
          entries: [ack, story?.at(-1)],
        },
      ];
}
