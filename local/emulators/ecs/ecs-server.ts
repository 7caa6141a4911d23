import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Cluster } from "./cluster.ts";
import { describeTasks } from "./describe-tasks.ts";
import { EcsError, serverFault, throttled } from "./ecs-error.ts";
import type { EcsRates } from "./ecs-options.ts";
import { listTasks } from "./list-tasks.ts";
import { runTask } from "./run-task.ts";
import { stopTask } from "./stop-task.ts";
import { TokenBucket } from "./token-bucket.ts";

const TARGET = "AmazonEC2ContainerServiceV20141113.";
const BODY_BYTES_MAX = 1024 * 1024;

type Buckets = Readonly<Record<keyof EcsRates, TokenBucket>>;
type Operation = (cluster: Cluster, body: object) => object | Promise<object>;

const OPERATIONS: Readonly<Record<string, { rate: keyof EcsRates; run: Operation }>> = {
  RunTask: { rate: "runTask", run: runTask },
  StopTask: { rate: "modify", run: stopTask },
  DescribeTasks: { rate: "read", run: describeTasks },
  ListTasks: { rate: "read", run: listTasks },
};

/**
 * AWS JSON 1.1: POST /, the operation in `x-amz-target`, errors as `{ "__type", "message" }`.
 * Of a signature only the key id is looked at.
 */
export function createEcsServer(cluster: Cluster): Server {
  const { rates, now } = cluster.settings;
  const buckets: Buckets = {
    runTask: new TokenBucket(rates.runTask, now),
    launch: cluster.launches,
    modify: new TokenBucket(rates.modify, now),
    read: new TokenBucket(rates.read, now),
  };
  return createServer((request, response) => {
    serve(cluster, buckets, request, response).catch((err: unknown) => {
      cluster.settings.log.error({ err }, "ECS request failed");
      response.destroy();
    });
  });
}

/** The key id stands in for a signature: it is as secret as the environment of those who sign. */
function refuseStranger({ settings }: Cluster, request: IncomingMessage): void {
  const { accessKeyId } = settings;
  const signed = (request.headers.authorization ?? "").includes(`Credential=${accessKeyId}/`);
  if (accessKeyId !== "" && !signed)
    throw new EcsError("UnrecognizedClientException", "The security token is invalid.");
}

async function serve(
  cluster: Cluster,
  buckets: Buckets,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = String(request.headers["x-amz-target"] ?? "").replace(TARGET, "");
  try {
    refuseStranger(cluster, request);
    const body = await readJson(request);
    const operation = OPERATIONS[name];
    if (!operation) throw new EcsError("UnknownOperationException", `no operation ${name}`);
    if (cluster.faults.take("throttle") || !buckets[operation.rate].take()) throw throttled();
    if (cluster.faults.take("serverError")) throw serverFault("Service Unavailable");
    const answer = await operation.run(cluster, body);
    if (name === "RunTask" && cluster.faults.take("loseAnswer")) request.socket.destroy();
    else send(response, 200, answer);
  } catch (error) {
    if (!(error instanceof EcsError)) cluster.settings.log.error({ err: error }, "ECS call failed");
    const known = error instanceof EcsError ? error : serverFault("Service Unavailable");
    const { type, message, fields } = known;
    send(response, known.status, { __type: type, message, ...fields });
  }
}

async function readJson(request: IncomingMessage): Promise<object> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new EcsError("ClientException", "Request too large.");
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}");
  } catch {
    throw new EcsError("SerializationException", "The body is not JSON.");
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    "content-type": "application/x-amz-json-1.1",
    "x-amzn-requestid": randomUUID(),
  });
  response.end(JSON.stringify(body));
}
