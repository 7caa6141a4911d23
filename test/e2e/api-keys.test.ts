import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { processesWith, startHodei, startUp, type Up } from "../support/hodei-process.ts";
import { until } from "../support/until.ts";

/** Where a person would start it: everything lies in `.hodei` below. */
const directory = mkdtempSync(join(tmpdir(), "hodei-keys-"));
const stateDir = join(directory, ".hodei");
const keyFile = join(stateDir, "api-key");
let up: Up;

const start = () => startUp(stateDir, ["--tick-ms", "1000"]);
const stop = async () => {
  up.child.kill("SIGTERM");
  await up.ended;
};
/** A command in that directory, with nothing but what is said in its environment. */
const cli = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  startHodei(args, env, directory).ended;
const withKey = (key: string) => ({ HODEI_URL: up.url, HODEI_API_KEY: key });
const keyOf = (): string => readFileSync(keyFile, "utf8").trim();
const secretOf = (key: string): string => key.split("_")[2] ?? "";

function grpcStatus(path: string, key?: string): Promise<string> {
  const [, address = ""] = /gRPC +(\S+)/.exec(up.stdout()) ?? [];
  const client = new Client(address, credentials.createInsecure());
  const metadata = new Metadata();
  if (key) metadata.set("authorization", `Bearer ${key}`);
  const bytes = (value: Buffer): Buffer => value;
  return new Promise((resolve) => {
    const done = (error: ServiceError | null) => {
      client.close();
      resolve(status[error?.code ?? status.OK] ?? "");
    };
    client.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), metadata, done);
  });
}

/** What every file below this folder holds, as far as it is text of ours: logs, states, addresses. */
function textsBelow(folder: string): { path: string; text: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(log|json)$|^pid$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

beforeAll(async () => {
  up = await start();
});
afterAll(async () => {
  await stop();
  rmSync(directory, { recursive: true, force: true });
});

describe("hodei up", () => {
  test("keeps a key of its own, that nobody else may read and that no process shows", async () => {
    expect(keyOf()).toMatch(/^hodei_[0-9a-f]{16}_[0-9a-f]{64}$/);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(up.stdout()).not.toContain("hodei_");
    const ran = await cli(["run", "--follow", "--", "env"]);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout).not.toContain(secretOf(keyOf()));
    expect(processesWith(secretOf(keyOf()))).toEqual([]);
  });

  test("asks for it over HTTP and gRPC, also on this machine", async () => {
    const { status } = await fetch(`${up.url}/v1/runs`);
    expect(status).toBe(401);
    expect((await fetch(`${up.url}/healthz`)).status).toBe(200);
    const path = "/hodei.JobExecutionService/GetJob";
    expect(await grpcStatus(path)).toBe("UNAUTHENTICATED");
    expect(await grpcStatus(path, keyOf())).toBe("INVALID_ARGUMENT"); // let in; it asks for nothing
    const elsewhere = await startHodei(["list"], { HODEI_URL: up.url }, tmpdir()).ended;
    expect(elsewhere).toMatchObject({ code: 1, stdout: "" });
    expect(elsewhere.stderr).toContain("HODEI_API_KEY");
  });
});

describe("hodei key", () => {
  test("makes a key that submits, names its runs, and is over soon after it is revoked", async () => {
    const made = await cli(["key", "create", "--name", "ci"]);
    expect(made.code).toBe(0);
    const key = made.stdout.trim();
    const id = (await cli(["run", "--", "true"], withKey(key))).stdout.trim();
    const run = (await (await up.get(`/v1/runs/${id}`)).json()) as { submittedBy: string };
    const keyId = key.split("_")[1] ?? "";
    expect(run.submittedBy).toBe(`ci (${keyId})`);
    expect((await cli(["key", "list"], withKey(key))).code).toBe(1);
    const listed = await cli(["key", "list", "--json"]);
    expect(listed.stdout).toContain(`"id":"${keyId}"`);
    expect(listed.stdout).not.toContain(secretOf(key));
    expect(await cli(["key", "revoke", keyId])).toMatchObject({ code: 0 });
    const isOver = async () => (await cli(["list"], withKey(key))).code === 1;
    await until("it is over", isOver, limits.apiKeyCacheMs + 5_000);
    for (const { path, text } of textsBelow(stateDir)) {
      expect(text.includes(secretOf(key)), path).toBe(false);
      expect(text.includes(secretOf(keyOf())), path).toBe(false);
    }
  });
});

describe("the next start", () => {
  test("goes on with the key that is there, and makes another when it is gone or no good", async () => {
    const first = keyOf();
    await stop();
    up = await start();
    expect(keyOf()).toBe(first);
    await stop();
    rmSync(keyFile);
    up = await start();
    const second = keyOf();
    expect(second).not.toBe(first);
    expect(await cli(["list"])).toMatchObject({ code: 0 });
    await cli(["key", "revoke", second.split("_")[1] ?? ""]);
    await stop();
    up = await start();
    expect(keyOf()).not.toBe(second);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(await cli(["list"])).toMatchObject({ code: 0 });
  });

  test("lets callers without a key in when it is told to, as the original's clients are", async () => {
    await stop();
    up = await startUp(stateDir, ["--tick-ms", "1000"], { HODEI_ANONYMOUS: "submit" });
    expect((await fetch(`${up.url}/v1/runs`)).status).toBe(200);
    expect((await fetch(`${up.url}/v1/keys`)).status).toBe(401);
    expect(await grpcStatus("/hodei.JobExecutionService/GetJob")).toBe("INVALID_ARGUMENT");
  });
});
