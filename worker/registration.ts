import { createHash, randomBytes } from "node:crypto";
import { availableParallelism, hostname, networkInterfaces, type } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { Logger } from "pino";
import { limits } from "#core/domain/limits.ts";
import type {
  RegisterWorkerRequest,
  RegisterWorkerResponse,
  WorkerAgentServiceClient,
  WorkerInfo,
} from "#proto/hodei.ts";
import { reconnectDelayMs } from "./backoff.ts";
import type { WorkerConfig } from "./config.ts";
import { makeGatewayClient } from "./gateway-client.ts";
import { memoryTotal } from "./machine-usage.ts";

const PROTOCOL_VERSION = 1;
const WORKER_VERSION = "0.1.0";
const CALL_DEADLINE_MS = 10_000;

/** Answers that no repetition will change. INTERNAL is not here: proxies make it out of resets. */
const FATAL: ReadonlySet<status> = new Set([
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
  status.INVALID_ARGUMENT,
  status.UNIMPLEMENTED,
]);

/** The gateway will not have this worker; the message is safe to show. */
export class RegistrationRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = "RegistrationRefused";
  }
}

export interface Registration {
  /** 256 bits that live in this process's memory only; the gateway knows their SHA-256. */
  readonly sessionSecret: string;
  readonly heartbeatPeriodMs: number;
  readonly leaseMs: number;
  /** The connection that was registered over; the first control stream goes on it. */
  readonly client: WorkerAgentServiceClient;
  /** Monotonic instant at which the answered call was sent: the lease is counted from here. */
  readonly sentAt: number;
}

/**
 * Spends the bootstrap token, repeating the same call with jittered backoff until it is answered:
 * the digest of the session secret makes the repeat harmless. Throws RegistrationRefused, or an
 * AbortError once `signal` fires.
 */
export async function register(
  config: WorkerConfig,
  log: Logger,
  signal: AbortSignal,
): Promise<Registration> {
  const sessionSecret = randomBytes(32).toString("base64url");
  const digest = createHash("sha256").update(sessionSecret).digest("hex");
  const request = registerRequest(config, digest);
  for (let failures = 0; ; failures++) {
    signal.throwIfAborted();
    const client = makeGatewayClient(config.server);
    const sentAt = performance.now();
    try {
      const answer = await callRegister(client, request, signal);
      if (!answer.success) throw new RegistrationRefused(answer.message || "no reason given");
      return {
        sessionSecret,
        heartbeatPeriodMs: answer.heartbeatPeriodMs || limits.heartbeatPeriodMs,
        leaseMs: answer.leaseMs || limits.leaseMs,
        client,
        sentAt,
      };
    } catch (error) {
      client.close();
      const { code, details } = error as ServiceError;
      if (error instanceof RegistrationRefused) throw error;
      if (FATAL.has(code)) throw new RegistrationRefused(`${status[code]}: ${details}`);
      log.warn({ code: status[code], details, failures }, "registration failed, trying again");
    }
    await delay(reconnectDelayMs(failures), undefined, { signal });
  }
}

function callRegister(
  client: WorkerAgentServiceClient,
  request: RegisterWorkerRequest,
  signal: AbortSignal,
): Promise<RegisterWorkerResponse> {
  return new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + CALL_DEADLINE_MS };
    const cancel = () => call.cancel();
    const call = client.register(request, new Metadata(), options, (error, answer) => {
      signal.removeEventListener("abort", cancel);
      if (error === null) resolve(answer);
      else reject(error);
    });
    signal.addEventListener("abort", cancel, { once: true });
  });
}

function registerRequest(config: WorkerConfig, sessionSha256: string): RegisterWorkerRequest {
  return {
    authToken: config.token,
    workerInfo: workerInfo(config),
    sessionId: "",
    protocolVersion: PROTOCOL_VERSION,
    sessionSha256,
  };
}

function workerInfo(config: WorkerConfig): WorkerInfo {
  return {
    workerId: { value: config.workerId },
    name: config.workerName,
    version: WORKER_VERSION,
    hostname: hostname(),
    ipAddress: ownAddress(),
    osInfo: `${type()} ${process.arch}`,
    architecture: process.arch,
    capacity: {
      cpuCores: availableParallelism(),
      memoryBytes: memoryTotal(),
      diskBytes: 0,
      gpuCount: 0,
      customResources: {},
    },
    capabilities: ["shell"],
    taints: [],
    labels: {},
    tolerations: [],
    startTime: new Date(),
  };
}

function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find((it) => it.family === "IPv4" && !it.internal)?.address ?? "127.0.0.1";
}
