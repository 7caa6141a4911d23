import type { handleServerStreamingCall } from "@grpc/grpc-js";
import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type { ExecutionId, JobExecution } from "#proto/hodei.ts";
import type { Hub } from "./hub.ts";
import { jobExecution } from "./job-codec.ts";
import { type Listener, serverStream } from "./server-stream.ts";
import { requiredUuid } from "./wire-values.ts";

const LOOK_AGAIN_MS = 500;

/**
 * The present state of an execution at once, then every change that a look finds, until it has ended.
 * What changes twice between two looks is one change: these are states, the history is in the events
 * of the run.
 */
export function executionEvents(hub: Hub): handleServerStreamingCall<ExecutionId, JobExecution> {
  let open = 0;
  return serverStream(hub, async (listener) => {
    open += 1;
    try {
      if (open > limits.executionStreamsMax)
        throw new DomainError("StoreUnavailable", "too many streams are open here");
      await tellStates(hub, listener);
    } finally {
      open -= 1;
    }
  });
}

async function tellStates(hub: Hub, listener: Listener<ExecutionId, JobExecution>): Promise<void> {
  const { store, reader } = hub.deps;
  const executionId = requiredUuid(listener.request.value, "execution_id");
  const attempt = await store.manualAttempt(executionId);
  if (!attempt) throw new DomainError("RunNotFound", `execution ${executionId} does not exist`);
  const { runId, fence } = attempt;
  for (let told = ""; ; await listener.pause(LOOK_AGAIN_MS)) {
    const [run, attempts] = [await reader.run(runId), await reader.attempts(runId)];
    const view = attempts.find(({ number }) => number === fence);
    if (!run || !view) throw new DomainError("RunNotFound", `job ${runId} was deleted`);
    const state = jobExecution(run, view);
    const now = JSON.stringify(state);
    if (now !== told) await listener.send(state);
    told = now;
    if (view.endedAt !== null) return;
  }
}
