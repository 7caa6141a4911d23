import { type Metadata, status } from "@grpc/grpc-js";
import type { Logger } from "pino";
import type { WorkerAgentServiceClient } from "#proto/hodei.ts";

const CALL_DEADLINE_MS = 3_000;

/** Says farewell. A failure is only logged: without it the lease ends a little later. */
export function unregister(
  client: WorkerAgentServiceClient,
  metadata: Metadata,
  farewell: { readonly workerId: string; readonly reason: string },
  log: Logger,
): Promise<void> {
  const request = { workerId: { value: farewell.workerId }, reason: farewell.reason };
  return new Promise((resolve) => {
    const options = { deadline: Date.now() + CALL_DEADLINE_MS };
    client.unregisterWorker(request, metadata, options, (error) => {
      if (error === null) log.info({ reason: farewell.reason }, "unregistered");
      else log.warn({ code: status[error.code], details: error.details }, "farewell not heard");
      resolve();
    });
  });
}
