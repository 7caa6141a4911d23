/** The documents of the repository, taken apart as far as the tests of the words look at them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Fence {
  readonly language: string;
  readonly text: string;
}

export interface Document {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
  /** The text without its fenced blocks. */
  readonly prose: string;
  readonly fences: readonly Fence[];
}

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;

export function readDocument(path: string): Document {
  const text = readFileSync(join(root, path), "utf8");
  const fences = [...text.matchAll(FENCE)].map(([, language = "", body = ""]) => ({
    language,
    text: body,
  }));
  return { path, text, prose: text.replace(FENCE, ""), fences };
}

/** Everything written for readers: the pages at the root and all of docs/. */
export function readDocuments(): Document[] {
  const top = readdirSync(root).filter((name) => name.endsWith(".md"));
  const pages = readdirSync(join(root, "docs"), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name));
  return [...top, ...pages].sort().map(readDocument);
}

/** The part of a page under one heading, up to the next heading of the same or a higher level. */
export function section(document: Document, heading: string): string {
  const [, level = ""] = /^(#+) /.exec(heading) ?? [];
  const lines = document.text.split("\n");
  const from = lines.indexOf(heading);
  if (from < 0) throw new Error(`${document.path} has no heading ${heading}`);
  const isEnd = (line: string) =>
    /^#+ /.test(line) && (line.indexOf(" ") as number) <= level.length;
  const length = lines.slice(from + 1).findIndex(isEnd);
  return lines.slice(from, length < 0 ? undefined : from + 1 + length).join("\n");
}

/** What stands in backticks, in order. */
export const codeSpans = (text: string): string[] =>
  [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);

/** The cells of every table row but heads and rules. */
export const tableRows = (text: string): string[][] =>
  text
    .split("\n")
    .filter((line, index, lines) => isRow(line) && !isRule(line) && !isRule(lines[index + 1] ?? ""))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );

const isRow = (line: string) => line.startsWith("|") && line.endsWith("|");
const isRule = (line: string) => /^\|[-|: ]+\|$/.test(line);

export const links = (text: string): string[] =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);

/** The anchors that a code host gives the headings of a page. */
export const anchors = (text: string): string[] =>
  text
    .replace(FENCE, "")
    .split("\n")
    .filter((line) => /^#+ /.test(line))
    .map((line) =>
      line
        .replace(/^#+ /, "")
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    );

/** The simple commands of a shell block: quotes emptied, continued lines joined, substitutions apart. */
export const shellCommands = (block: string): string[] =>
  block
    .replace(/\\\n/g, " ")
    .replace(/'[^']*'/g, "''")
    .replace(/"\$\(/g, "$(")
    .replace(/"[^"$]*"/g, '""')
    .replace(/(^|\s)#.*$/gm, "")
    .split(/\n|\||&&|;|\$\(|\)/)
    .map((command) => command.replace(/^\s*\w+=\S*/, "").trim())
    .filter((command) => /^\w/.test(command));
