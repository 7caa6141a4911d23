/**
 * Everything a provider needs to make one machine, stored with the worker row before the first
 * call and never changed: the same worker row always asks with byte-identical parameters.
 */
export interface LaunchRequest {
  readonly workerId: string;
  /** Immutable idempotency token of this worker row (ECS: clientToken). */
  readonly launchToken: string;
  readonly installId: string;
  readonly profile: string;
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly spot: boolean;
  /** Rotates the subnets, so that a new row tries another zone first. */
  readonly subnetOffset: number;
  /** Non-secret environment of the worker. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What the provider shows of one machine. */
export interface Machine {
  /** The provider's own name of it (ECS: the task ARN). */
  readonly externalId: string;
  /** Read from the provider's own record of who asked (ECS: startedBy), null when not ours. */
  readonly installId: string | null;
  readonly workerId: string | null;
  readonly state: "starting" | "running" | "stopping" | "stopped";
  /** Epoch milliseconds, by the provider's clock: only for ages of machines nobody knows. */
  readonly createdAtMs: number;
  /** Why it stopped, in the provider's words; null while it runs. */
  readonly stoppedReason: string | null;
  /** true: taken away by the provider (Spot interruption). */
  readonly interrupted: boolean;
}

/** `missing`: the provider does not know this id (too young, or stopped long ago). */
export type MachineFact = Machine | { readonly externalId: string; readonly state: "missing" };

export const PROVIDER_ERROR_KINDS = [
  "no-capacity",
  "throttled",
  "bad-request",
  "denied",
  "unavailable",
] as const;
export type ProviderErrorKind = (typeof PROVIDER_ERROR_KINDS)[number];

/** The caller's switch over `kind` is the retry policy; nothing else about a failure may leak. */
export class ProviderError extends Error {
  readonly kind: ProviderErrorKind;
  constructor(kind: ProviderErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ProviderError";
    this.kind = kind;
  }
}

/** Makes and removes the machines that workers run on. Every call may be repeated. */
export interface Provider {
  readonly name: string;
  /**
   * Makes the machine of this request, or answers the one an earlier call with the same
   * `launchToken` made. `bootstrapToken` is the worker's one-shot secret: handed to the machine,
   * never logged. Throws ProviderError.
   */
  launch(request: LaunchRequest, bootstrapToken: string): Promise<{ externalId: string }>;
  /** Facts about these machines, one for each id, any number of ids. Throws ProviderError. */
  describe(externalIds: readonly string[]): Promise<MachineFact[]>;
  /** The machines of one worker row that still run, found by who asked for them. */
  find(installId: string, workerId: string): Promise<Machine[]>;
  /** Every running machine in the provider's room of ours, also those of unknown rows. */
  list(): Promise<Machine[]>;
  /** Resolves when the stop was taken or the machine is already gone. `reason` is shown. */
  stop(externalId: string, reason: string): Promise<void>;
}
