import type { GraphReader } from "../offline/graph.ts";

export interface Stage {
  readonly name: string;
  readonly graph: GraphReader;
  readonly isProduction: boolean;
}

/** One thing that must hold of every stage; answers what is wrong, in words, nothing when all is well. */
export interface Check {
  readonly name: string;
  problems(stage: Stage): readonly string[];
}

/** `what` unless it holds. */
export const unless = (holds: boolean, what: string): readonly string[] => (holds ? [] : [what]);

/** Each field of `expected` that `actual` has otherwise. */
export function differences(
  name: string,
  actual: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>>,
): readonly string[] {
  return Object.entries(expected).flatMap(([key, value]) => {
    const [is, ought] = [JSON.stringify(actual[key]), JSON.stringify(value)];
    return unless(is === ought, `${name}: ${key} is ${is}, not ${ought}`);
  });
}
