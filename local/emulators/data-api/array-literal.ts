/** An array as Postgres writes it: `{a,"b c",NULL,{d}}`. */
export type ArrayItem = string | null | ArrayItem[];

const PIECE = /[{},]|"((?:[^"\\]|\\[\s\S])*)"|[^{},"]+/g;

/** Reads Postgres' text form of an array of any depth. */
export function parseArrayLiteral(text: string): ArrayItem[] {
  const root: ArrayItem[] = [];
  const open: ArrayItem[][] = [root];
  for (const [piece, quoted] of text.matchAll(PIECE)) {
    const current = open.at(-1) as ArrayItem[];
    if (piece === "{") {
      const inner: ArrayItem[] = [];
      current.push(inner);
      open.push(inner);
    } else if (piece === "}") open.pop();
    else if (quoted !== undefined) current.push(quoted.replace(/\\([\s\S])/g, "$1"));
    else if (piece !== ",") current.push(piece === "NULL" ? null : piece);
  }
  return root[0] as ArrayItem[];
}
