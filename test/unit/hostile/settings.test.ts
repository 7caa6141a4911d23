import fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigError as EnvironmentError } from "#adapters/environment/environment.ts";
import { parseBootstrapKeys } from "#adapters/environment/settings.ts";
import { createLogger } from "#adapters/telemetry/logger.ts";
import { findApiKey } from "../../../cli/find-api-key.ts";
import { findServerAddress } from "../../../cli/server-address.ts";
import { readFunctionConfig, readReconcileConfig } from "../../../functions/config.ts";
import { readConfig } from "../../../gateway/config.ts";
import { readDatabaseUrl } from "../../../local/options.ts";
import { parseConfig, ConfigError as WorkerError } from "../../../worker/config.ts";
import { fuzzed, oddNumbers, oddTexts } from "../../support/fuzz.ts";

type Variables = Readonly<Record<string, string>>;

const PROFILE = { name: "s", cpuMillis: 250, memoryMib: 512, maxWorkers: 1 };
const common: Variables = {
  AWS_REGION: "eu-west-1",
  HODEI_WAKE_QUEUE_URL: "http://127.0.0.1/queue",
  HODEI_PROFILES: JSON.stringify([PROFILE]),
  HODEI_TIMINGS: "{}",
  HODEI_LOG_LEVEL: "info",
  HODEI_STAGE: "local",
  HODEI_ANONYMOUS: "read",
  HODEI_METRICS_NAMESPACE: "Hodei",
};
const functions: Variables = {
  ...common,
  HODEI_DB_RESOURCE_ARN: "arn:cluster",
  HODEI_DB_SECRET_ARN: "arn:secret",
  HODEI_DB_NAME: "hodei",
};
const READERS: Readonly<
  Record<string, { readonly read: (variables: Variables) => unknown; readonly good: Variables }>
> = {
  gateway: {
    read: readConfig,
    good: {
      ...common,
      HODEI_DATABASE_URL: "postgresql://user:hunter2@db/hodei",
      HODEI_DB_MAX_CONNECTIONS: "10",
      HODEI_MAX_CONNECTIONS: "100",
      HODEI_GRPC_HOST: "127.0.0.1",
      GRPC_PORT: "0",
      HODEI_METRICS_PORT: "0",
      HODEI_GATEWAY_ADDRESS: "here",
      HODEI_TLS_CERT: "",
      HODEI_TLS_KEY: "",
      HODEI_TLS_CERT_PATH: "",
      HODEI_TLS_KEY_PATH: "",
    },
  },
  "gateway with a host": {
    read: readConfig,
    good: {
      ...common,
      ...{ HODEI_DB_HOST: "db", HODEI_DB_PORT: "5432", HODEI_DB_NAME: "x", HODEI_DB_USER: "y" },
    },
  },
  functions: { read: readFunctionConfig, good: functions },
  reconcile: {
    read: readReconcileConfig,
    good: {
      ...functions,
      HODEI_ECS_CLUSTER: "c",
      HODEI_ECS_TASK_DEFINITION: "family:1",
      HODEI_ECS_FAMILY: "family",
      HODEI_ECS_CONTAINER: "worker",
      HODEI_ECS_SUBNETS: "a,b",
      HODEI_ECS_SECURITY_GROUPS: "g",
      HODEI_ECS_ASSIGN_PUBLIC_IP: "true",
      HODEI_ECS_GATEWAY_SERVICE: "gateway",
      HODEI_GATEWAY_URL: "http://gateway:50051",
      HODEI_SLEEP_AFTER_MS: "60000",
      HODEI_BOOTSTRAP_KEYS: JSON.stringify({ currentId: "k", keys: { k: "x".repeat(32) } }),
      HODEI_BOOTSTRAP_KEYS_SECRET_ARN: "",
    },
  },
  worker: {
    read: (variables) => parseConfig(variables, (path) => Buffer.from(path)),
    good: {
      HODEI_SERVER_ADDRESS: "http://gateway:50051",
      HODEI_OTP_TOKEN: "token",
      HODEI_WORKER_ID: "11111111-2222-4333-8444-555555555555",
      HODEI_WORKER_NAME: "w",
      HODEI_CLEANUP_TIMEOUT_MS: "0",
      HODEI_WORK_DIR: "/tmp/x",
      HODEI_LOG_LEVEL: "info",
      HODEI_CA_CERT: "",
      HODEI_CA_CERT_PATH: "",
      HODEI_CLIENT_CERT_PATH: "",
      HODEI_CLIENT_KEY_PATH: "",
    },
  },
  "command line": {
    read: (environment) =>
      findServerAddress({ flag: undefined, environment, directory: "/nowhere" }),
    good: { HODEI_URL: "http://127.0.0.1:7300" },
  },
  "command line's key": {
    read: (environment) => {
      const key = findApiKey(new URL("http://x"), { environment, directory: "/nowhere" });
      return new Headers({ authorization: `Bearer ${key}` });
    },
    good: { HODEI_API_KEY: "hodei_x" },
  },
  "local mode": {
    read: readDatabaseUrl,
    good: { DATABASE_URL: "postgresql://user:hunter2@127.0.0.1/hodei" },
  },
};

