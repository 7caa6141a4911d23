import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { bytesOf, eagerFiles } from "../../bench/start-time/bundle-contents.ts";
import {
  type Bundle,
  bundleFunctions,
  FUNCTION_ENTRIES,
  type FunctionName,
} from "../../scripts/bundle.ts";
import { ROOT } from "../infra/offline/evaluate-stage.ts";
import { type DeployedStage, FUNCTIONS_SECRET, startStage } from "./deployed-stage.ts";
import { type Lambda, startLambda } from "./start-lambda.ts";

const names = Object.keys(FUNCTION_ENTRIES) as FunctionName[];
const BUNDLE_BYTES_MAX = 1_000_000;
const KIB = 1024;

const folder = mkdtempSync(join(tmpdir(), "hodei-functions-"));
let bundles: Record<FunctionName, Bundle>;
let stage: DeployedStage;
beforeAll(async () => {
  [bundles, stage] = await Promise.all([bundleFunctions(folder), startStage()]);
});
afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As the deployment sets it for the one that migrates. */
const migrating = () => ({
  ...stage.environment,
  HODEI_FUNCTIONS_DB_SECRET_ARN: FUNCTIONS_SECRET,
  HODEI_MIGRATIONS_DIR: join(ROOT, "migrations"),
});

async function started(name: FunctionName, environment?: Record<string, string>): Promise<Lambda> {
  const lambda = await startLambda({
    bundle: bundles[name],
    environment: environment ?? (name === "migrate" ? migrating() : stage.environment),
    timeoutSeconds: 20,
  });
  onTestFinished(() => lambda.stop());
  return lambda;
}

const request = (method: string, path: string, body?: object) => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: path,
  rawQueryString: "",
  headers: {
    authorization: `Bearer ${stage.key}`,
    "content-type": "application/json",
    host: "hodei.example",
  },
  requestContext: { http: { method, path, sourceIp: "192.0.2.1" }, requestId: "r" },
  ...(body && { body: JSON.stringify(body) }),
  isBase64Encoded: false,
});

interface Answer {
  readonly statusCode: number;
  readonly body: string;
}

const wakeEvent = {
  Records: [
    { messageId: "ours", body: JSON.stringify({ kind: "wake", version: 1 }) },
    { messageId: "a stranger's", body: "hello" },
  ],
};

describe.each(names)("the function %s", (name) => {
  test("starts behind the runtime interface, from a small bundle", async () => {
    const { coldStartMs } = await started(name);
    const bundle = bundles[name];
    const [all, atStart] = [bytesOf(bundle), bytesOf(bundle, eagerFiles(bundle))];
    process.stdout.write(
      `${name}: ${Math.ceil(all / KIB)} KiB, ${Math.ceil(atStart / KIB)} of them read at its start; ` +
        `ready after ${Math.round(coldStartMs)} ms on this machine\n`,
    );
    expect(all).toBeLessThanOrEqual(BUNDLE_BYTES_MAX);
  });
});

test("migrate, http, authoriser, wake, tick and the others do their part of one run", async () => {
  const migrate = await started("migrate");
  expect(await migrate.invoke({ action: "migrate" })).toEqual({ applied: [] });

  const authoriser = await started("authoriser");
  const headers = { authorization: `Bearer ${stage.key}` };
  expect(await authoriser.invoke({ headers })).toEqual({ isAuthorized: true });
  expect(await authoriser.invoke({ headers: { authorization: "Bearer hodei_x" } })).toEqual({
    isAuthorized: false,
  });

  const http = await started("http");
  const submitted = await http.invoke<Answer>(
    request("POST", "/v1/runs", { command: ["echo", "hi"] }),
  );
  expect(submitted.statusCode).toBe(201);
  const { id } = JSON.parse(submitted.body) as { id: string };

  const wake = await started("wake");
  expect(await wake.invoke(wakeEvent)).toEqual({
    batchItemFailures: [{ itemIdentifier: "a stranger's" }],
  });
  expect(wake.log()).toContain('"launches_total"'); // a metric, in a line of the log
  const { body } = await http.invoke<Answer>(request("GET", "/v1/workers"));
  const { workers } = JSON.parse(body) as { workers: { machineId: string }[] };
  expect(workers).toMatchObject([{ machineId: expect.stringContaining("arn:aws:ecs:") }]);

  const detail = { taskArn: workers[0]?.machineId, lastStatus: "STOPPED" };
  expect(await (await started("ecs-task-changed")).invoke({ detail })).toBeNull();
  expect(await (await started("tick")).invoke({})).toBeNull();
  expect(await (await started("sweep")).invoke({})).toBeNull();
  const run = await http.invoke<Answer>(request("GET", `/v1/runs/${id}`));
  expect(JSON.parse(run.body)).toMatchObject({ phase: "Pending" });
});

test("a function with a bad environment says so at its start, without a value", async () => {
  const { HODEI_GATEWAY_URL: _, ...others } = stage.environment;
  const tick = await started("tick", { ...others, HODEI_PROFILES: "a secret, perhaps" });
  const refusal = await tick.invoke({}).catch((error) => String(error));
  expect(refusal).toContain("HODEI_PROFILES: Invalid input");
  expect(refusal).toContain("HODEI_GATEWAY_URL is not set");
  expect(refusal).not.toContain("a secret, perhaps");
  await expect(started("http", { ...others, HODEI_DB_RESOURCE_ARN: "" })).rejects.toThrow(
    "ConfigError: the configuration is not usable: HODEI_DB_RESOURCE_ARN is not set",
  );
});
