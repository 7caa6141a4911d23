import type { ECSClient } from "@aws-sdk/client-ecs";
import type { EcsCalls } from "./ecs-calls.ts";

/**
 * Loads the SDK on first use, once; a failed load is tried again by the next call. Without `client` one is
 * made then, from the region and the environment.
 */
export function lazyEcsCalls(
  region: string,
  client: ECSClient | undefined,
): () => Promise<EcsCalls> {
  let calls: EcsCalls | null = null;
  return async () => {
    if (calls) return calls;
    const sdk = await import("./ecs-calls.ts");
    calls ??= sdk.createEcsCalls(client ?? sdk.createEcsClient(region));
    return calls;
  };
}
