import { randomUUID } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import { sha256Hex } from "#adapters/tokens/hmac-tokens.ts";
import { mintApiKey } from "#adapters/tokens/mint-api-key.ts";
import { keyOperations } from "#core/application/manage-keys.ts";
import type { Scope } from "#core/domain/access/scope.ts";
import { DESCRIPTOR_SET } from "#proto/descriptor-set.ts";
import {
  AssignJobRequest,
  JobDefinition,
  QueueJobRequest,
  QueueJobResponse,
} from "#proto/hodei.ts";
import { OTHER_DOORS, RPC_SCOPES } from "../../../gateway/rpc-scopes.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";

const bytes = (value: Buffer): Buffer => value;
const NOTHING = Buffer.alloc(0);

interface Answered {
  readonly code: string;
  readonly details: string;
  readonly answer: Buffer;
}

/** Calls any RPC with raw bytes, so that the test needs to know no message. */
function caller({ port }: Pick<GatewayFixture, "port">) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  return (path: string, key?: string, request: Buffer = NOTHING): Promise<Answered> => {
    const metadata = new Metadata();
    if (key !== undefined) metadata.set("authorization", `Bearer ${key}`);
    return new Promise((resolve) => {
      const done = (error: ServiceError | null, answer: Buffer = NOTHING) =>
        resolve({
          code: status[error?.code ?? status.OK] ?? "",
          details: error?.details ?? "",
          answer,
        });
      client.makeUnaryRequest(path, bytes, bytes, request, metadata, done);
    });
  };
}

/** A gateway that lets nobody in without a key, and how its keys are made. */
async function startClosed() {
  const gateway = await startGateway({ anonymous: null });
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const operations = keyOperations({
    keys: gateway.keys,
    mint: mintApiKey,
    digest: sha256Hex,
    log,
  });
  const make = async (scope: Scope, lifetimeSeconds: number | null = null) => {
    const { text } = await operations.create(
      { name: `for ${scope}`, scope, lifetimeSeconds },
      null,
    );
    return text;
  };
  return { gateway, operations, make, call: caller(gateway) };
}

/** Streams that an empty message opens for good. */
const ENDLESS = ["/hodei.MetricsService/StreamMetrics"];
const idOf = (key: string): string => key.split("_")[1] ?? "";

interface Rpc {
  readonly service: string;
  readonly path: string;
}
/** Every RPC of the contract, of services with a door of their own or not. */
const { file: files } = fromBinary(FileDescriptorSetSchema, Buffer.from(DESCRIPTOR_SET, "base64"));
const contract: readonly Rpc[] = files.flatMap(({ package: name, service: services }) =>
  services.flatMap(({ name: short, method: methods }) => {
    const service = `${name}.${short}`;
    return methods.map((method) => ({ service, path: `/${service}/${method.name}` }));
  }),
);
const others: readonly string[] = OTHER_DOORS;
const forClients = contract.filter(({ service }) => !others.includes(service));

test("the table of scopes knows every RPC that is served to clients, and no other", async () => {
  const { call } = await startClosed();
  expect(forClients.length).toBeGreaterThanOrEqual(Object.keys(RPC_SCOPES).length);
  for (const { path } of forClients) {
    const { code } = await call(path);
    const expected = path in RPC_SCOPES ? "UNAUTHENTICATED" : "UNIMPLEMENTED";
    expect([path, code]).toEqual([path, expected]);
  }
  const paths = forClients.map(({ path }) => path);
  expect(Object.keys(RPC_SCOPES).filter((path) => !paths.includes(path))).toEqual([]);
});

test("each RPC is refused without a good key, in the same words, and with too small a scope", async () => {
  const { gateway, operations, make, call } = await startClosed();
  const [revoked, expired, admin] = [
    await make("admin"),
    await make("admin", 60),
    await make("admin"),
  ];
  await operations.revoke(idOf(revoked), null);
  await gateway.query(
    "update hodei.api_key set created_at = created_at - interval '1 day' where id = $1",
    [idOf(expired)],
  );
  await gateway.query("alter table hodei.api_key disable trigger guard_api_key");
  await gateway.query(
    "update hodei.api_key set expires_at = now() - interval '1 second' where id = $1",
    [idOf(expired)],
  );
  const bad = {
    ...{
      none: undefined,
      malformed: "s3cr3t",
      unknown: `hodei_${"0".repeat(16)}_${"0".repeat(64)}`,
    },
    ...{ wrong: `${admin.slice(0, -1)}${admin.endsWith("0") ? "1" : "0"}`, revoked, expired },
  };
  const read = await make("read");
  for (const [path, scope] of Object.entries(RPC_SCOPES)) {
    for (const [name, key] of Object.entries(bad)) {
      const { code, details } = await call(path, key);
      expect([path, name, code, details]).toEqual([
        ...[path, name, "UNAUTHENTICATED", "this needs a valid API key"],
      ]);
    }
    if (scope !== "read") {
      const small = await call(path, read);
      expect([path, small.code, small.details]).toEqual([
        ...[path, "PERMISSION_DENIED", "this API key does not allow this"],
      ]);
    }
    if (ENDLESS.includes(path)) continue; // let in, it would go on
    const { code } = await call(path, admin);
    expect([path, ["OK", "INVALID_ARGUMENT"].includes(code)]).toEqual([path, true]);
  }
  const log = gateway.logLines.join("\n");
  for (const key of [revoked, expired, admin, read, bad.wrong])
    expect(log).not.toContain(key.split("_")[2]);
  for (const cause of ["no-key", "malformed", "unknown", "wrong-secret", "revoked", "expired"])
    expect(log).toContain(`"cause":"${cause}"`);
});

