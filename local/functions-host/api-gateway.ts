import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { limits } from "#core/domain/limits.ts";
import type { Log } from "#core/ports/log.ts";

type HttpHandler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/** The integration's own limit: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const INTEGRATION_TIMEOUT_MS = 30_000;
/** The front takes 10 MB; what the app refuses by its own limit must still reach it. */
const BODY_BYTES_MAX = limits.bulkRequestBytesMax * 2;

/** Plays an API Gateway HTTP API (payload format 2.0) on 127.0.0.1 in front of one handler. */
export async function startApiGateway(handler: HttpHandler, port: number, log: Log) {
  const server = createServer((request, response) => {
    answer(handler, request, response).catch((err) => {
      log.error({ err }, "the API handler failed");
      if (!response.headersSent) response.writeHead(502);
      response.end();
    });
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, "127.0.0.1", resolve);
  await promise;
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(handler: HttpHandler, request: IncomingMessage, response: ServerResponse) {
  if (!isLocal(request)) {
    response.writeHead(403, { connection: "close" }).end();
    return;
  }
  if (!isReadable(request.url)) {
    response.writeHead(400, { connection: "close" }).end();
    return;
  }
  const body = await readBody(request);
  if (body === null) {
    response.writeHead(413, { connection: "close" }).end();
    return;
  }
  const timeout = Promise.withResolvers<APIGatewayProxyStructuredResultV2>();
  const timer = setTimeout(() => timeout.resolve({ statusCode: 503 }), INTEGRATION_TIMEOUT_MS);
  const result = await Promise.race([handler(eventOf(request, body)), timeout.promise]);
  clearTimeout(timer);
  send(response, result, request.method === "HEAD");
}

const LOCAL_NAMES = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** A web page must not reach the API through a name it made point here, nor from another origin. */
function isLocal({ headers: { host = "", origin } }: IncomingMessage): boolean {
  const nameOf = (url: string) => (URL.canParse(url) ? new URL(url).hostname : "");
  return LOCAL_NAMES.has(nameOf(`http://${host}`)) && (!origin || LOCAL_NAMES.has(nameOf(origin)));
}

/** A target that is no URL, or whose path is not UTF-8 behind its percent signs, is the caller's fault. */
function isReadable(target = "/"): boolean {
  try {
    decodeURIComponent(new URL(target, "http://localhost").pathname);
    return true;
  } catch {
    return false;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > BODY_BYTES_MAX) return null;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
function eventOf(request: IncomingMessage, body: Buffer): APIGatewayProxyEventV2 {
  const url = new URL(request.url ?? "/", "http://localhost");
  const { cookie, ...headers } = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(",")]),
  );
  const text = isText(headers["content-type"]) ? body.toString("utf8") : null;
  const asText = text !== null && Buffer.from(text).equals(body);
  const now = new Date();
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: decodeURIComponent(url.pathname),
    rawQueryString: url.search.slice(1),
    ...(cookie && { cookies: cookie.split("; ") }),
    headers,
    ...(url.search.length > 1 && { queryStringParameters: queryOf(url) }),
    requestContext: {
      accountId: "000000000000",
      apiId: "local",
      domainName: headers.host ?? "localhost",
      domainPrefix: "local",
      http: {
        method: request.method ?? "GET",
        path: url.pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: asText ? (text ?? "") : body.toString("base64") }),
    isBase64Encoded: body.length > 0 && !asText,
  };
}

/** Values of a repeated parameter are joined by commas, as API Gateway does. */
function queryOf(url: URL): Record<string, string> {
  const names = [...new Set(url.searchParams.keys())];
  return Object.fromEntries(names.map((name) => [name, url.searchParams.getAll(name).join(",")]));
}

const isText = (contentType = ""): boolean =>
  /^(text\/|application\/(json|problem\+json|x-www))/.test(contentType);

function send(
  response: ServerResponse,
  {
    statusCode = 200,
    headers = {},
    cookies = [],
    body = "",
    isBase64Encoded = false,
  }: APIGatewayProxyStructuredResultV2,
  headOnly: boolean,
): void {
  const bytes = isBase64Encoded ? Buffer.from(body, "base64") : Buffer.from(body);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  if (cookies.length > 0) response.setHeader("set-cookie", cookies);
  if (!headOnly && statusCode !== 204) response.setHeader("content-length", bytes.length);
  response.writeHead(statusCode).end(headOnly ? undefined : bytes);
}
