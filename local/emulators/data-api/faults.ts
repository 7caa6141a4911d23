import { ApiError } from "./api-error.ts";

/** What Lambdas really meet, on demand. Every call of the service counts, whatever it asks. */
export interface Faults {
  /** The next calls are refused because the cluster wakes from zero capacity. Nothing runs. */
  resuming(times: number): void;
  /** The next calls are refused with this status before anything runs (429 = throttled). */
  failBefore(times: number, status: number): void;
  /** The next calls do their work, then answer this status: the caller cannot know. */
  failAfterCommit(times: number, status: number): void;
  /** The next calls do their work, then the connection is cut without an answer. */
  cutAfterCommit(times: number): void;
  /** Every call from now on takes this much longer; 0 = none. */
  latency(ms: number): void;
  /** Forgets every fault that has not happened yet. */
  clear(): void;
}

/** What the server asks of the faults around one call. */
export interface FaultPlan extends Faults {
  /** Waits, then throws the error that this call must meet before it runs. */
  before(): Promise<void>;
  /** The error that replaces this call's answer, "cut", or null. */
  after(): ApiError | "cut" | null;
}

export function createFaults(): FaultPlan {
  const refusals: ApiError[] = [];
  const losses: (ApiError | "cut")[] = [];
  let latencyMs = 0;
  const push = <T>(list: T[], times: number, item: T) => {
    for (let n = 0; n < times; n++) list.push(item);
  };
  return {
    resuming: (times) => push(refusals, times, resuming()),
    failBefore: (times, status) => push(refusals, times, failure(status)),
    failAfterCommit: (times, status) => push(losses, times, failure(status)),
    cutAfterCommit: (times) => push(losses, times, "cut"),
    latency: (ms) => {
      latencyMs = ms;
    },
    clear: () => {
      refusals.length = 0;
      losses.length = 0;
      latencyMs = 0;
    },
    before: async () => {
      if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
      const refusal = refusals.shift();
      if (refusal) throw refusal;
    },
    after: () => losses.shift() ?? null,
  };
}

const resuming = () =>
  new ApiError(
    "DatabaseResumingException",
    400,
    "The Aurora DB instance is resuming after being auto-paused. Please wait a few seconds and try again.",
  );

function failure(status: number): ApiError {
  if (status === 429) return new ApiError("ThrottlingException", 429, "Rate exceeded");
  if (status === 503) return new ApiError("ServiceUnavailableError", 503, "Service unavailable");
  if (status === 504) return new ApiError("DatabaseUnavailableException", 504, "No connection");
  return new ApiError("InternalServerErrorException", status, "Internal server error");
}
