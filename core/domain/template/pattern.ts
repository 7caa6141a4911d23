/**
 * Patterns of parameters. A pattern comes from one user and is matched against what another one sends,
 * so it must not be able to take long: it is matched as a set of states that advance together (Thompson
 * 1968), in at most states × characters steps, never by trying one way after the other.
 */
import { limits } from "../limits.ts";
import {
  type CharacterTest,
  PatternError,
  type PatternTree,
  parsePattern,
} from "./pattern-tree.ts";

export { PatternError } from "./pattern-tree.ts";

/** true: the whole text matches. */
export type PatternMatch = (text: string) => boolean;

/** Either waits for a character, or goes on to others at once; the last state accepts. */
type State =
  | { readonly accepts: CharacterTest; readonly to: number }
  | { readonly goto: readonly number[] };

/**
 * A pattern, ready to match whole texts; `^` and `$` at its ends say what holds anyway. Throws
 * PatternError when it is no pattern of ours (`pattern-tree.ts`), or takes more than
 * `limits.patternStatesMax` states.
 */
export function compilePattern(source: string): PatternMatch {
  const inner = source.replace(/^\^/, "").replace(/(^|[^\\])((?:\\\\)*)\$$/, "$1$2");
  const states: State[] = [{ goto: [] }];
  const start = emit(states, parsePattern(inner), 0);
  return (text) => matches(states, start, text);
}

/** Adds the states of a tree that lead to `next`; answers where they begin. */
function emit(states: State[], tree: PatternTree, next: number): number {
  switch (tree.kind) {
    case "character":
      return add(states, { accepts: tree.accepts, to: next });
    case "sequence":
      return tree.parts.reduceRight((to, part) => emit(states, part, to), next);
    case "choice":
      return add(states, { goto: tree.options.map((option) => emit(states, option, next)) });
    case "repeat":
      return emitRepeat(states, tree, next);
  }
}

type Repeat = Extract<PatternTree, { kind: "repeat" }>;

function emitRepeat(states: State[], { part, min, max }: Repeat, next: number): number {
  let start = next;
  if (max === null) {
    start = add(states, { goto: [] });
    states[start] = { goto: [emit(states, part, start), next] };
  } else {
    for (let more = max - min; more > 0; more--)
      start = add(states, { goto: [emit(states, part, start), next] });
  }
  for (let again = min; again > 0; again--) {
    const before = states.length;
    start = emit(states, part, start);
    if (states.length === before) break; // what is empty once is empty however often
  }
  return start;
}

function add(states: State[], state: State): number {
  if (states.length >= limits.patternStatesMax)
    throw new PatternError(`takes more than ${limits.patternStatesMax} states`);
  return states.push(state) - 1;
}

function matches(states: readonly State[], start: number, text: string): boolean {
  let current = closure(states, [start]);
  for (const char of text) {
    if (current.length === 0) return false;
    const code = char.codePointAt(0) ?? 0;
    const next: number[] = [];
    for (const at of current) {
      const state = states[at];
      if (state && "accepts" in state && state.accepts(code)) next.push(state.to);
    }
    current = closure(states, next);
  }
  return current.includes(0);
}

/** These states and all that are reached from them without a character, each once. */
function closure(states: readonly State[], from: readonly number[]): number[] {
  const reached = new Set<number>();
  const open = [...from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (reached.has(at)) continue;
    reached.add(at);
    const state = states[at];
    if (state && "goto" in state) open.push(...state.goto);
  }
  return [...reached];
}
