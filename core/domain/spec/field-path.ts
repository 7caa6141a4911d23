const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/;
const KEY_CHARS_MAX = 80;

/** `["env", "A=B"]` → `env["A=B"]`, `["command", 2]` → `command[2]`; long keys are cut. */
export function formatFieldPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (IDENTIFIER.test(String(part))) text += `${text === "" ? "" : "."}${shorten(part)}`;
    else text += `[${JSON.stringify(shorten(part))}]`;
  }
  return text;
}

/** `runs[3]` and `command[2]` → `runs[3].command[2]`; an empty path adds nothing. */
export const joinFieldPaths = (parent: string, path: string): string =>
  path === "" || path.startsWith("[") ? `${parent}${path}` : `${parent}.${path}`;

function shorten(part: PropertyKey): string {
  const text = String(part);
  return text.length <= KEY_CHARS_MAX ? text : `${text.slice(0, KEY_CHARS_MAX)}…`;
}
