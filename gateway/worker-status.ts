import type { handleUnaryCall } from "@grpc/grpc-js";
import { DomainError } from "#core/domain/errors.ts";
import {
  type UpdateWorkerStatusRequest,
  type UpdateWorkerStatusResponse,
  WorkerStatus,
} from "#proto/hodei.ts";
import type { Connections } from "./connections.ts";
import type { Hub } from "./hub.ts";
import { heartbeatUsage } from "./metrics-codec.ts";
import { unary } from "./unary.ts";
import { requiredUuid } from "./wire-values.ts";
import { isFrom } from "./worker-identity.ts";

/**
 * A connected worker's word about itself apart from its stream: its usage is noted as a heartbeat's
 * is, DRAINING asks for no more work, other statuses are known from the rows. Renews no lease.
 */
export function updateWorkerStatus(
  hub: Hub,
  connections: Connections,
): handleUnaryCall<UpdateWorkerStatusRequest, UpdateWorkerStatusResponse> {
  return unary(hub.deps.log, async ({ workerId: named, status, usage }, call) => {
    const workerId = requiredUuid(named?.value, "worker_id");
    const session = hub.sessions.get(workerId);
    if (!session) throw new DomainError("WorkerNotFound", `worker ${workerId} is not connected`);
    if (!isFrom(hub, connections, { call, workerId }))
      throw new DomainError("SessionRefused", "this call is not from that worker");
    if (usage) hub.usage.add(heartbeatUsage(usage, session, Date.now()));
    if (status === WorkerStatus.WORKER_STATUS_DRAINING) await takesNoMore(hub, workerId, "Leaving");
    return { success: true, message: "noted", timestamp: new Date() };
  });
}

/** The worker ends by itself, after what it holds. */
export async function takesNoMore(hub: Hub, workerId: string, reason: string): Promise<void> {
  const { store, wake } = hub.deps;
  await store.endWorkers([{ workerId, rule: "leaving", reason, message: null, idleMs: 0 }]);
  await wake.wake();
}