test("a key that submits cannot say by hand what became of a run, an admin's can", async () => {
  const { gateway, make, call } = await startClosed();
  const [submit, admin] = [await make("submit"), await make("admin")];
  const runId = await gateway.submit();
  const [jobId, workerId] = [{ value: runId }, { value: randomUUID() }];
  const request = Buffer.from(
    AssignJobRequest.encode(AssignJobRequest.fromPartial({ jobId, workerId })).finish(),
  );
  const assign = (key: string) => call("/hodei.JobExecutionService/AssignJob", key, request);
  expect((await assign(submit)).code).toBe("PERMISSION_DENIED");
  for (const method of ["StartJob", "UpdateProgress", "CompleteJob", "FailJob"]) {
    const { code } = await call(`/hodei.JobExecutionService/${method}`, submit);
    expect([method, code]).toEqual([method, "PERMISSION_DENIED"]);
  }
  expect(await gateway.run(runId)).toMatchObject({ phase: "Pending", attempts: 0 });
  expect((await assign(admin)).code).toBe("OK");
});

test("a request that cannot be read is the caller's fault, and says nothing before the key is good", async () => {
  const { make, call } = await startClosed();
  const key = await make("submit");
  const path = "/hodei.JobExecutionService/QueueJob";
  const requirements = { memoryBytes: 2 ** 60 };
  const jobDefinition = JobDefinition.fromPartial({ name: "a", command: "true", requirements });
  const tooLarge = Buffer.from(QueueJobRequest.encode({ jobDefinition, queuedBy: "" }).finish());
  const cut = tooLarge.subarray(0, -3);
  for (const request of [tooLarge, cut]) {
    expect((await call(path, undefined, request)).code).toBe("UNAUTHENTICATED");
    const { code, details } = await call(path, key, request);
    expect([code, details]).toEqual([
      "INVALID_ARGUMENT",
      expect.stringMatching(/cannot be read: (a whole number|its bytes)/),
    ]);
  }
});

test("who submits is who the key says; queued_by counts where nobody is asked", async () => {
  const { gateway, make, call } = await startClosed();
  const key = await make("submit");
  const request = Buffer.from(
    QueueJobRequest.encode({
      jobDefinition: JobDefinition.fromPartial({ name: "a", command: "true" }),
      queuedBy: "mallory",
    }).finish(),
  );
  const { code, answer } = await call("/hodei.JobExecutionService/QueueJob", key, request);
  expect(code).toBe("OK");
  const { jobId } = QueueJobResponse.decode(answer);
  expect(await gateway.run(jobId?.value ?? "")).toMatchObject({
    submittedBy: `for submit (${idOf(key)})`,
  });
  const uses = await gateway.query("select last_used_at from hodei.api_key where id = $1", [
    idOf(key),
  ]);
  expect(uses[0]?.last_used_at).not.toBeNull();
});

test("workers and load balancers need no key, and an API key makes nobody a worker", async () => {
  const { gateway, make, call } = await startClosed();
  expect((await call("/grpc.health.v1.Health/Check")).code).toBe("OK");
  const worker = await gateway.readyWorker();
  expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Ready" });
  const admin = await make("admin");
  for (const method of ["Register", "UnregisterWorker"]) {
    const { code } = await call(`/hodei.WorkerAgentService/${method}`, admin);
    expect([method, ["UNAUTHENTICATED", "INVALID_ARGUMENT"].includes(code)]).toEqual([
      method,
      true,
    ]);
  }
  for (const method of ["WorkerStream", "StreamLogs"])
    expect(await streamStatus(gateway, method, admin)).toBe("UNAUTHENTICATED");
});

function streamStatus({ port }: GatewayFixture, method: string, key: string): Promise<string> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${key}`);
  const path = `/hodei.WorkerAgentService/${method}`;
  const stream = client.makeBidiStreamRequest(path, bytes, bytes, metadata);
  return new Promise((resolve) => {
    stream.on("error", (error: ServiceError) => resolve(status[error.code] ?? ""));
    stream.on("end", () => resolve("OK"));
    stream.resume();
  });
}
