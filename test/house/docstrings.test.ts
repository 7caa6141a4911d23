import ts from "typescript";
import { describe, expect, it, vi } from "vitest";
import { parse, placeOf, product, type SourceFile } from "./source-files.ts";

vi.setConfig({ testTimeout: 30_000 }); // reads and parses every source

const isExported = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

const isFunctionValue = ({ initializer }: ts.VariableDeclaration): boolean =>
  initializer !== undefined &&
  (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer));

const hasText = (node: ts.Node): boolean =>
  ts.getJSDocCommentsAndTags(node).some((doc) => ts.isJSDoc(doc) && (doc.comment?.length ?? 0) > 0);

/** The lines that a statement takes: what is said in one or two of them needs no second saying. */
const linesOf = (tree: ts.SourceFile, node: ts.Node) => node.getText(tree).split("\n").length;

/** Exported functions that say nothing of themselves. A line or two that reads as a sentence may. */
function silentFunctions(file: SourceFile): string[] {
  const tree = parse(file);
  return tree.statements
    .filter(
      (node) =>
        isExported(node) &&
        (ts.isFunctionDeclaration(node) ||
          (ts.isVariableStatement(node) &&
            node.declarationList.declarations.some(isFunctionValue))),
    )
    .filter((node) => !hasText(node) && linesOf(tree, node) > 3)
    .map((node) => placeOf(tree, node));
}

/** Exported interfaces of a port that say nothing of themselves, though they hold methods. */
function silentPorts(file: SourceFile): string[] {
  const tree = parse(file);
  return tree.statements
    .filter((node) => ts.isInterfaceDeclaration(node) && isExported(node))
    .filter((node) => (node as ts.InterfaceDeclaration).members.some(ts.isMethodSignature))
    .filter((node) => !hasText(node))
    .map((node) => placeOf(tree, node));
}

describe("what is offered to others says what it means:", () => {
  const inCore = (file: SourceFile) => file.path.startsWith("core/");

  it("every exported function of core that is longer than a sentence", () => {
    expect(product.filter(inCore).flatMap(silentFunctions)).toEqual([]);
  });

  it("four out of five exported functions everywhere else", () => {
    const others = product.filter((file) => !inCore(file));
    const silent = others.flatMap(silentFunctions);
    const offered = others.flatMap(({ text }) => text.match(/^export (async )?function/gm) ?? []);
    expect(offered.length).toBeGreaterThan(100);
    expect(silent.length, silent.join("\n")).toBeLessThanOrEqual(offered.length / 5);
  });

  it("every port", () => {
    const ports = product.filter(({ path }) => path.startsWith("core/ports/"));
    expect(ports.length).toBeGreaterThan(4);
    expect(ports.flatMap(silentPorts)).toEqual([]);
  });

  it("and one that is silent is heard", () => {
    const long = "{\n  a();\n  b();\n}";
    const text = `/** Says. */\nexport function said() ${long}\nexport function silent() ${long}\n`;
    expect(silentFunctions({ path: "x.ts", text })).toEqual(["x.ts:6"]);
  });
});
