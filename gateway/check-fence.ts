import type { handleUnaryCall } from "@grpc/grpc-js";
import { type Bucket, takeToken } from "#core/domain/access/token-bucket.ts";
import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import { type CheckFenceRequest, type CheckFenceResponse, FenceState } from "#proto/hodei.ts";
import type { Connections } from "./connections.ts";
import { credentialOf } from "./credential.ts";
import type { Hub } from "./hub.ts";
import type { Session } from "./session.ts";
import { unary } from "./unary.ts";
import { requiredUuid } from "./wire-values.ts";
import { isFrom } from "./worker-identity.ts";

const RATE = { burst: limits.fenceChecksBurst, perSecond: limits.fenceChecksPerSecond };

/**
 * Whether an execution of the calling worker counts now: one read, gathered with those of others. Only
 * the worker whose stream is open here is answered, and no more often than our worker asks.
 */
export function checkFence(
  hub: Hub,
  connections: Connections,
): handleUnaryCall<CheckFenceRequest, CheckFenceResponse> {
  const buckets = new WeakMap<Session, Bucket>();
  return unary(hub.deps.log, async ({ executionId: named, fence }, call) => {
    const workerId = credentialOf(call.metadata)?.workerId;
    const session = workerId && hub.sessions.get(workerId);
    if (!session || !isFrom(hub, connections, { call, workerId }))
      throw new DomainError("SessionRefused", "this call is not from a worker connected here");
    const { bucket, waitMs } = takeToken(buckets.get(session) ?? null, Date.now(), RATE);
    buckets.set(session, bucket);
    if (waitMs > 0)
      throw new DomainError("RateLimited", "this worker asks for its fence too often", {
        retryAfterMs: waitMs,
      });
    const executionId = requiredUuid(named, "execution_id");
    const checked = await hub.fences.add(session.claim(executionId, fence));
    return { state: stateOf(checked) };
  });
}

function stateOf(checked: { readonly current: boolean } | undefined): FenceState {
  if (!checked) return FenceState.FENCE_STATE_UNSPECIFIED;
  return checked.current ? FenceState.FENCE_STATE_CURRENT : FenceState.FENCE_STATE_SUPERSEDED;
}
