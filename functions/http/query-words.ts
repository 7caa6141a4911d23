import type { Query } from "./query.ts";

/** Some of the known words, each once or separated by commas; [] = none was named. */
export function readWords<Word extends string>(
  query: Query,
  name: string,
  known: readonly Word[],
): Word[] {
  const given = query.many(name).flatMap((value) => value.split(","));
  if (given.some((word) => !known.includes(word as Word)))
    query.refuse(name, `must be among ${known.join(", ")}`);
  return known.filter((word) => given.includes(word));
}
