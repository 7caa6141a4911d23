import { beforeEach, inject } from "vitest";
import type { DoubleName } from "../../scripts/aws-doubles.ts";

export const REGION = "eu-west-1";
export const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };

/** Its address, for a test file or `describe`; where it is not there, every test says why. */
export function useDouble(name: DoubleName): string {
  const double = inject(name);
  beforeEach((context) => {
    if ("lack" in double) context.skip(`${name}: ${double.lack}`);
  });
  return "url" in double ? double.url : "";
}

/** The settings of an SDK's client that talks to it. One attempt: nothing is repaired unseen. */
export const clientOf = (endpoint: string) => ({
  endpoint,
  region: REGION,
  credentials: CREDENTIALS,
  maxAttempts: 1,
});
