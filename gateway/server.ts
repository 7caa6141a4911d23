import { Server, ServerCredentials, type ServiceDefinition } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { HealthImplementation } from "grpc-health-check";
import { limits } from "#core/domain/limits.ts";
import { JobExecutionServiceService, WorkerAgentServiceService } from "#proto/hodei.ts";
import type { Hub } from "./hub.ts";
import { jobService } from "./job-service.ts";
import { packageDefinition } from "./package-definition.ts";
import { workerService } from "./worker-service.ts";

export interface TlsFiles {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

export interface GrpcServer {
  readonly port: number;
  /** Health says NOT_SERVING from now on. */
  notServing(): void;
  /** Ends what is still open. */
  close(): void;
}

/** The gRPC endpoint: our services, health, reflection v1 and v1alpha. */
export async function startGrpcServer(
  hub: Hub,
  options: { host: string; port: number; tls: TlsFiles | null },
): Promise<GrpcServer> {
  // No pings: a worker of the original does not answer them while it runs a job on one CPU.
  const server = new Server({
    "grpc.max_receive_message_length": limits.messageBytesMax,
    "grpc.max_concurrent_streams": limits.streamsPerConnectionMax,
  });
  const health = new HealthImplementation({
    "": "SERVING",
    "hodei.WorkerAgentService": "SERVING",
    "hodei.JobExecutionService": "SERVING",
  });
  server.addService(WorkerAgentServiceService as ServiceDefinition, workerService(hub) as never);
  server.addService(JobExecutionServiceService as ServiceDefinition, jobService(hub) as never);
  health.addToServer(server);
  new ReflectionService(packageDefinition()).addToServer(server);
  const port = await listen(server, options);
  return {
    port,
    notServing: () => {
      for (const service of ["", "hodei.WorkerAgentService", "hodei.JobExecutionService"])
        health.setStatus(service, "NOT_SERVING");
    },
    close: () => server.forceShutdown(),
  };
}

function listen(
  server: Server,
  { host, port, tls }: { host: string; port: number; tls: TlsFiles | null },
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
