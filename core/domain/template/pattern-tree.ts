/** Tests one character. */
export type CharacterTest = (codePoint: number) => boolean;

/** A pattern taken apart. `max: null` = without end. */
export type PatternTree =
  | { readonly kind: "character"; readonly accepts: CharacterTest }
  | { readonly kind: "sequence"; readonly parts: readonly PatternTree[] }
  | { readonly kind: "choice"; readonly options: readonly PatternTree[] }
  | {
      readonly kind: "repeat";
      readonly part: PatternTree;
      readonly min: number;
      readonly max: number | null;
    };

/** What is wrong with a pattern, in words for its author. */
export class PatternError extends Error {}

const REPEAT_MAX = 255;
const DEPTH_MAX = 16;
const CLASSES: Readonly<Record<string, CharacterTest>> = {
  d: (c) => c >= 48 && c <= 57,
  w: (c) => (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95,
  s: (c) => c === 32 || (c >= 9 && c <= 13) || c === 160 || c === 0xfeff,
};
const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11 };
const isLineEnd: CharacterTest = (c) => c === 10 || c === 13 || c === 0x2028 || c === 0x2029;

/**
 * Reads a pattern in the part of the usual notation that can be matched in linear time: characters,
 * `.`, classes, `\d \w \s`, groups, `|`, `* + ? {n,m}`. Throws PatternError with the place of what is
 * anything else: look-around, back references, anchors inside, lazy or possessive repeats.
 */
export function parsePattern(source: string): PatternTree {
  const reader = new PatternReader([...source]);
  const tree = reader.choice(0);
  reader.end();
  return tree;
}

class PatternReader {
  readonly #text: readonly string[];
  #at = 0;

  constructor(text: readonly string[]) {
    this.#text = text;
  }

  end(): void {
    if (this.#at < this.#text.length) this.#refuse('")" without "("');
  }

  choice(depth: number): PatternTree {
    if (depth > DEPTH_MAX) this.#refuse(`groups are nested deeper than ${DEPTH_MAX}`);
    const options = [this.#sequence(depth)];
    while (this.#take("|")) options.push(this.#sequence(depth));
    return options.length === 1 ? (options[0] as PatternTree) : { kind: "choice", options };
  }

  #sequence(depth: number): PatternTree {
    const parts: PatternTree[] = [];
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined || next === "|" || next === ")") return { kind: "sequence", parts };
      parts.push(this.#repeated(this.#atom(depth)));
    }
  }

  #atom(depth: number): PatternTree {
    const char = this.#text[this.#at++] as string;
    switch (char) {
      case "(":
        return this.#group(depth);
      case "[":
        return { kind: "character", accepts: this.#class() };
      case ".":
        return { kind: "character", accepts: (c) => !isLineEnd(c) };
      case "\\":
        return { kind: "character", accepts: this.#escape() };
      case "^":
      case "$":
        return this.#refuse(`"${char}" may only stand at the ends: the whole value must match`);
      case "*":
      case "+":
      case "?":
      case "{":
      case "}":
      case "]":
        return this.#refuse(`"${char}" must be written "\\${char}"`);
      default:
        return { kind: "character", accepts: only(char) };
    }
  }

  #group(depth: number): PatternTree {
    if (this.#take("?") && !this.#take(":")) this.#refuse('of "(?…" only "(?:" is known');
    const tree = this.choice(depth + 1);
    if (!this.#take(")")) this.#refuse('"(" without ")"');
    return tree;
  }

  #repeated(part: PatternTree): PatternTree {
    const bounds = this.#bounds();
    if (bounds === null) return part;
    const next = this.#text[this.#at];
    if (next === "?" || next === "+" || next === "*" || next === "{")
      this.#refuse(`"${next}" behind a repeat is not known`);
    return { kind: "repeat", part, ...bounds };
  }

  #bounds(): { min: number; max: number | null } | null {
    if (this.#take("*")) return { min: 0, max: null };
    if (this.#take("+")) return { min: 1, max: null };
    if (this.#take("?")) return { min: 0, max: 1 };
    if (!this.#take("{")) return null;
    const min = this.#number();
    const max = this.#take(",") ? (this.#text[this.#at] === "}" ? null : this.#number()) : min;
    if (!this.#take("}")) this.#refuse("a repeat is written {n}, {n,} or {n,m}");
    if (max !== null && max < min) this.#refuse("a repeat goes from less to more");
    return { min, max };
  }

  #number(): number {
    let digits = "";
    while (/^\d$/.test(this.#text[this.#at] ?? "")) digits += this.#text[this.#at++];
    const value = digits.length > 0 && digits.length <= 3 ? Number(digits) : Number.NaN;
    if (value <= REPEAT_MAX) return value;
    return this.#refuse(`a repeat is a number from 0 to ${REPEAT_MAX}`);
  }

  #class(): CharacterTest {
    const negated = this.#take("^");
    const tests: CharacterTest[] = [];
    while (!this.#take("]")) {
      if (this.#at >= this.#text.length) this.#refuse('"[" without "]"');
      tests.push(this.#classItem());
    }
    return (c) => tests.some((test) => test(c)) !== negated;
  }

  #classItem(): CharacterTest {
    const from = this.#classCharacter();
    const isRange = this.#text[this.#at] === "-" && this.#text[this.#at + 1] !== "]";
    if (!isRange) return typeof from === "number" ? (c) => c === from : from;
    this.#at++;
    const to = this.#classCharacter();
    if (typeof from !== "number" || typeof to !== "number" || to < from)
      return this.#refuse("a range goes from one character to a later one");
    return (c) => c >= from && c <= to;
  }

  #classCharacter(): number | CharacterTest {
    const char = this.#text[this.#at++];
    if (char === undefined) return this.#refuse('"[" without "]"');
    if (char !== "\\") return codeOf(char);
    const escaped = this.#text[this.#at];
    return escaped === "-" ? codeOf(this.#text[this.#at++] ?? "") : this.#escaped();
  }

  #escape(): CharacterTest {
    const escaped = this.#escaped();
    return typeof escaped === "number" ? (c) => c === escaped : escaped;
  }

  #escaped(): number | CharacterTest {
    const char = this.#text[this.#at++];
    if (char === undefined) return this.#refuse('"\\" stands at the end');
    const known = CLASSES[char];
    if (known) return known;
    const opposite = CLASSES[char.toLowerCase()];
    if (opposite) return (c) => !opposite(c);
    const control = CONTROLS[char];
    if (control !== undefined) return control;
    if (/^[\^$\\.*+?()[\]{}|/]$/.test(char)) return codeOf(char);
    return this.#refuse(`"\\${char}" is not known`);
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #refuse(message: string): never {
    throw new PatternError(`at character ${Math.min(this.#at, this.#text.length)}: ${message}`);
  }
}

const codeOf = (char: string): number => char.codePointAt(0) ?? 0;

function only(char: string): CharacterTest {
  const code = codeOf(char);
  return (c) => c === code;
}
