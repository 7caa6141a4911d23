import type * as z from "zod/mini";
import { DomainError } from "../errors.ts";
import { limits } from "../limits.ts";
import { closestWord } from "./closest-word.ts";
import { specDefaults } from "./defaults.ts";
import { formatFieldPath } from "./field-path.ts";
import { copyPlainData, type PlainData, type Problem } from "./plain-data.ts";
import { COMMAND_FORMS, type ParsedRunInput, runInputSchema } from "./run-input-schema.ts";
import { deriveRunName } from "./run-name.ts";
import type { Backoff, Command, RunSpec, Scheduling, Toleration } from "./run-spec.ts";

/**
 * The complete spec of a user's document (`RunInput`: parsed JSON or YAML). Strict: a field nobody
 * knows is refused. The fields of the answer always come in the same order and its maps are
 * sorted, so `JSON.stringify` of it is canonical: equal requests have equal text.
 * Throws InvalidSpec with every bad field and its path, SpecTooLarge; nothing else.
 */
export function parseRunSpec(input: unknown): RunSpec {
  const { data, problems } = copyPlainData(input);
  const parsed = runInputSchema.safeParse(data);
  const all = [...problems, ...commandFormProblems(data), ...schemaProblems(parsed)];
  if (!parsed.success || all.length > 0) throw invalidSpec(data, all);
  const spec = complete(parsed.data);
  refuseTooLarge(JSON.stringify(spec));
  return spec;
}

const UTF8_BYTES_PER_UNIT_MAX = 3;

function refuseTooLarge(text: string): void {
  if (text.length * UTF8_BYTES_PER_UNIT_MAX <= limits.specBytesMax) return; // not worth counting
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= limits.specBytesMax) return;
  throw new DomainError(
    "SpecTooLarge",
    `the run spec takes ${bytes} bytes as JSON; at most ${limits.specBytesMax} are kept. Pass large data by reference`,
  );
}

function commandFormProblems(data: PlainData): Problem[] {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return [];
  const [first, ...others] = COMMAND_FORMS.filter((form) => Object.hasOwn(data, form));
  if (first === undefined) {
    return [{ path: ["command"], message: "one of command, shell and script is needed" }];
  }
  return others.map((form) => ({
    path: [form],
    message: `only one of command, shell and script may be given, and there is ${first} already`,
  }));
}

function schemaProblems(parsed: z.core.util.SafeParseResult<ParsedRunInput>): Problem[] {
  return (parsed.error?.issues ?? []).flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") {
      return [{ path: issue.path, message: issue.message }];
    }
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: unknownField(key, issue.path),
    }));
  });
}

const KUBERNETES_ENVELOPE = ["apiVersion", "kind", "metadata", "spec"];

function unknownField(key: string, parents: readonly PropertyKey[]): string {
  if (parents.length > 0) return "unknown field";
  if (KUBERNETES_ENVELOPE.includes(key)) {
    return "unknown field: write the fields of the run at the top level, without apiVersion, kind, metadata or spec";
  }
  const meant = closestWord(key, Object.keys(runInputSchema.shape));
  return meant === null ? "unknown field" : `unknown field; did you mean ${meant}?`;
}

/** One problem for each place, the first found, in the order of the document. */
function invalidSpec(data: PlainData, problems: readonly Problem[]): DomainError {
  const order = new Map(Object.keys(data ?? {}).map((key, index) => [key, index]));
  const placeOf = ({ path }: Problem): number => order.get(String(path[0])) ?? -1;
  const byPath = new Map<string, string>();
  for (const { path, message } of problems.toSorted((a, b) => placeOf(a) - placeOf(b))) {
    const place = formatFieldPath(path);
    if (!byPath.has(place)) byPath.set(place, message);
  }
  const fields = [...byPath].map(([path, message]) => ({ path, message }));
  const count = fields.length === 1 ? "a bad field" : `${fields.length} bad fields`;
  const first = fields[0];
  return new DomainError(
    "InvalidSpec",
    `the run spec has ${count}: ${first?.path || "the document"} ${first?.message}`,
    { fields },
  );
}

