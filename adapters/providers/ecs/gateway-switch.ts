import type { ECSClient } from "@aws-sdk/client-ecs";
import type { GatewaySwitch } from "#core/ports/gateway-switch.ts";
import { ProviderError } from "#core/ports/provider.ts";
import { guarded } from "./ecs-errors.ts";
import { lazyEcsCalls } from "./lazy-ecs-calls.ts";

export interface GatewaySwitchOptions {
  readonly cluster: string;
  /** Name or ARN of the service that runs the gateways. */
  readonly service: string;
  readonly region: string;
  /** For tests; without it one is made at the first call. */
  readonly client?: ECSClient;
}

/** The gateways of an ECS service. The SDK is loaded at the first call. */
export function createGatewaySwitch(options: GatewaySwitchOptions): GatewaySwitch {
  const { cluster, service } = options;
  const ecs = lazyEcsCalls(options.region, options.client);
  return {
    wanted: () =>
      guarded(async () => {
        const calls = await ecs();
        const { services = [] } = await calls.describeServices({ cluster, services: [service] });
        const [found] = services;
        if (found?.desiredCount !== undefined) return found.desiredCount;
        throw new ProviderError("bad-request", `there is no service ${service}`);
      }),
    want: (desiredCount) =>
      guarded(async () => {
        await (await ecs()).updateService({ cluster, service, desiredCount });
      }),
  };
}
