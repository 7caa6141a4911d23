import { hostname } from "node:os";
import { readAnonymous } from "#adapters/environment/anonymous.ts";
import { Environment } from "#adapters/environment/environment.ts";
import {
  readLogLevel,
  readProfiles,
  readTimings,
  readWakeQueue,
} from "#adapters/environment/settings.ts";
import type { Scope } from "#core/domain/access/scope.ts";
import { limits } from "#core/domain/limits.ts";
import type { Timings } from "#core/domain/timings.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import { type DatabaseAccess, readDatabase } from "./database-config.ts";
import { readTls, type TlsIdentity } from "./tls-config.ts";

export interface GatewayConfig {
  readonly database: DatabaseAccess;
  readonly poolSize: number;
  readonly host: string;
  /** 0 = any free port. */
  readonly grpcPort: number;
  /** Open at once. */
  readonly connectionsMax: number;
  readonly observabilityPort: number;
  /** How this gateway is shown; nobody connects to it by this name. */
  readonly address: string;
  readonly tls: TlsIdentity | null;
  readonly wakeQueueUrl: string;
  readonly region: string;
  readonly profiles: readonly MachineProfile[];
  readonly timings: Timings;
  /** What calls without a key may do; null = nothing. */
  readonly anonymous: Scope | null;
  /** CloudWatch namespace of the metrics that are printed besides; null = none are. */
  readonly metricsNamespace: string | null;
  readonly logLevel: string;
}

const CONNECTIONS = { min: 10, max: 1_000_000 };
const PORT = { min: 0, max: 65_535 };

/** The gateway's environment, typed. Throws ConfigError naming every variable that is wrong. */
export function readConfig(variables: NodeJS.ProcessEnv): GatewayConfig {
  const environment = new Environment(variables);
  const config = {
    database: readDatabase(environment),
    poolSize: environment.integer("HODEI_DB_MAX_CONNECTIONS", 10, { min: 2, max: 200 }),
    host: environment.text("HODEI_GRPC_HOST", "0.0.0.0"),
    grpcPort: environment.integer("GRPC_PORT", 50_051, PORT),
    connectionsMax: environment.integer(
      "HODEI_MAX_CONNECTIONS",
      limits.connectionsMax,
      CONNECTIONS,
    ),
    observabilityPort: environment.integer("HODEI_METRICS_PORT", 9_464, PORT),
    address: environment.text("HODEI_GATEWAY_ADDRESS", hostname()),
    wakeQueueUrl: readWakeQueue(environment),
    region: environment.text(["AWS_REGION", "AWS_DEFAULT_REGION"]),
    profiles: readProfiles(environment),
    timings: readTimings(environment),
    anonymous: readAnonymous(environment),
    tls: readTls(environment),
    metricsNamespace: environment.text("HODEI_METRICS_NAMESPACE", "") || null,
    logLevel: readLogLevel(environment),
  };
  return environment.done(() => config);
}
