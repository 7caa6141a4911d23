import { resolve } from "node:path";
import { Environment } from "#adapters/environment/environment.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";

/**
 * `DATABASE_URL`: a database to use instead of the embedded one; null = none is named. Throws ConfigError, which
 * names the variable and not the address, which may hold a password.
 */
export function readDatabaseUrl(variables: NodeJS.ProcessEnv): string | null {
  const environment = new Environment(variables);
  const url = environment.address("DATABASE_URL", ["postgresql", "postgres"], "");
  return environment.done(() => url || null);
}

export interface LocalOptions {
  /** Everything that survives a restart, and the logs of all processes. */
  readonly stateDir: string;
  /** Of the HTTP API; 0 = any free one. */
  readonly httpPort: number;
  /** Of the gRPC gateway; 0 = any free one. */
  readonly grpcPort: number;
  /** A database to use instead of the embedded one. */
  readonly databaseUrl: string | null;
  /** How often the play-EventBridge ticks. On AWS it is a minute; hints make both rarely matter. */
  readonly tickMs: number;
  /** How long the fake ECS takes from RunTask to the process, to feel like Fargate. */
  readonly launchDelayMs: number;
  readonly profiles: readonly MachineProfile[];
  /** Passed to gateway and functions as HODEI_TIMINGS. */
  readonly timings: string | undefined;
  /** Passed to gateway and functions as HODEI_ANONYMOUS: what calls without an API key may do. */
  readonly anonymous: string | undefined;
  /** Where workers reach the gateway, when something stands between; absent = at the gateway itself. */
  readonly gatewayUrl?: string;
  /** From SIGTERM to SIGKILL of a task of the fake ECS; absent = ECS's own default. */
  readonly stopTimeoutMs?: number;
  readonly logLevel: string;
}

const profile = (
  name: string,
  cpuMillis: number,
  memoryMib: number,
  maxWorkers: number,
): MachineProfile => ({
  name,
  cpuMillis,
  memoryMib,
  labels: { "hodei.dev/profile": name },
  taints: [],
  minWorkers: 0,
  maxWorkers,
  idleTtlSeconds: 60,
  maxRunsPerWorker: null,
  maxAgeSeconds: null,
  spot: false,
});

/** Sizes that Fargate sells, in numbers a laptop bears. */
export const LOCAL_PROFILES: readonly MachineProfile[] = [
  profile("small", 500, 1024, 4),
  profile("large", 2000, 4096, 2),
];

export const LOCAL_DEFAULTS: LocalOptions = {
  stateDir: resolve(".hodei"),
  httpPort: 7300,
  grpcPort: 7301,
  databaseUrl: null,
  tickMs: 5_000,
  launchDelayMs: 0,
  profiles: LOCAL_PROFILES,
  timings: undefined,
  anonymous: undefined,
  logLevel: "info",
};
