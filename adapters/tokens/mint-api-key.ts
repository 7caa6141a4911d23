import { randomBytes } from "node:crypto";
import type { MintApiKey } from "#core/ports/api-keys.ts";

/** From the system's generator: nothing about a key follows from another one. */
export const mintApiKey: MintApiKey = () => ({
  id: randomBytes(8).toString("hex"),
  secret: randomBytes(32).toString("hex"),
});
