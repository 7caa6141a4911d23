import type { ECSClient } from "@aws-sdk/client-ecs";
import type { GatewaySwitch } from "#core/ports/gateway-switch.ts";
import { ProviderError } from "#core/ports/provider.ts";
import { toProviderError } from "./ecs-errors.ts";

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
  const { cluster, service, region } = options;
  const sdk = async () => {
    const [commands, { createEcsClient }] = await Promise.all([
      import("@aws-sdk/client-ecs"),
      import("./ecs-calls.ts"),
    ]);
    return { commands, client: options.client ?? createEcsClient(region) };
  };
  return {
    async wanted() {
      const { commands, client } = await sdk();
      const command = new commands.DescribeServicesCommand({ cluster, services: [service] });
      const { services = [] } = await client.send(command).catch(refuse);
      const [found] = services;
      if (found?.desiredCount !== undefined) return found.desiredCount;
      throw new ProviderError("bad-request", `there is no service ${service}`);
    },
    async want(desiredCount) {
      const { commands, client } = await sdk();
      const command = new commands.UpdateServiceCommand({ cluster, service, desiredCount });
      await client.send(command).catch(refuse);
    },
  };
}

function refuse(error: unknown): never {
  throw toProviderError(error);
}
