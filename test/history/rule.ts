import type { Entry } from "./entry.ts";
import type { Facts } from "./facts.ts";

/** What a rule found: a sentence, and the entries that prove it. */
export interface Finding {
  readonly what: string;
  readonly entries: readonly (Entry | undefined)[];
}

export interface Rule {
  readonly name: string;
  /** Everything in the history that breaks it; pure. */
  check(facts: Facts): readonly Finding[];
}
