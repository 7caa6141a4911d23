/**
 * Output of a job on its way to a terminal. Text, tabs, line ends and colours pass; everything
 * else that could move the cursor, rename the window, fill the clipboard or make the terminal
 * answer is taken out. Works on bytes and across pieces: a sequence may be cut anywhere.
 */
export interface TerminalFilter {
  /** What of this piece may be shown now. */
  filter(bytes: Uint8Array): Uint8Array;
}

const ESC = 0x1b;
const BEL = 0x07;
const LINE_FEED = 0x0a;
const BACKSLASH = 0x5c;
const C1_LEAD = 0xc2; // U+0080 … U+009F in UTF-8: C2 80 … C2 9F
const SEQUENCE_MAX = 64;

type State = "text" | "lead" | "escape" | "csi" | "string" | "string-escape";

export function createTerminalFilter(): TerminalFilter {
  let state: State = "text";
  /** Bytes of an unfinished CSI sequence, the introducer included. */
  let held: number[] = [];

  /** The state after this byte; what may be shown goes to `out`. */
  const take = (byte: number, out: number[]): State => {
    switch (state) {
      case "text":
        return takeText(byte, out);
      case "lead":
        if (byte >= 0x80 && byte <= 0x9f) return afterIntroducer(byte - 0x40);
        out.push(C1_LEAD);
        return takeText(byte, out);
      case "escape":
        return afterIntroducer(byte);
      case "csi":
        return takeCsi(byte, out);
      case "string":
        if (byte === BEL) return "text";
        if (byte === LINE_FEED) return takeText(byte, out); // an unfinished one must not hide the rest
        return byte === ESC ? "string-escape" : "string";
      case "string-escape":
        return byte === BACKSLASH ? "text" : "string";
    }
  };

  const takeText = (byte: number, out: number[]): State => {
    if (byte === ESC) return "escape";
    if (byte === C1_LEAD) return "lead";
    if (isShown(byte)) out.push(byte);
    return "text";
  };

  const afterIntroducer = (byte: number): State => {
    held = [ESC, 0x5b];
    if (byte === 0x5b) return "csi"; // [
    if (byte === ESC || (byte >= 0x20 && byte <= 0x2f)) return "escape"; // more of it follows
    return [0x50, 0x58, 0x5d, 0x5e, 0x5f].includes(byte) ? "string" : "text"; // P X ] ^ _
  };

  const takeCsi = (byte: number, out: number[]): State => {
    if (byte === ESC) return "escape";
    if (byte < 0x20 || byte > 0x7e || held.length > SEQUENCE_MAX) return takeText(byte, out);
    held.push(byte);
    if (byte < 0x40) return "csi";
    if (isColour(held)) out.push(...held);
    return "text";
  };

  return {
    filter: (bytes) => {
      const out: number[] = [];
      for (const byte of bytes) state = take(byte, out);
      return Uint8Array.from(out);
    },
  };
}

/** Tab, line feed, carriage return, and everything that is no control character. */
const isShown = (byte: number): boolean =>
  byte === 0x09 || byte === 0x0a || byte === 0x0d || (byte >= 0x20 && byte !== 0x7f);

/** `ESC [ 1;31 m`: only digits and separators before the m. */
const isColour = (sequence: readonly number[]): boolean =>
  sequence.at(-1) === 0x6d &&
  sequence
    .slice(2, -1)
    .every((byte) => (byte >= 0x30 && byte <= 0x39) || byte === 0x3b || byte === 0x3a);

/** One line of text without any control character: for cells of a table and messages. */
export const onOneLine = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
