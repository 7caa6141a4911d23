import { formatCpu, formatMemory } from "./quantity.ts";
import type {
  Backoff,
  Command,
  PreferredLabel,
  Replacement,
  RunSpec,
  Scheduling,
  Toleration,
} from "./run-spec.ts";

/**
 * What a user writes, as JSON or YAML, in Kubernetes' words; everything left out gets its default
 * (`defaults.ts`). Exactly one of `command`, `shell` and `script`.
 */
export interface RunInput {
  readonly name?: string;
  /** The program and its arguments, passed on as they are. */
  readonly command?: readonly string[];
  /** A line for the worker's shell. */
  readonly shell?: string;
  /** Written to a file and run as `<interpreter> <file>`. */
  readonly script?: { readonly interpreter: string; readonly content: string };
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string | null;
  /** Kubernetes quantities: `500m`, 0.5 or `2`; `512Mi`, `1Gi` or bytes. */
  readonly resources?: { readonly cpu?: string | number; readonly memory?: string | number };
  readonly labels?: Readonly<Record<string, string>>;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Partial<Toleration>[];
  readonly scheduling?: Partial<Omit<Scheduling, "preferredLabels">> & {
    readonly preferredLabels?: readonly (Omit<PreferredLabel, "weight"> & {
      readonly weight?: number;
    })[];
  };
  readonly priority?: number;
  readonly backoffLimit?: number;
  readonly backoff?: Partial<Backoff>;
  readonly infrastructureLimit?: number;
  readonly activeDeadlineSeconds?: number;
  readonly attemptTimeoutSeconds?: number | null;
  readonly terminationGracePeriodSeconds?: number;
  readonly ttlSecondsAfterFinished?: number | null;
  /** RFC 3339. */
  readonly startAfter?: string | null;
  readonly suspend?: boolean;
  readonly replacement?: Replacement;
  readonly dedicatedWorker?: boolean;
}

/** The document that parses to this very spec: a run as its author could have written it. */
export function toRunInput({ name, command, resources, ...spec }: RunSpec): RunInput {
  return {
    name, // what people look for comes first, whatever order the store gave
    ...commandInput(command),
    ...spec,
    resources: { cpu: formatCpu(resources.cpuMillis), memory: formatMemory(resources.memoryMib) },
  };
}

function commandInput(command: Command): Pick<RunInput, "command" | "shell" | "script"> {
  switch (command.kind) {
    case "argv":
      return { command: command.argv };
    case "shell":
      return { shell: command.line };
    case "script":
      return { script: { interpreter: command.interpreter, content: command.content } };
  }
}
