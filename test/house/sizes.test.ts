import ts from "typescript";
import { describe, expect, it, vi } from "vitest";
import {
  parse,
  placeOf,
  product,
  type SourceFile,
  sources,
  trackedFiles,
  walk,
} from "./source-files.ts";

vi.setConfig({ testTimeout: 30_000 }); // reads and parses every source

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const FUNCTION_LINES_P95 = 60;
const MEDIAN_FILE_LINES = 120;

const linesOf = ({ text }: SourceFile) => text.trimEnd().split("\n").length;

interface Measured {
  readonly place: string;
  readonly lines: number;
}

const isFunction = (node: ts.Node): boolean =>
  ts.isFunctionLike(node) && "body" in node && node.body !== undefined;

/** Lines of every function; those of a function inside it are its own and count only there. */
function functionsOf(file: SourceFile): Measured[] {
  const tree = parse(file);
  const lineOf = (position: number) => tree.getLineAndCharacterOfPosition(position).line;
  const spans = (node: ts.Node) => lineOf(node.end) - lineOf(node.getStart(tree));
  const within = (node: ts.Node): number => {
    let lines = 0;
    ts.forEachChild(node, (child) => {
      lines += isFunction(child) ? spans(child) : within(child);
    });
    return lines;
  };
  const found: Measured[] = [];
  walk(tree, (node) => {
    if (isFunction(node))
      found.push({ place: placeOf(tree, node), lines: spans(node) + 1 - within(node) });
  });
  return found;
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;

describe("files", () => {
  const code = [
    ...sources,
    ...trackedFiles.filter(({ path }) => /[.]mjs$|^migrations\/0/.test(path)),
  ];

  it(`have at most ${FILE_LINES_MAX} lines`, () => {
    const long = code.filter((file) => linesOf(file) > FILE_LINES_MAX);
    expect(long.map((file) => `${file.path}: ${linesOf(file)}`)).toEqual([]);
  });

  it("of the product are mostly short", () => {
    expect(product.length).toBeGreaterThan(100);
    expect(quantile(product.map(linesOf), 0.5)).toBeLessThanOrEqual(MEDIAN_FILE_LINES);
  });
});

describe("functions of the product", () => {
  const measured = product.flatMap(functionsOf);

  it(`have at most ${FUNCTION_LINES_MAX} lines of their own`, () => {
    const long = measured.filter(({ lines }) => lines > FUNCTION_LINES_MAX);
    expect(long.map(({ place, lines }) => `${place}: ${lines}`)).toEqual([]);
  });

  it(`have at most ${FUNCTION_LINES_P95} lines nineteen times out of twenty`, () => {
    expect(measured.length).toBeGreaterThan(500);
    const lines = measured.map((one) => one.lines);
    expect(quantile(lines, 0.95)).toBeLessThanOrEqual(FUNCTION_LINES_P95);
  });
});

it("a long function is seen, and not excused by the short one it contains", () => {
  const body = "\n".repeat(80);
  const text = `function outer() {\n  const inner = () => {\n    return 1;\n  };${body}}\n`;
  expect(functionsOf({ path: "x.ts", text })).toEqual([
    { place: "x.ts:1", lines: 82 },
    { place: "x.ts:2", lines: 3 },
  ]);
});