function complete(input: ParsedRunInput): RunSpec {
  const command = commandOf(input);
  const { resources } = specDefaults;
  return {
    name: input.name ?? deriveRunName(command),
    command,
    env: input.env ?? specDefaults.env,
    workingDir: input.workingDir ?? specDefaults.workingDir,
    resources: {
      cpuMillis: input.resources?.cpu ?? resources.cpuMillis,
      memoryMib: input.resources?.memory ?? resources.memoryMib,
    },
    labels: input.labels ?? specDefaults.labels,
    nodeSelector: input.nodeSelector ?? specDefaults.nodeSelector,
    tolerations: input.tolerations?.map(completeToleration) ?? specDefaults.tolerations,
    scheduling: completeScheduling(input.scheduling ?? {}),
    priority: input.priority ?? specDefaults.priority,
    backoffLimit: input.backoffLimit ?? specDefaults.backoffLimit,
    backoff: completeBackoff(input.backoff ?? {}),
    infrastructureLimit: input.infrastructureLimit ?? specDefaults.infrastructureLimit,
    activeDeadlineSeconds: input.activeDeadlineSeconds ?? specDefaults.activeDeadlineSeconds,
    attemptTimeoutSeconds: input.attemptTimeoutSeconds ?? specDefaults.attemptTimeoutSeconds,
    terminationGracePeriodSeconds:
      input.terminationGracePeriodSeconds ?? specDefaults.terminationGracePeriodSeconds,
    ttlSecondsAfterFinished: input.ttlSecondsAfterFinished ?? specDefaults.ttlSecondsAfterFinished,
    startAfter: input.startAfter ?? specDefaults.startAfter,
    suspend: input.suspend ?? specDefaults.suspend,
    replacement: input.replacement ?? specDefaults.replacement,
    dedicatedWorker: input.dedicatedWorker ?? specDefaults.dedicatedWorker,
  };
}

/** Called when exactly one form is there. */
function commandOf({ command, shell, script }: ParsedRunInput): Command {
  if (script !== undefined) {
    return { kind: "script", interpreter: script.interpreter, content: script.content };
  }
  if (shell !== undefined) return { kind: "shell", line: shell };
  return { kind: "argv", argv: command ?? [] };
}

type ParsedToleration = NonNullable<ParsedRunInput["tolerations"]>[number];

const completeToleration = (input: ParsedToleration): Toleration => ({
  key: input.key ?? "",
  operator: input.operator ?? "Equal",
  value: input.value ?? "",
  effect: input.effect ?? "",
});

/** Ids are compared as text, so they are written in one way. */
function completeScheduling(input: NonNullable<ParsedRunInput["scheduling"]>): Scheduling {
  const { scheduling } = specDefaults;
  const ids = (some: readonly string[]) => [...new Set(some.map((id) => id.toLowerCase()))].sort();
  return {
    strategy: input.strategy ?? scheduling.strategy,
    preferredWorkers: ids(input.preferredWorkers ?? []),
    excludedWorkers: ids(input.excludedWorkers ?? []),
    preferredLabels: (input.preferredLabels ?? []).map(({ key, value, weight = 1 }) => ({
      ...{ key, value, weight },
    })),
    affinityKey: input.affinityKey ?? scheduling.affinityKey,
  };
}

/** A first wait above the default cap raises the cap: the author asked for at least that much. */
function completeBackoff(input: NonNullable<ParsedRunInput["backoff"]>): Backoff {
  const { backoff } = specDefaults;
  const initialSeconds =
    input.initialSeconds ??
    Math.min(backoff.initialSeconds, input.maxSeconds ?? Number.POSITIVE_INFINITY);
  return {
    initialSeconds,
    factor: input.factor ?? backoff.factor,
    maxSeconds: input.maxSeconds ?? Math.max(backoff.maxSeconds, initialSeconds),
    jitter: input.jitter ?? backoff.jitter,
  };
}
