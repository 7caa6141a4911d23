/** The flags of `hodei run` and the fields of a spec that each of them sets: one table. */
import type { Command } from "commander";
import type { RunInput } from "#core/domain/spec/run-input.ts";
import { usageError } from "./cli-error.ts";
import { parseDuration } from "./duration.ts";

type Kind = "text" | "whole" | "duration" | "pairs" | "switch";

interface SpecFlag {
  readonly flags: string;
  readonly field: string;
  readonly kind: Kind;
  readonly help: string;
}

export const SPEC_FLAGS: readonly SpecFlag[] = [
  {
    flags: "--name <name>",
    field: "name",
    kind: "text",
    help: "name of the run (default: the program's)",
  },
  {
    flags: "--shell <line>",
    field: "shell",
    kind: "text",
    help: "a line for the worker's shell, instead of a command",
  },
  {
    flags: "--env <name=value>",
    field: "env",
    kind: "pairs",
    help: "environment variable (repeatable)",
  },
  {
    flags: "--workdir <path>",
    field: "workingDir",
    kind: "text",
    help: "working directory on the worker",
  },
  {
    flags: "--cpu <amount>",
    field: "resources.cpu",
    kind: "text",
    help: "CPU as in Kubernetes: 500m, 0.5, 2",
  },
  {
    flags: "--memory <amount>",
    field: "resources.memory",
    kind: "text",
    help: "memory as in Kubernetes: 512Mi, 2Gi",
  },
  {
    flags: "--label <key=value>",
    field: "labels",
    kind: "pairs",
    help: "label of the run (repeatable)",
  },
  {
    flags: "--node-selector <key=value>",
    field: "nodeSelector",
    kind: "pairs",
    help: "label that the worker must have (repeatable)",
  },
  {
    flags: "--priority <n>",
    field: "priority",
    kind: "whole",
    help: "higher goes first, -1000 to 1000",
  },
  {
    flags: "--backoff-limit <n>",
    field: "backoffLimit",
    kind: "whole",
    help: "how often a failed run is tried again",
  },
  {
    flags: "--backoff-initial <duration>",
    field: "backoff.initialSeconds",
    kind: "duration",
    help: "wait before the first retry; doubles",
  },
  {
    flags: "--infrastructure-limit <n>",
    field: "infrastructureLimit",
    kind: "whole",
    help: "how many lost workers the run survives",
  },
  {
    flags: "--deadline <duration>",
    field: "activeDeadlineSeconds",
    kind: "duration",
    help: "the whole run must end by then",
  },
  {
    flags: "--timeout <duration>",
    field: "attemptTimeoutSeconds",
    kind: "duration",
    help: "one attempt must end by then",
  },
  {
    flags: "--grace <duration>",
    field: "terminationGracePeriodSeconds",
    kind: "duration",
    help: "from SIGTERM to SIGKILL",
  },
  {
    flags: "--ttl <duration>",
    field: "ttlSecondsAfterFinished",
    kind: "duration",
    help: "how long the run is kept after its end",
  },
  {
    flags: "--start-after <instant>",
    field: "startAfter",
    kind: "text",
    help: "not before this RFC 3339 instant",
  },
  {
    flags: "--suspend",
    field: "suspend",
    kind: "switch",
    help: "wait until `hodei resume`",
  },
  {
    flags: "--replacement <policy>",
    field: "replacement",
    kind: "text",
    help: "AfterGone, or AfterLost: sooner, but attempts may overlap",
  },
  {
    flags: "--dedicated-worker",
    field: "dedicatedWorker",
    kind: "switch",
    help: "a worker of its own, made for this run",
  },
];

/** Fields without a flag, and why: they are written in a file (`hodei run -f`). */
export const FILE_ONLY: Readonly<Record<string, string>> = {
  command: "the words behind `--` are the command",
  "script.interpreter": "a script is a text of several lines",
  "script.content": "a script is a text of several lines",
  tolerations: "each is a small document of its own",
  "scheduling.strategy": "belongs to the preferences, which are a document of their own",
  "scheduling.preferredWorkers": "ids that nobody types by hand",
  "scheduling.excludedWorkers": "ids that nobody types by hand",
  "scheduling.preferredLabels": "each is a small document of its own",
  "scheduling.affinityKey": "belongs to the preferences, which are a document of their own",
  "backoff.factor": "a refinement that nobody types by hand",
  "backoff.maxSeconds": "a refinement that nobody types by hand",
  "backoff.jitter": "a refinement that nobody types by hand",
};

export function addSpecFlags(command: Command): Command {
  for (const { flags, kind, help } of SPEC_FLAGS) {
    if (kind === "switch") command.option(flags, help);
    else if (kind === "pairs") command.option(flags, help, collect);
    else command.option(flags, help);
  }
  return command;
}

const collect = (value: string, earlier: readonly string[] = []): string[] => [...earlier, value];

/** What the flags say, as the part of a spec they are. Throws a usage error. */
export function readSpecFlags(options: Readonly<Record<string, unknown>>): RunInput {
  const input: Record<string, unknown> = {};
  for (const flag of SPEC_FLAGS) {
    const value = options[attributeOf(flag.flags)];
    if (value !== undefined) assign(input, flag.field, readValue(flag, value));
  }
  return input;
}

function assign(input: Record<string, unknown>, field: string, value: unknown): void {
  const [outer = "", inner] = field.split(".");
  input[outer] = inner === undefined ? value : { ...(input[outer] as object), [inner]: value };
}

/** `--node-selector <key=value>` → `nodeSelector`, as commander names it. */
const attributeOf = (flags: string): string =>
  (flags.split(" ")[0] ?? "")
    .slice(2)
    .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

function readValue({ flags, kind }: SpecFlag, value: unknown): unknown {
  if (kind === "switch") return value;
  if (kind === "pairs") return readPairs(flags, value as readonly string[]);
  const text = String(value);
  if (kind === "text") return text;
  const number = kind === "duration" ? parseDuration(text) : parseWhole(text);
  if (number !== null) return number;
  const wanted = kind === "duration" ? "a duration such as 90s, 30m, 2h or 1d" : "a whole number";
  throw usageError(`${flags}: "${text}" is not ${wanted}`);
}

const parseWhole = (text: string): number | null =>
  /^[+-]?\d{1,15}$/.test(text) ? Number(text) : null;

/** `key=value` of each; `flags` names them in a refusal. Throws a usage error. */
export function readPairs(flags: string, pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw usageError(`${flags}: "${pair}" is not of the form ${flags.split(" ")[1]}`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
