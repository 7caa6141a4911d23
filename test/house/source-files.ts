import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface SourceFile {
  /** Path from the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

const BINARY = /[.](png|jpg|gif|ico|gz|zip|woff2?)$/;

/** Every file under version control that is text, as it lies in the working tree. */
export const trackedFiles: readonly SourceFile[] = execFileSync("git", ["ls-files", "-z"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .split("\0")
  .filter((path) => path !== "" && !BINARY.test(path) && existsSync(join(ROOT, path)))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));

export const isGenerated = ({ path }: SourceFile): boolean =>
  /^(proto|cli)\/gen\//.test(path) ||
  path === "package-lock.json" ||
  path === "migrations/schema.sql";

const PRODUCT = /^(core|adapters|functions|gateway|worker|cli|local|scripts|infra)\//;

/** Our own TypeScript. `product` = what runs outside the tests. */
export const sources = trackedFiles.filter(
  (file) => file.path.endsWith(".ts") && !isGenerated(file),
);
export const product = sources.filter(({ path }) => PRODUCT.test(path));

const trees = new WeakMap<SourceFile, ts.SourceFile>();

/** The syntax tree of a file, with parents; made once. */
export function parse(file: SourceFile): ts.SourceFile {
  const known = trees.get(file);
  if (known) return known;
  const tree = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
  trees.set(file, tree);
  return tree;
}

/** Calls `visit` on every node of the tree, parents first. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** `path:line` of a node, 1-based. */
export const placeOf = (tree: ts.SourceFile, node: ts.Node): string =>
  `${tree.fileName}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}`;
