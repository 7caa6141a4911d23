import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ConfigError } from "#adapters/environment/environment.ts";
import { readFunctionConfig } from "../../../functions/config.ts";
import { readConfig } from "../../../gateway/config.ts";
import { makeAuthority } from "../../support/certificates.ts";

type Variables = Readonly<Record<string, string>>;

const URL_WAY = { HODEI_DATABASE_URL: "postgresql://user:hunter2@db/hodei" };
const common = {
  HODEI_WAKE_QUEUE_URL: "http://127.0.0.1/queue",
  AWS_REGION: "eu-west-1",
  HODEI_PROFILES: JSON.stringify([{ name: "s", cpuMillis: 1, memoryMib: 1, maxWorkers: 1 }]),
};
const read = (variables: Variables) => readConfig({ ...common, ...variables });
const problems = (variables: Variables): readonly string[] => {
  try {
    read(variables);
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
};

describe("the gateway's database", () => {
  it("is an address with a password", () => {
    expect(read(URL_WAY).database).toEqual({ kind: "url", url: URL_WAY.HODEI_DATABASE_URL });
  });

  it("is a host to sign in at by IAM, with defaults for the rest", () => {
    const place = { kind: "iam", host: "db", port: 5432, name: "hodei", user: "hodei_gateway" };
    expect(read({ HODEI_DB_HOST: "db" }).database).toEqual(place);
    const named = { HODEI_DB_PORT: "6000", HODEI_DB_NAME: "jobs", HODEI_DB_USER: "gw" };
    const other = { ...place, port: 6000, name: "jobs", user: "gw" };
    expect(read({ HODEI_DB_HOST: "db", ...named }).database).toEqual(other);
  });

  it.each([
    ["neither", {}, "HODEI_DATABASE_URL or DATABASE_URL is not set, nor is HODEI_DB_HOST"],
    [
      "both",
      { ...URL_WAY, HODEI_DB_HOST: "db" },
      "HODEI_DATABASE_URL or DATABASE_URL and HODEI_DB_HOST exclude each other",
    ],
    [
      "the other name of an address too",
      { DATABASE_URL: "postgresql://db", HODEI_DB_HOST: "db" },
      "HODEI_DATABASE_URL or DATABASE_URL and HODEI_DB_HOST exclude each other",
    ],
  ] satisfies [string, Variables, string][])("is not configured by %s", (_, variables, problem) => {
    expect(problems(variables)).toEqual([problem]);
  });
});

describe("the gateway's TLS", () => {
  const { certificate, key } = makeAuthority().issue("gateway.hodei");
  const texts = { HODEI_TLS_CERT: certificate, HODEI_TLS_KEY: key };
  const files = () => {
    const folder = mkdtempSync(join(tmpdir(), "hodei-tls-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "cert"), certificate);
    writeFileSync(join(folder, "key"), key);
    return {
      HODEI_TLS_CERT_PATH: join(folder, "cert"),
      HODEI_TLS_KEY_PATH: join(folder, "key"),
    };
  };

  it("is off unless it is configured", () => {
    expect(read(URL_WAY).tls).toBeNull();
  });

  it("comes as text or from files", () => {
    for (const variables of [texts, files()]) {
      const { tls } = read({ ...URL_WAY, ...variables });
      expect(tls?.certificate.toString()).toBe(certificate);
      expect(tls?.key.toString()).toBe(key);
    }
  });

  it.each([
    [
      "half a pair",
      { HODEI_TLS_CERT: certificate },
      "HODEI_TLS_CERT and HODEI_TLS_KEY go together",
    ],
    [
      "the other half, as a file",
      { HODEI_TLS_KEY_PATH: "/none" },
      "HODEI_TLS_CERT_PATH and HODEI_TLS_KEY_PATH go together",
    ],
    [
      "a key of another certificate",
      { ...texts, HODEI_TLS_KEY: makeAuthority().issue("x").key },
      "HODEI_TLS_CERT and HODEI_TLS_KEY are not a PEM certificate and its PEM key",
    ],
    [
      "a file that is not there",
      { HODEI_TLS_CERT_PATH: "/none", HODEI_TLS_KEY_PATH: "/none" },
      "HODEI_TLS_CERT_PATH or HODEI_TLS_KEY_PATH names a file that cannot be read: /none (ENOENT)",
    ],
  ] satisfies [string, Variables, string][])("is refused as %s", (_, variables, problem) => {
    expect(problems({ ...URL_WAY, ...variables })).toEqual([problem]);
  });

  it("is refused twice over", () => {
    expect(problems({ ...URL_WAY, ...texts, ...files() })).toEqual([
      "HODEI_TLS_CERT, HODEI_TLS_KEY and HODEI_TLS_CERT_PATH, HODEI_TLS_KEY_PATH exclude each other",
    ]);
  });

  it("never says the key", () => {
    const secret = "no key but a secret all the same";
    expect(String(problems({ ...URL_WAY, ...texts, HODEI_TLS_KEY: secret }))).not.toContain(secret);
  });
});

describe("the namespace of the metrics", () => {
  const resources = { HODEI_DB_RESOURCE_ARN: "arn", HODEI_DB_SECRET_ARN: "arn" };

  it("turns the gateway's on, and is Hodei for functions unless another is named", () => {
    const named = { HODEI_METRICS_NAMESPACE: "Hodei/prod" };
    expect(read(URL_WAY).metricsNamespace).toBeNull();
    expect(read({ ...URL_WAY, ...named }).metricsNamespace).toBe("Hodei/prod");
    const functions = { ...common, ...resources };
    expect(readFunctionConfig(functions).metricsNamespace).toBe("Hodei");
    expect(readFunctionConfig({ ...functions, ...named }).metricsNamespace).toBe("Hodei/prod");
  });
});
