import { describe, expect, test } from "vitest";
import { ConfigError, parseConfig } from "../../../worker/config.ts";
import { makeAuthority } from "../../support/certificates.ts";

const ID = "11111111-2222-4333-8444-555555555555";
const OTHER_ID = "99999999-2222-4333-8444-555555555555";
const base = { HODEI_OTP_TOKEN: "secret-token", HODEI_WORKER_ID: ID };
const files: Record<string, string> = { "/ca": "CA", "/cert": "CERT", "/key": "KEY" };

function readFile(path: string): Buffer {
  const content = files[path];
  if (content === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  return Buffer.from(content);
}
const parse = (env: Record<string, string | undefined>) => parseConfig(env, readFile);

describe("parseConfig", () => {
  test("needs nothing but a token", () => {
    const config = parse({ HODEI_OTP_TOKEN: "t" });
    expect(config).toMatchObject({
      server: { target: "localhost:50051", tls: null },
      token: "t",
      cleanupTimeoutMs: 0,
      logLevel: "info",
    });
    expect(config.workerId).toMatch(/^[0-9a-f-]{36}$/);
    expect(config.workDir).toContain(`hodei-${config.workerId}`);
    expect(config.workerName).not.toBe("");
  });

  test("understands the names of the first generation", () => {
    const env = {
      HODEI_SERVER: "http://gateway:1234",
      HODEI_TOKEN: "t",
      WORKER_ID: ID,
      WORKER_NAME: "w1",
    };
    expect(parse(env)).toMatchObject({
      server: { target: "gateway:1234" },
      token: "t",
      workerId: ID,
      workerName: "w1",
    });
  });

  test("prefers the newer name where both are set", () => {
    const config = parse({
      ...base,
      HODEI_SERVER_ADDRESS: "http://new:1",
      HODEI_SERVER: "http://old:1",
      HODEI_TOKEN: "old",
      WORKER_ID: OTHER_ID,
      HODEI_WORKER_NAME: "new",
      WORKER_NAME: "old",
    });
    expect(config).toMatchObject({
      server: { target: "new:1" },
      token: "secret-token",
      workerId: ID,
      workerName: "new",
    });
  });

  test.each([
    ["http://10.0.0.1:50051", "10.0.0.1:50051"],
    ["http://gateway.internal", "gateway.internal:50051"],
    ["http://gateway:80/", "gateway:80"],
    ["http://[::1]:9", "[::1]:9"],
  ])("%s means %s in plaintext", (value, target) => {
    expect(parse({ ...base, HODEI_SERVER_ADDRESS: value }).server).toEqual({ target, tls: null });
  });

  test("https takes the authority and the client certificate from files", () => {
    const tls = { ...base, HODEI_SERVER_ADDRESS: "https://gw:1" };
    expect(parse(tls).server.tls).toEqual({ authority: null, client: null });
    const mutual = {
      ...tls,
      HODEI_CA_CERT_PATH: "/ca",
      HODEI_CLIENT_CERT_PATH: "/cert",
      HODEI_CLIENT_KEY_PATH: "/key",
    };
    expect(parse(mutual).server.tls).toEqual({
      authority: Buffer.from("CA"),
      client: { certificate: Buffer.from("CERT"), key: Buffer.from("KEY") },
    });
  });

  test("takes the gateway's authority as a text too", () => {
    const { certificate } = makeAuthority();
    const https = { ...base, HODEI_SERVER_ADDRESS: "https://gw:443", HODEI_CA_CERT: certificate };
    expect(parse(https).server.tls?.authority?.toString()).toBe(certificate);
    const twice = { ...https, HODEI_CA_CERT_PATH: "/ca" };
    expect(() => parse(twice)).toThrow("HODEI_CA_CERT and HODEI_CA_CERT_PATH exclude each other");
  });

  test.each([
    ["HODEI_SERVER_ADDRESS", { HODEI_SERVER_ADDRESS: "gateway:50051" }],
    ["HODEI_SERVER_ADDRESS", { HODEI_SERVER_ADDRESS: "ftp://gateway:50051" }],
    ["HODEI_SERVER_ADDRESS", { HODEI_SERVER_ADDRESS: "http://gateway:70000" }],
    ["HODEI_SERVER_ADDRESS", { HODEI_SERVER_ADDRESS: "http://gateway:1/path" }],
    ["HODEI_SERVER", { HODEI_SERVER: "" }],
    ["HODEI_OTP_TOKEN", { HODEI_OTP_TOKEN: "" }],
    ["HODEI_OTP_TOKEN", { HODEI_OTP_TOKEN: undefined }],
    ["HODEI_TOKEN", { HODEI_OTP_TOKEN: undefined, HODEI_TOKEN: "" }],
    ["HODEI_WORKER_ID", { HODEI_WORKER_ID: "" }],
    ["WORKER_ID", { HODEI_WORKER_ID: undefined, WORKER_ID: "worker-1" }],
    ["HODEI_CLEANUP_TIMEOUT_MS", { HODEI_CLEANUP_TIMEOUT_MS: "30s" }],
    ["HODEI_CLEANUP_TIMEOUT_MS", { HODEI_CLEANUP_TIMEOUT_MS: "-1" }],
    ["HODEI_LOG_LEVEL", { HODEI_LOG_LEVEL: "loud" }],
    ["HODEI_CA_CERT_PATH", { HODEI_CA_CERT_PATH: "/ca" }],
    ["HODEI_CA_CERT", { HODEI_CA_CERT: "a certificate" }],
    ["HODEI_CA_CERT", { HODEI_SERVER: "https://gw:1", HODEI_CA_CERT: "no certificate" }],
    ["HODEI_CA_CERT_PATH", { HODEI_SERVER: "https://gw:1", HODEI_CA_CERT_PATH: "/missing" }],
    ["HODEI_CLIENT_KEY_PATH", { HODEI_SERVER: "https://gw:1", HODEI_CLIENT_CERT_PATH: "/cert" }],
    ["HODEI_CLIENT_CERT_PATH", { HODEI_SERVER: "https://gw:1", HODEI_CLIENT_KEY_PATH: "/key" }],
  ])("names %s when it is wrong, and shows no secret", (name, wrong) => {
    const attempt = () => parse({ ...base, ...wrong });
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(new RegExp(`\\b${name}\\b`));
    expect(attempt).not.toThrow(/secret-token/);
  });

  test("a clean-up time is read, and nothing means never", () => {
    const timeout = (value: string) =>
      parse({ ...base, HODEI_CLEANUP_TIMEOUT_MS: value }).cleanupTimeoutMs;
    expect([timeout("30000"), timeout("0"), timeout("")]).toEqual([30_000, 0, 0]);
  });
});
