import { parseBootstrapKeys } from "#adapters/environment/settings.ts";
import { createGatewaySwitch } from "#adapters/providers/ecs/gateway-switch.ts";
import { createEcsProvider } from "#adapters/providers/ecs/provider.ts";
import { createSecretsManager } from "#adapters/secrets/aws-secrets.ts";
import { assertSchemaCurrent } from "#adapters/store/schema-gate.ts";
import { type BootstrapKeys, createHmacTokens } from "#adapters/tokens/hmac-tokens.ts";
import type { ReconcileDeps } from "#core/application/reconcile-deps.ts";
import type { SleepDeps } from "#core/application/sleep.ts";
import { SCHEMA_VERSION } from "#core/domain/schema-version.ts";
import type { GatewaySwitch } from "#core/ports/gateway-switch.ts";
import { composeBase } from "./compose-base.ts";
import { type ReconcileConfig, readReconcileConfig } from "./config.ts";

type Gateways = () => GatewaySwitch | null;

/** The gateways alone: to ask whether the stage sleeps, before anything wakes its database. */
export function composeGateways(): Gateways {
  let gateways: GatewaySwitch | null | undefined;
  return () => {
    if (gateways === undefined) gateways = gatewaysOf(readReconcileConfig(process.env));
    return gateways;
  };
}

function gatewaysOf({ gatewayService, ecs, region }: ReconcileConfig): GatewaySwitch | null {
  const { cluster } = ecs;
  if (gatewayService === null) return null;
  return createGatewaySwitch({ service: gatewayService, cluster, region });
}

async function bootstrapKeysOf({ bootstrapKeys, region }: ReconcileConfig): Promise<BootstrapKeys> {
  if ("keys" in bootstrapKeys) return bootstrapKeys.keys;
  return parseBootstrapKeys(await createSecretsManager({ region })(bootstrapKeys.secretArn));
}

export interface ReconcileComposition {
  readonly deps: ReconcileDeps;
  readonly sleep: SleepDeps;
  readonly flush: () => void;
}

/**
 * The reconciler's parts. Once per cold start it also reads the install's id and refuses a database
 * whose schema is newer than this code can serve; a failure is tried again by the next invocation.
 */
export function composeReconcile(
  service: string,
  gateways: Gateways = composeGateways(),
): () => Promise<ReconcileComposition> {
  let composed: Promise<ReconcileComposition> | null = null;
  return () => {
    composed ??= connect(service, gateways).catch((error) => {
      composed = null;
      throw error;
    });
    return composed;
  };
}

async function connect(service: string, gateways: Gateways): Promise<ReconcileComposition> {
  const config = readReconcileConfig(process.env);
  const { log, telemetry, sql, wake, store, newId } = composeBase(service, config);
  await assertSchemaCurrent(sql, SCHEMA_VERSION);
  const { installId } = await store.control();
  return {
    flush: telemetry.flush,
    deps: {
      ...{ store, wake, newId, log, telemetry, installId },
      provider: createEcsProvider(config.ecs),
      tokens: createHmacTokens(await bootstrapKeysOf(config)),
      profiles: config.profiles,
      workerEnvironment: { HODEI_SERVER_ADDRESS: config.gatewayUrl },
      random: Math.random,
      monotonicMs: () => performance.now(),
    },
    sleep: { store, gateways: gateways(), sleepAfterMs: config.sleepAfterMs, log },
  };
}
