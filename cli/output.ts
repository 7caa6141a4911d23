/** The only place that prints. Results go to stdout, everything said to a person to stderr. */
import { once } from "node:events";
import { styleText } from "node:util";
import Table from "cli-table3";
import { ApiProblem } from "./api-problem.ts";
import { CliError, EXIT } from "./cli-error.ts";
import { createTerminalFilter, onOneLine, type TerminalFilter } from "./terminal-filter.ts";

export type Tone = "plain" | "good" | "bad" | "busy" | "dim";

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

export interface Output {
  /** true: programs read this (`--json`). */
  readonly json: boolean;
  /** true: a person sees stderr, so progress is worth telling. */
  readonly watched: boolean;
  /** Rows of the terminal that stdout is; null = it is none. */
  readonly rows: number | null;
  /** Empties that terminal. */
  clear(): Promise<void>;
  line(text: string): Promise<void>;
  /** One value as one line of JSON. */
  value(value: unknown): Promise<void>;
  /** [] as head: none. */
  table(head: readonly string[], rows: readonly (readonly Cell[])[]): Promise<void>;
  /** One fact a line: its name, then its value. */
  facts(facts: readonly (readonly [string, Cell])[]): Promise<void>;
  /** Output of a job: byte-exact, but for what could attack a terminal when it goes to one. */
  bytes(stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void>;
  note(text: string): Promise<void>;
}

const STYLE = { good: "green", bad: "red", busy: "cyan", dim: "dim" } as const;
const NO_BORDERS = {
  ...{ top: "", "top-mid": "", "top-left": "", "top-right": "" },
  ...{ bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "" },
  ...{ left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "  " },
};

/** The cursor home, then all below it away. */
const CLEAR = "\u001b[H\u001b[J";

export function createOutput(options: { json: boolean }): Output {
  const { stdout, stderr } = process;
  const filters = { stdout: filterFor(stdout), stderr: filterFor(stderr) };
  const paint = ({ text, tone = "plain" }: Cell): string => {
    const shown = onOneLine(text);
    return tone === "plain" ? shown : styleText(STYLE[tone], shown, { stream: stdout });
  };
  return {
    json: options.json,
    watched: stderr.isTTY === true && !options.json,
    rows: stdout.isTTY ? stdout.rows : null,
    clear: () => write(stdout, CLEAR),
    line: (text) => write(stdout, forScreen(stdout, `${text}\n`)),
    value: (value) => write(stdout, `${JSON.stringify(value)}\n`),
    table: (head, rows) => {
      const table = new Table({
        head: head.map((text) => paint({ text, tone: "dim" })),
        chars: NO_BORDERS,
        style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
      });
      table.push(...rows.map((row) => row.map(paint)));
      const lines = table.toString().split("\n");
      return write(stdout, lines.map((line) => `${line.trimEnd()}\n`).join(""));
    },
    facts: (facts) => {
      const width = Math.max(...facts.map(([name]) => name.length)) + 2;
      return write(
        stdout,
        facts.map(([name, cell]) => `${name.padEnd(width)}${paint(cell)}\n`).join(""),
      );
    },
    bytes: (stream, bytes) => write(process[stream], filters[stream]?.filter(bytes) ?? bytes),
    note: (text) => write(stderr, forScreen(stderr, `${text}\n`)),
  };
}

const filterFor = (stream: NodeJS.WriteStream): TerminalFilter | null =>
  stream.isTTY ? createTerminalFilter() : null;

/** Text of ours may quote a job or a server: on a terminal it is filtered like output. */
const forScreen = (stream: NodeJS.WriteStream, text: string): string | Uint8Array =>
  filterFor(stream)?.filter(new TextEncoder().encode(text)) ?? text;

/** Waits until the reader keeps up, so that a long log is never gathered in memory. */
async function write(stream: NodeJS.WriteStream, data: string | Uint8Array): Promise<void> {
  if (!stream.write(data)) await once(stream, "drain");
}

/** The last words of a command that failed, on stderr; with `--json` one document. */
export async function showFailure(error: unknown, json: boolean): Promise<void> {
  const { stderr } = process;
  if (json) {
    const message = error instanceof Error ? error.message : String(error);
    const problem = error instanceof ApiProblem ? error.problem : { detail: message };
    return write(stderr, `${JSON.stringify({ error: problem })}\n`);
  }
  if (!(error instanceof CliError)) {
    const trace = error instanceof Error ? error.stack : String(error);
    return write(stderr, `hodei: this should not have happened; please report it\n${trace}\n`);
  }
  const hint = error.hint === null || error.hint === "" ? "" : `${error.hint}\n`;
  await write(stderr, forScreen(stderr, `hodei: ${error.message}\n${hint}`));
}

/** Where the argument parser prints its help and its complaints. */
export const helpOutput = {
  writeOut: (text: string): void => void process.stdout.write(text),
  writeErr: (text: string): void => void process.stderr.write(text),
};

/** `hodei logs … | head`: when the reader has left there is nobody to tell anything. */
export function exitWhenNobodyReads(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.off("error", onWriteError).on("error", onWriteError);
  }
}

function onWriteError(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(EXIT.brokenPipe);
  throw error;
}
