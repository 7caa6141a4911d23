import { Server, ServerCredentials, type ServiceDefinition } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";
import { limits } from "#core/domain/limits.ts";
import { AuditServiceService } from "#proto/hodei/audit.ts";
import { TemplateManagementServiceService } from "#proto/hodei/job/templates.ts";
import { LogStreamServiceService } from "#proto/hodei/logs.ts";
import { MetricsServiceService } from "#proto/hodei/metrics.ts";
import { ProviderManagementServiceService } from "#proto/hodei/providers.ts";
import { SchedulerServiceService } from "#proto/hodei/scheduler.ts";
import { JobExecutionServiceService, WorkerAgentServiceService } from "#proto/hodei.ts";
import { auditService } from "./audit-service.ts";
import { clientServices } from "./client-service.ts";
import { ConnectionBounds } from "./connection-bounds.ts";
import type { Hub } from "./hub.ts";
import { jobService } from "./job-service.ts";
import { logService } from "./log-service.ts";
import { metricsService } from "./metrics-service.ts";
import { addOpenDoors } from "./open-doors.ts";
import { providerService } from "./provider-service.ts";
import { RPC_SCOPES } from "./rpc-scopes.ts";
import { schedulerService } from "./scheduler-service.ts";
import { shortStatus } from "./short-status.ts";
import { templateService } from "./template-service.ts";
import type { TlsIdentity } from "./tls-config.ts";
import { readingLate } from "./unreadable-request.ts";
import { wholeRequests } from "./whole-requests.ts";
import { workerService } from "./worker-service.ts";

export interface ServerOptions {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** null = plaintext. */
  readonly tls: TlsIdentity | null;
  readonly connectionsMax?: number;
}

export interface GrpcServer {
  readonly port: number;
  readonly connections: Pick<ConnectionBounds, "open">;
  /** Health says NOT_SERVING from now on. */
  notServing(): void;
  /** Takes nothing new, and ends what is still open after that long. */
  close(withinMs?: number): Promise<void>;
}

/**
 * The gRPC endpoint: our services, health, reflection v1 and v1alpha. Every service but those of
 * `OTHER_DOORS` asks each call for an API key.
 */
export async function startGrpcServer(hub: Hub, options: ServerOptions): Promise<GrpcServer> {
  const { timings, log } = hub.deps;
  const { requestWithinMs, connectionIdleMs: idleMs } = timings;
  const { connectionsMax = limits.connectionsMax } = options;
  const connections = new ConnectionBounds({ connectionsMax, requestWithinMs, idleMs }, log);
  // No pings: a worker of the original does not answer them while it runs a job on one CPU.
  const server = new Server({
    "grpc.max_receive_message_length": limits.messageBytesMax,
    "grpc.max_concurrent_streams": limits.streamsPerConnectionMax,
    interceptors: [wholeRequests(connections, requestWithinMs), shortStatus],
  });
  const services = servicesOf(hub);
  const names = ["", ...services.map(({ name }) => name)];
  const health = new HealthImplementation(
    Object.fromEntries(names.map((name) => [name, "SERVING" as const])),
  );
  const asksForKey = clientServices(hub.deps, RPC_SCOPES);
  for (const { definition, methods, workers } of services) {
    const rpcs = definition as ServiceDefinition;
    server.addService(readingLate(rpcs), workers ? (methods as never) : asksForKey(rpcs, methods));
  }
  addOpenDoors(server, { health, names, log });
  const port = await listen(server, options);
  const unguard = connections.guard(port);
  return {
    port,
    connections,
    notServing: () => {
      for (const name of names) health.setStatus(name, "NOT_SERVING");
    },
    close: async (withinMs = 0) => {
      await shutDown(server, withinMs);
      unguard();
    },
  };
}

/** Watches of clients never finish by themselves; they begin again elsewhere. */
async function shutDown(server: Server, withinMs: number): Promise<void> {
  const finished = Promise.withResolvers<void>();
  server.tryShutdown(() => finished.resolve());
  const timer = setTimeout(finished.resolve, withinMs);
  await finished.promise;
  clearTimeout(timer);
  server.forceShutdown();
}

interface Served {
  readonly name: string;
  readonly definition: object;
  readonly methods: object;
  /** true: its callers are workers, which prove themselves to it; nobody has an API key there. */
  readonly workers?: true;
}

/** What is served. A method that its service leaves out answers UNIMPLEMENTED. */
const servicesOf = (hub: Hub): readonly Served[] => [
  {
    name: "hodei.WorkerAgentService",
    definition: WorkerAgentServiceService,
    methods: workerService(hub),
    workers: true,
  },
  {
    name: "hodei.JobExecutionService",
    definition: JobExecutionServiceService,
    methods: jobService(hub),
  },
  {
    name: "hodei.SchedulerService",
    definition: SchedulerServiceService,
    methods: schedulerService(hub),
  },
  { name: "hodei.LogStreamService", definition: LogStreamServiceService, methods: logService(hub) },
  { name: "hodei.MetricsService", definition: MetricsServiceService, methods: metricsService(hub) },
  {
    name: "hodei.providers.ProviderManagementService",
    definition: ProviderManagementServiceService,
    methods: providerService(hub),
  },
  {
    name: "hodei.job.TemplateManagementService",
    definition: TemplateManagementServiceService,
    methods: templateService(hub),
  },
  { name: "hodei.AuditService", definition: AuditServiceService, methods: auditService(hub) },
];

function listen(
  server: Server,
  { host, port, tls }: { host: string; port: number; tls: TlsIdentity | null },
): Promise<number> {
  const credentials = tls
    ? ServerCredentials.createSsl(null, [{ cert_chain: tls.certificate, private_key: tls.key }])
    : ServerCredentials.createInsecure();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync(`${host}:${port}`, credentials, (error, bound) =>
    error ? reject(error) : resolve(bound),
  );
  return promise;
}
