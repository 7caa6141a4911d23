import { setTimeout as sleep } from "node:timers/promises";
import type { handleServerStreamingCall } from "@grpc/grpc-js";
import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type { ExecutionId, JobExecution } from "#proto/hodei.ts";
import type { Hub } from "./hub.ts";
import { jobExecution } from "./job-codec.ts";
import { toStatus } from "./status.ts";
import { requiredUuid } from "./wire-values.ts";

const LOOK_AGAIN_MS = 500;

/**
 * The present state of an execution at once, then every change that a look finds, until it has ended.
 * What changes twice between two looks is one change: these are states, the history is in the events
 * of the run. A gateway that leaves ends the stream (UNAVAILABLE), and the caller asks another one.
 */
export function executionEvents(hub: Hub): handleServerStreamingCall<ExecutionId, JobExecution> {
  let open = 0;
  return (call) => {
    const { log } = hub.deps;
    const gone = new AbortController();
    call.on("cancelled", () => gone.abort());
    call.on("close", () => gone.abort());
    open += 1;
    (async () => {
      if (open > limits.executionStreamsMax) throw refused("too many streams are open here");
      const executionId = requiredUuid(call.request.value, "execution_id");
      for await (const state of statesOf(hub, executionId, gone.signal)) call.write(state);
      call.end();
    })()
      .catch((error: unknown) => {
        if (!gone.signal.aborted) call.emit("error", toStatus(error, log));
      })
      .finally(() => {
        open -= 1;
      });
  };
}

async function* statesOf(
  hub: Hub,
  executionId: string,
  gone: AbortSignal,
): AsyncGenerator<JobExecution> {
  const { store, reader } = hub.deps;
  const attempt = await store.manualAttempt(executionId);
  if (!attempt) throw new DomainError("RunNotFound", `execution ${executionId} does not exist`);
  const { runId, fence } = attempt;
  for (let told = ""; !gone.aborted; await pause(gone)) {
    const [run, attempts] = [await reader.run(runId), await reader.attempts(runId)];
    const view = attempts.find(({ number }) => number === fence);
    if (!run || !view) throw new DomainError("RunNotFound", `job ${runId} was deleted`);
    const state = jobExecution(run, view);
    const now = JSON.stringify(state);
    if (now !== told) yield state;
    told = now;
    if (view.endedAt !== null) return;
    if (hub.leaving) throw refused("this gateway is leaving; ask again");
  }
}

const pause = (gone: AbortSignal): Promise<void> =>
  sleep(LOOK_AGAIN_MS, undefined, { signal: gone }).catch(() => undefined);

const refused = (message: string): DomainError => new DomainError("StoreUnavailable", message);
