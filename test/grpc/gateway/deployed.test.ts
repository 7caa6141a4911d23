import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { credentials, Metadata } from "@grpc/grpc-js";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { createControlStore } from "#adapters/store/control-store.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import {
  ListTemplatesRequest,
  TemplateManagementServiceClient,
} from "#proto/hodei/job/templates.ts";
import { launchWorkers } from "../../../bench/hodei/launched-workers.ts";
import { makeAuthority } from "../../support/certificates.ts";
import { createDatabase } from "../../support/database.ts";
import { startGatewayProcess } from "../../support/gateway-process.ts";
import { serveFetch } from "../../support/http-server.ts";
import { until } from "../../support/until.ts";
import { WorkerProcess } from "../worker/worker-process.ts";

const NAMESPACE = "Hodei/test";
const EVERYTHING = ListTemplatesRequest.decode(new Uint8Array());

test("with certificate, key and authority in their environments, worker and gateway meet over TLS", async () => {
  const stage = await makeStage();
  const authority = makeAuthority();
  const gateway = await stage.gateway({
    ...identity(authority),
    HODEI_METRICS_NAMESPACE: NAMESPACE,
  });
  const worker = await stage.worker(`https://localhost:${gateway.port}`, {
    HODEI_CA_CERT: authority.certificate,
  });
  await until("it is attached", async () => (await stage.attached()) === 1);
  worker.signal("SIGTERM");
  expect(await worker.exited).toBe(0);
  gateway.child.kill("SIGTERM");
  expect((await gateway.exited)[0]).toBe(0);
  expect(gateway.stdout()).not.toContain("PRIVATE KEY");
  const metrics = gateway
    .stdout()
    .split("\n")
    .filter((line) => line.includes("CloudWatchMetrics"))
    .map((line) => JSON.parse(line));
  expect(metrics.map(({ service }) => service)).toEqual(expect.arrayContaining(["gateway", "all"]));
  const everywhere = metrics.find(({ service }) => service === "all");
  expect(everywhere).toMatchObject({ streams_open: expect.any(Number) });
  expect(everywhere._aws.CloudWatchMetrics[0].Namespace).toBe(NAMESPACE);
});

test("a worker that trusts another authority does not show its token, and says why", async () => {
  const stage = await makeStage();
  const gateway = await stage.gateway(identity(makeAuthority()));
  const worker = await stage.worker(`https://localhost:${gateway.port}`, {
    HODEI_CA_CERT: makeAuthority("another authority").certificate,
  });
  await until("it failed", () => worker.log.includes("registration failed"));
  expect(worker.log).toMatch(/certificate|issuer/);
  expect(await stage.attached()).toBe(0);
});

test("a worker does not take a gateway of another name", async () => {
  const stage = await makeStage();
  const authority = makeAuthority();
  const gateway = await stage.gateway(identity(authority, "gateway.elsewhere"));
  const worker = await stage.worker(`https://localhost:${gateway.port}`, {
    HODEI_CA_CERT: authority.certificate,
  });
  await until("it failed", () => worker.log.includes("registration failed"));
  expect(worker.log).toMatch(/altnames/);
});

test("on SIGTERM health turns at once, and a call in flight is answered before the process ends", async () => {
  const stage = await makeStage();
  const gateway = await stage.gateway({ HODEI_STAGE: "local", HODEI_ANONYMOUS: "read" });
  const templates = new TemplateManagementServiceClient(
    `127.0.0.1:${gateway.port}`,
    credentials.createInsecure(),
  );
  onTestFinished(() => templates.close());
  const holder = await stage.connect();
  await holder.query("begin; lock table hodei.job_template in access exclusive mode");
  const answered = new Promise<string>((resolve) => {
    templates.listTemplates(EVERYTHING, (error) => resolve(error?.message ?? "answered"));
  });
  await until("the call waits for the table", async () => {
    const { rows } = await holder.query(
      "select 1 from pg_locks where not granted and relation = 'hodei.job_template'::regclass",
    );
    return rows.length > 0;
  });
  gateway.child.kill("SIGTERM");
  await until("health turned", async () => (await health(gateway.metricsPort)) === 503);
  await until("what is new is refused", async () => (await probe(gateway.port)) !== "answered");
  await holder.query("rollback");
  expect(await answered).toBe("answered");
  expect((await gateway.exited)[0]).toBe(0);
});

test("the health check of the image asks the process, with nothing but Node", async () => {
  const stage = await makeStage();
  const gateway = await stage.gateway();
  const port = String(gateway.metricsPort);
  expect(await healthCheck(port)).toBe(0);
  gateway.child.kill("SIGKILL");
  await gateway.exited;
  expect(await healthCheck(port)).toBe(1);
});

function identity(authority: ReturnType<typeof makeAuthority>, name = "localhost") {
  const { certificate, key } = authority.issue(name);
  return { HODEI_TLS_CERT: certificate, HODEI_TLS_KEY: key };
}

const health = async (port: number) => (await fetch(`http://127.0.0.1:${port}/healthz`)).status;

/** A call of a newcomer, on a connection of its own. */
function probe(port: number): Promise<string> {
  const options = { "grpc.use_local_subchannel_pool": 1 };
  const address = `127.0.0.1:${port}`;
  const client = new TemplateManagementServiceClient(
    address,
    credentials.createInsecure(),
    options,
  );
  return new Promise<string>((resolve) => {
    const deadline = Date.now() + 200;
    client.listTemplates(EVERYTHING, new Metadata(), { deadline }, (error) =>
      resolve(error === null ? "answered" : String(error.code)),
    );
  }).finally(() => client.close());
}

/** The command that the Dockerfile gives Docker, run as Docker would. */
async function healthCheck(port: string): Promise<number> {
  const dockerfile = readFileSync(new URL("../../../gateway/Dockerfile", import.meta.url), "utf8");
  const [, words = "[]"] = /^HEALTHCHECK [^[]*CMD (\[.*\])$/m.exec(dockerfile) ?? [];
  const [program, ...args] = JSON.parse(words) as [string, ...string[]];
  expect(program).toBe("node");
  return promisify(execFile)(process.execPath, args, { env: { HODEI_METRICS_PORT: port } }).then(
    () => 0,
    (error) => error.code,
  );
}

/** A database and a queue, for gateways and workers as real processes. */
async function makeStage() {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const queue = await serveFetch(() => new Response("{}", { status: 400 }));
  onTestFinished(() => queue.close());
  const sql = createPgClient({ url: database.url, poolSize: 2, applicationName: "test" });
  onTestFinished(() => sql.close());
  const connect = async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    onTestFinished(() => client.end());
    return client;
  };
  return {
    connect,
    gateway: (env: Record<string, string> = {}) =>
      startGatewayProcess({ databaseUrl: database.url, queueUrl: queue.url, env }),
    worker: async (address: string, env: Record<string, string>) => {
      const [launched] = await launchWorkers(createControlStore(sql), 1);
      const worker = new WorkerProcess(address, {
        HODEI_WORKER_ID: launched?.workerId ?? "",
        HODEI_OTP_TOKEN: launched?.token ?? "",
        ...env,
      });
      onTestFinished(() => worker.destroy());
      return worker;
    },
    attached: async (): Promise<number> => {
      const client = await connect();
      const { rows } = await client.query(
        "select 1 from hodei.worker where phase = 'Ready' and gateway_id is not null",
      );
      return rows.length;
    },
  };
}