/** An environment cannot hold NUL. */
const texts = fc
  .oneof(
    oddTexts,
    oddNumbers.map(String),
    fc.json(),
    fc.constantFrom(
      ...["1e3", " 5 ", "0x10", "-1", "1.0", "٣", "true ", "http://", "https://u:p@h:1/x", "://"],
      ...['[{"name":"s","cpuMillis":1,"memoryMib":1,"maxWorkers":1,"labels":{"a":"\\u0000"}}]'],
      ...['{"leaseMs":1}', '{"leaseMs":"NaN"}', '{"__proto__":{"leaseMs":1}}', '{"leaseMs":null}'],
      ...["postgresql://", "postgres://user:hunter2@[/x", "mysql://db", "verbose", "INFO"],
      ...['{"currentId":"__proto__","keys":{}}', '{"currentId":"k","keys":{"k":"short"}}'],
    ),
  )
  .map((text) => text.replaceAll("\0", ""));

const isConfigError = (error: unknown): error is Error =>
  error instanceof EnvironmentError ||
  error instanceof WorkerError ||
  (error instanceof Error && error.name === "CliError");

/** Every number in it is one. */
function expectSound(value: unknown, path = ""): void {
  if (typeof value === "number") expect(Number.isFinite(value), path).toBe(true);
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return;
  for (const [key, part] of Object.entries(value)) expectSound(part, `${path}.${key}`);
}

interface Read {
  readonly logLevel?: string;
  readonly wakeQueueUrl?: string;
  readonly gatewayUrl?: string;
  readonly database?: { readonly url?: string };
}

const SECRETS = /DATABASE_URL|TLS_KEY$|BOOTSTRAP_KEYS$|TOKEN|API_KEY/;

test.each(Object.entries(READERS))(
  "%s: any text in any variable is a sound setting, or is refused by the variable's name",
  (_who, { read, good }) => {
    expectSound(read(good));
    const names = Object.keys(good);
    fc.assert(
      fc.property(fc.constantFrom(...names), texts, (name, text) => {
        try {
          const config = read({ ...good, [name]: text });
          expectSound(config);
          const { logLevel, ...rest } = (config ?? {}) as Read;
          for (const address of [rest.wakeQueueUrl, rest.gatewayUrl, rest.database?.url])
            if (address !== undefined) expect(URL.canParse(address)).toBe(true);
          if (logLevel !== undefined) createLogger("test", logLevel);
        } catch (error) {
          if (!isConfigError(error)) throw error;
          expect(error.message).toContain(name);
          if (SECRETS.test(name) && text.length >= 6 && text !== "undefined")
            // a word of the message's own
            expect(error.message).not.toContain(text);
        }
      }),
      fuzzed(150),
    );
  },
);

test("the secret of the bootstrap keys, whatever it holds, is keys or refused without its text", () => {
  const keys = fc
    .record({ currentId: texts, keys: fc.dictionary(texts, texts) })
    .map((it) => JSON.stringify(it));
  fc.assert(
    fc.property(fc.oneof(texts, keys), (text) => {
      try {
        const { currentId, keys } = parseBootstrapKeys(text);
        expect(Object.hasOwn(keys, currentId)).toBe(true);
      } catch (error) {
        if (!(error instanceof EnvironmentError)) throw error;
        if (text.length >= 12) expect(error.message).not.toContain(text);
      }
    }),
    fuzzed(150),
  );
});
