import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

/** A secret that could not be read; says which and why, never what it holds. */
export class SecretError extends Error {
  override readonly name = "SecretError";
}

export interface SecretsManagerOptions {
  readonly region: string;
  /** For tests; without it one is made at the first read. */
  readonly client?: SecretsManagerClient;
}

/** Answers the text of a secret, by its ARN. Throws SecretError. */
export type ReadSecret = (arn: string) => Promise<string>;

const ATTEMPTS_MAX = 3;
const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 5_000;

/**
 * Secrets of AWS Secrets Manager. Nothing is kept: whoever needs a secret again reads it again, and gets
 * what it is then. The SDK is loaded at the first read. The endpoint comes from the region, or from
 * AWS_ENDPOINT_URL_SECRETS_MANAGER in the environment.
 */
export function createSecretsManager({ region, client: given }: SecretsManagerOptions): ReadSecret {
  return async (arn) => {
    const sdk = await import("@aws-sdk/client-secrets-manager");
    const client = given ?? new sdk.SecretsManagerClient({ region, ...settings });
    try {
      const command = new sdk.GetSecretValueCommand({ SecretId: arn });
      const { SecretString: text } = await client.send(command);
      if (text) return text;
    } catch (error) {
      throw new SecretError(`the secret ${arn} cannot be read: ${nameOf(error)}`);
    } finally {
      if (!given) client.destroy();
    }
    throw new SecretError(`the secret ${arn} holds no text`);
  };
}

const settings = {
  maxAttempts: ATTEMPTS_MAX,
  requestHandler: {
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: ANSWER_TIMEOUT_MS,
    throwOnRequestTimeout: true,
  },
};

/** The SDK's own messages may quote what was sent; the name of the error says enough. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "unknown");
