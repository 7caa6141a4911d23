import { limits } from "../limits.ts";
import type { Command } from "./run-spec.ts";

const RUN_NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const DERIVED_CHARS_MAX = 63;

export const RUN_NAME_RULE = `must be a name as Kubernetes has them: lower-case letters, digits, "-" and ".", at most ${limits.nameCharsMax} characters, with a letter or digit at both ends`;

export const RUN_NAME_FORM = {
  type: "string",
  maxLength: limits.nameCharsMax,
  pattern: RUN_NAME.source,
};

export const isRunName = (text: string): boolean =>
  text.length <= limits.nameCharsMax && RUN_NAME.test(text);

/** The name of a run that got none: its program's base name, made DNS-like; `run` if nothing is left. */
export function deriveRunName(command: Command): string {
  const program = firstWord(command).split(/[\\/]/).at(-1) ?? "";
  const name = program
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, DERIVED_CHARS_MAX)
    .replace(/^-|-$/g, "");
  return name === "" ? "run" : name;
}

function firstWord(command: Command): string {
  switch (command.kind) {
    case "argv":
      return command.argv[0] ?? "";
    case "shell":
      return command.line.trim().split(/\s/, 1)[0] ?? "";
    case "script":
      return command.interpreter;
  }
}
