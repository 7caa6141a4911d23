import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { ConfigError } from "#adapters/environment/environment.ts";
import { assertSchemaCurrent } from "#adapters/store/schema-gate.ts";
import { listenForWakes } from "#adapters/wake/postgres-listen.ts";
import { limits } from "#core/domain/limits.ts";
import { SCHEMA_VERSION } from "#core/domain/schema-version.ts";
import { probePeers, sendAtOnce } from "./accepted-sockets.ts";
import { compose } from "./compose.ts";
import { type GatewayConfig, readConfig } from "./config.ts";
import { drain } from "./drain.ts";
import { followHint } from "./hints.ts";
import { Hub } from "./hub.ts";
import { startObservabilityServer } from "./observability-server.ts";
import { startGrpcServer } from "./server.ts";
import { TLS_KEY_VARIABLE } from "./tls-config.ts";

/** Start, serve, drain on SIGTERM. A second signal ends the process at once. */
async function main(): Promise<void> {
  const config = configuration();
  const { deps, sql, metrics, connection, printed } = compose(config);
  await assertSchemaCurrent(sql, SCHEMA_VERSION);
  sendAtOnce();
  probePeers();
  const hub = new Hub(deps);
  const { host, grpcPort, tls, connectionsMax } = config;
  const server = await startGrpcServer(hub, { host, port: grpcPort, tls, connectionsMax });
  const observability = await startObservabilityServer({
    host,
    port: config.observabilityPort,
    metrics,
    healthy: () => !leaving.signal.aborted,
  });
  const listener = listenForWakes({
    connection,
    log: deps.log,
    onHint: (hint) => followHint(hub, hint),
  });
  hub.start();
  const printing = setInterval(() => printed?.flush(), limits.metricsPrintPeriodMs);
  const port = server.port;
  deps.log.info({ gatewayId: deps.gatewayId, port }, "gateway is serving");
  // A parent that started us over IPC wants to know where we serve.
  const metricsPort = (observability.address() as AddressInfo).port;
  process.send?.({ kind: "ready", ports: { grpc: port, metrics: metricsPort } });
  await untilAborted(leaving.signal);
  deps.log.info({ streams: hub.sessions.size }, "gateway is leaving");
  await drain(hub, server);
  await listener.close();
  observability.close();
  clearInterval(printing);
  printed?.flush();
  await deps.store
    .leaveGateway(deps.gatewayId)
    .catch((err) => deps.log.warn({ err }, "leaving was not written"));
  await sql.close();
}

const leaving = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.on(signal, () => {
    if (leaving.signal.aborted) process.exit(1);
    leaving.abort();
  });
// Started over IPC: without the parent nobody would ever end this process.
process.on("disconnect", () => process.exit(1));

function configuration(): GatewayConfig {
  try {
    return readConfig(process.env);
  } finally {
    // Nothing that inherits or reports this environment needs the key.
    delete process.env[TLS_KEY_VARIABLE];
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await pause(2 ** 30, undefined, { signal }).catch(() => {});
}

/** What is wrong with the environment needs no stack. */
const said = (error: unknown): string =>
  error instanceof Error && !(error instanceof ConfigError) ? String(error.stack) : String(error);

main().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(
      `${JSON.stringify({ level: "fatal", msg: "gateway failed", err: said(error) })}\n`,
    );
    process.exit(1);
  },
);
