import type { handleUnaryCall } from "@grpc/grpc-js";
import { registerWorker } from "#core/application/register-worker.ts";
import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type {
  RegisterWorkerRequest,
  RegisterWorkerResponse,
  UnregisterWorkerRequest,
  UnregisterWorkerResponse,
  WorkerAgentServiceServer,
} from "#proto/hodei.ts";
import { checkFence } from "./check-fence.ts";
import { workerInfo } from "./codec.ts";
import { Connections } from "./connections.ts";
import type { Hub } from "./hub.ts";
import { LogsStream } from "./logs-stream.ts";
import { OpenStreams } from "./open-streams.ts";
import { unary } from "./unary.ts";
import { boundedText, invalidField, requiredUuid } from "./wire-values.ts";
import { isFrom } from "./worker-identity.ts";
import { updateWorkerStatus } from "./worker-status.ts";
import { WorkerStream } from "./worker-stream.ts";

const SHA256_HEX = /^[0-9a-f]{64}$/;
const SESSION_ID_CHARS_MAX = 128;
const REASON_CHARS_MAX = 200;

/** WorkerAgentService: registration, the two streams, status, fence, farewell. */
export function workerService(hub: Hub): WorkerAgentServiceServer {
  const connections = new Connections();
  const logStreams = new OpenStreams(limits.workerLogStreamsMax);
  return {
    register: register(hub, connections),
    workerStream: (call) => new WorkerStream(hub, connections, call).open(),
    streamLogs: (call) => void new LogsStream(hub, logStreams, call).open(),
    updateWorkerStatus: updateWorkerStatus(hub, connections),
    checkFence: checkFence(hub, connections),
    unregisterWorker: unregister(hub, connections),
  };
}

function register(
  hub: Hub,
  connections: Connections,
): handleUnaryCall<RegisterWorkerRequest, RegisterWorkerResponse> {
  return unary(hub.deps.log, async (request, call) => {
    const peer = call.getPeer(); // asked now: a connection that is gone has no name any more
    // Its stream would be refused at once, and the later original would then register without a pause.
    if (hub.leaving) throw new DomainError("StoreUnavailable", "this gateway is leaving");
    const workerId = requiredUuid(request.workerInfo?.workerId?.value, "worker_info.worker_id");
    const chosen = request.sessionSha256;
    if (chosen !== "" && !SHA256_HEX.test(chosen))
      throw invalidField(
        "session_sha256",
        "is not a SHA-256 in hex",
        "64 lower-case hex digits, or nothing",
      );
    if (request.sessionId.length > SESSION_ID_CHARS_MAX)
      throw invalidField("session_id", "is too long", `at most ${SESSION_ID_CHARS_MAX} characters`);
    // The original's workers choose no secret: a session id is made for them, or the one they
    // return with after a lost connection is taken as it is.
    const sessionId = chosen !== "" ? "" : request.sessionId || `sess_${hub.deps.newId()}`;
    const sessionSha256 = chosen !== "" ? chosen : hub.deps.digest(sessionId);
    await registerWorker(hub.deps, {
      workerId,
      token: request.authToken,
      sessionSha256,
      protocolVersion: chosen === "" ? 0 : Math.max(1, request.protocolVersion),
      info: request.workerInfo ? workerInfo(request.workerInfo) : {},
    });
    const returned = request.sessionId !== "";
    if (chosen === "") connections.registered(peer, workerId, { sessionSha256, returned });
    return {
      workerId: { value: workerId },
      success: true,
      message: "registered",
      sessionId,
      registrationTime: new Date(),
      heartbeatPeriodMs: hub.deps.timings.heartbeatPeriodMs,
      leaseMs: hub.deps.timings.leaseMs,
    };
  });
}

/** Only the worker itself may say goodbye. */
function unregister(
  hub: Hub,
  connections: Connections,
): handleUnaryCall<UnregisterWorkerRequest, UnregisterWorkerResponse> {
  return unary(hub.deps.log, async (request, call) => {
    const workerId = requiredUuid(request.workerId?.value, "worker_id");
    if (!isFrom(hub, connections, { call, workerId }))
      throw new DomainError("SessionRefused", "this call is not from that worker");
    const reason = {
      workerId,
      reason: "Unregistered",
      message: boundedText(request.reason, REASON_CHARS_MAX) || null,
      idleMs: 0,
    };
    const ended = await hub.deps.store.endWorkers([{ ...reason, rule: "unregistered" }]);
    if (ended.length === 0) await hub.deps.store.endWorkers([{ ...reason, rule: "leaving" }]);
    connections.forget(call.getPeer(), workerId);
    hub.deps.log.info({ workerId }, "worker unregistered");
    await hub.deps.wake.wake();
    return { success: true, message: "unregistered" };
  });
}
