import { createApiKeyStore } from "#adapters/store/api-keys.ts";
import { sha256Hex } from "#adapters/tokens/hmac-tokens.ts";
import { type Authorise, createAuthorise } from "#core/application/authorise-call.ts";
import { composeBase } from "./compose-base.ts";
import { readFunctionConfig } from "./config.ts";

/** The door alone: what API Gateway asks before it lets a call through to the API. */
export function composeAuthoriser(variables: NodeJS.ProcessEnv = process.env): Authorise {
  const config = readFunctionConfig(variables);
  const { log, sql } = composeBase("authoriser", config);
  const { anonymous } = config;
  return createAuthorise({ keys: createApiKeyStore(sql), digest: sha256Hex, anonymous, log });
}
