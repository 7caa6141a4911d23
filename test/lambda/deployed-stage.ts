import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { migrateDatabase } from "#adapters/store/migrate-database.ts";
import { readMigrations } from "#adapters/store/read-migrations.ts";
import { startDataApi } from "#local/emulators/data-api/start-data-api.ts";
import { startEcs } from "#local/emulators/ecs/start-ecs.ts";
import { startSqs } from "#local/emulators/sqs/start-sqs.ts";
import { keptApiKey } from "#local/kept-api-key.ts";
import { LOCAL_PROFILES } from "#local/options.ts";
import { startPostgres } from "#local/postgres/start-postgres.ts";
import { ROOT } from "../infra/offline/evaluate-stage.ts";

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const REGION = "eu-west-1";
const CLUSTER = "hodei-test";
const FAMILY = "hodei-test-Worker";
export const FUNCTIONS_SECRET = "arn:functions";
const BOOTSTRAP_SECRET = "arn:bootstrap-keys";

/** A secret by its ARN, as the functions ask Secrets Manager for it. */
const SECRETS: Readonly<Record<string, string>> = {
  [FUNCTIONS_SECRET]: JSON.stringify({ username: "hodei_functions", password: "of the functions" }),
  [BOOTSTRAP_SECRET]: JSON.stringify({ currentId: "k", keys: { k: "k".repeat(32) } }),
};

async function startSecrets() {
  const server = createServer(async (request, response) => {
    const { SecretId = "" } = (await json(request)) as { SecretId?: string };
    response.end(JSON.stringify({ SecretString: SECRETS[SecretId] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => void server.close(),
  };
}

/** What surrounds deployed functions, on this machine: a database of its own server, and doubles of AWS. */
export async function startStage() {
  const directory = mkdtempSync(join(tmpdir(), "hodei-lambda-"));
  const postgres = await startPostgres({ dataDir: join(directory, "postgres"), durable: false });
  await migrateDatabase(postgres.url, readMigrations(join(ROOT, "migrations")));
  const dataApi = await startDataApi({ databaseUrl: postgres.url });
  const sqs = await startSqs({ region: REGION, queues: { wake: {} } });
  const secrets = await startSecrets();
  const accessKeyId = "lambda";
  const ecs = await startEcs({
    ...{ accessKeyId, region: REGION, cluster: CLUSTER, stateDir: join(directory, "ecs") },
    ...{ launchDelayMs: 0, stopTimeoutMs: 1_000 },
    taskDefinitions: {
      [FAMILY]: {
        containerName: "Worker",
        command: [process.execPath, "-e", "setInterval(() => {}, 1e6)"],
        environment: {},
      },
    },
  });
  return {
    directory,
    ecs,
    key: await keptApiKey(join(directory, "key"), postgres.url, SILENT),
    /** As infra/environment.ts says it for a deployed function. */
    environment: {
      ...{ AWS_REGION: REGION, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: "none" },
      AWS_ENDPOINT_URL_ECS: ecs.url,
      AWS_ENDPOINT_URL_SQS: sqs.url,
      AWS_ENDPOINT_URL_RDS_DATA: dataApi.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      HODEI_STAGE: "test",
      HODEI_METRICS_NAMESPACE: "Hodei/test",
      HODEI_WAKE_QUEUE_URL: sqs.queueUrl("wake"),
      HODEI_PROFILES: JSON.stringify(LOCAL_PROFILES),
      HODEI_DB_RESOURCE_ARN: dataApi.resourceArn,
      HODEI_DB_SECRET_ARN: dataApi.secretArn,
      HODEI_DB_NAME: dataApi.database,
      HODEI_ECS_CLUSTER: CLUSTER,
      HODEI_ECS_TASK_DEFINITION: FAMILY,
      HODEI_ECS_CONTAINER: "Worker",
      HODEI_ECS_SUBNETS: "subnet-a,subnet-b",
      HODEI_ECS_SECURITY_GROUPS: "sg-workers",
      HODEI_BOOTSTRAP_KEYS_SECRET_ARN: BOOTSTRAP_SECRET,
      HODEI_GATEWAY_URL: "https://gateway.invalid:50051",
    },
    async close() {
      await ecs.close();
      await sqs.close();
      await dataApi.close();
      secrets.close();
      await postgres.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export type DeployedStage = Awaited<ReturnType<typeof startStage>>;
