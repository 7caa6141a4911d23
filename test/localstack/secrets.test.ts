import { randomUUID } from "node:crypto";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { describe, expect, onTestFinished, test } from "vitest";
import { createSecretsManager } from "#adapters/secrets/aws-secrets.ts";
import { clientOf, REGION, useDouble } from "./use-double.ts";

describe("with LocalStack's Secrets Manager", () => {
  const localstack = useDouble("localstack");

  function connect(): SecretsManagerClient {
    const client = new SecretsManagerClient(clientOf(localstack));
    onTestFinished(() => client.destroy());
    return client;
  }

  test("a secret is read by its ARN", async () => {
    const client = connect();
    const create = new CreateSecretCommand({ Name: randomUUID(), SecretString: "what it holds" });
    const { ARN = "" } = await client.send(create);
    expect(await createSecretsManager({ region: REGION, client })(ARN)).toBe("what it holds");
  });

  test("one that is not there is said by its name, and one of bytes is no text", async () => {
    const client = connect();
    const read = createSecretsManager({ region: REGION, client });
    await expect(read("hodei-nobody")).rejects.toThrow(
      "the secret hodei-nobody cannot be read: ResourceNotFoundException",
    );
    const create = new CreateSecretCommand({ Name: randomUUID(), SecretBinary: Buffer.from([1]) });
    const { ARN = "" } = await client.send(create);
    await expect(read(ARN)).rejects.toThrow("holds no text");
  });
});
