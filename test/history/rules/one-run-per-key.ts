import type { Change } from "../facts.ts";
import type { Rule } from "../rule.ts";

/** An idempotency key has one run: in the rows, and in every answer. */
export const oneRunPerKey: Rule = {
  name: "one-run-per-key",
  check: ({ acknowledged, runs }) => {
    const named = acknowledged.filter(({ key }) => key !== null);
    const inAnswers = [...Map.groupBy(named, ({ key }) => String(key))].flatMap(([key, answers]) =>
      new Set(answers.map(({ id }) => id)).size > 1
        ? [
            {
              what: `key ${key} was answered with several runs`,
              entries: answers.map(({ answer }) => answer),
            },
          ]
        : [],
    );
    const born = [...runs.values()]
      .map(([first]) => first)
      .filter((first): first is Change => first?.old === null && keyOf(first) !== null);
    const inRows = [...Map.groupBy(born, (first) => String(keyOf(first)))].flatMap(
      ([key, inserts]) =>
        inserts.length > 1 ? [{ what: `key ${key} made several runs`, entries: inserts }] : [],
    );
    const foreign = named.flatMap(({ id, key, answer }) => {
      const first = runs.get(id)?.[0];
      return first?.old === null && keyOf(first) !== key
        ? [{ what: `run ${id} was answered to key ${key}, not its own`, entries: [first, answer] }]
        : [];
    });
    return [...inAnswers, ...inRows, ...foreign];
  },
};

const keyOf = (first: Change) => first.new?.idempotency_key ?? null;
