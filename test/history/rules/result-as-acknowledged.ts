import { type Facts, grouped, lastRow } from "../facts.ts";
import type { Finding, Rule } from "../rule.ts";

/** A result that a worker was told is recorded is the one in the row, and was accepted once. */
export const resultAsAcknowledged: Rule = {
  name: "result-as-acknowledged",
  check: (facts) => {
    const acks = facts.messages.filter(({ what }) => what === "resultAck");
    const kept = acks.filter(({ verdict }) => verdict === "accepted" || verdict === "duplicate");
    const accepted = acks.filter(({ verdict }) => verdict === "accepted");
    return [
      ...kept.flatMap((ack) => notInRow(facts, ack)),
      ...[...grouped(accepted, ({ executionId }) => String(executionId))].flatMap(
        ([id, answers]) =>
          answers.length > 1
            ? [
                {
                  what: `results of execution ${id} were accepted more than once`,
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
