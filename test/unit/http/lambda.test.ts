import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { beforeEach, describe, expect, it } from "vitest";
import { createHandler, type HttpHandler } from "../../../functions/http/lambda.ts";
import { createTestApp } from "./test-app.ts";

let test: ReturnType<typeof createTestApp>;
let handler: HttpHandler;
beforeEach(() => {
  test = createTestApp();
  handler = createHandler(test.app);
});

const REQUEST_ID = "JKJaXmPLvHcESHA=";

/** What API Gateway sends for this request (payload 2.0): headers in lower case, no cookies. */
function eventOf(
  method: string,
  target: string,
  own: Partial<APIGatewayProxyEventV2> = {},
): APIGatewayProxyEventV2 {
  const [rawPath = "", rawQueryString = ""] = target.split("?");
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString,
    headers: { host: "api.example.com", "content-type": "application/json" },
    requestContext: {
      accountId: "123456789012",
      apiId: "api",
      domainName: "api.example.com",
      domainPrefix: "api",
      http: {
        method,
        path: rawPath,
        protocol: "HTTP/1.1",
        sourceIp: "192.0.2.1",
        userAgent: "test",
      },
      requestId: REQUEST_ID,
      routeKey: "$default",
      stage: "$default",
      time: "02/Jan/2026:03:04:05 +0000",
      timeEpoch: 1767323045000,
    } as APIGatewayProxyEventV2["requestContext"],
    isBase64Encoded: false,
    ...own,
  };
}

const body = JSON.stringify({ command: ["echo", "é"] });

describe("the Lambda handler", () => {
  it("takes a body as text and as base64", async () => {
    const plain = await handler(eventOf("POST", "/v1/runs", { body }));
    const encoded = { body: Buffer.from(body).toString("base64"), isBase64Encoded: true };
    const base64 = await handler(eventOf("POST", "/v1/runs", encoded));
    for (const result of [plain, base64]) {
      expect(result).toMatchObject({ statusCode: 201, isBase64Encoded: false });
      expect(JSON.parse(result.body ?? "").spec.command.argv).toEqual(["echo", "é"]);
      expect(result.headers?.location).toMatch(/^\/v1\/runs\//);
    }
  });

  it.each([
    ["megabytes", `${"QUJD".repeat(1_200_000)}QQ==`],
    ["no base64", `${"QUJD".repeat(1_200_000)}QQ=`],
  ])("refuses a body of %s by a problem, not by an exception", async (_what, large) => {
    const event = eventOf("POST", "/v1/runs", { body: large, isBase64Encoded: true });
    expect((await handler(event)).statusCode).toBeGreaterThanOrEqual(400);
    expect((await handler(event)).statusCode).toBeLessThan(500);
  });

  it("reads repeated query parameters", async () => {
    const running = await test.submit();
    test.plane.update(running, { phase: "Running" });
    const failed = await test.submit();
    test.plane.update(failed, { phase: "Failed" });
    await test.submit();
    const result = await handler(eventOf("GET", "/v1/runs?phase=Running&phase=Failed&limit=10"));
    const { runs } = JSON.parse(result.body ?? "");
    expect(runs.map(({ id }: { id: string }) => id)).toEqual([failed, running]);
  });

  it("refuses an empty idempotency key although the event's empty headers get lost", async () => {
    const headers = { host: "x", "content-type": "application/json", "idempotency-key": "" };
    const result = await handler(eventOf("POST", "/v1/runs", { body, headers }));
    expect(result.statusCode).toBe(400);
  });

  it("answers a GET that has a body, and a body that is not there", async () => {
    expect((await handler(eventOf("GET", "/v1/runs", { body: "{}" }))).statusCode).toBe(200);
    const empty = await handler(eventOf("POST", "/v1/runs"));
    expect(JSON.parse(empty.body ?? "")).toMatchObject({ code: "InvalidRequest", status: 400 });
  });

  it("carries the gateway's request id to the answer and the log", async () => {
    const result = await handler(eventOf("GET", "/nowhere"));
    expect(result.statusCode).toBe(404);
    expect(result.headers?.["content-type"]).toBe("application/problem+json");
    expect(result.headers?.["x-request-id"]).toBe(REQUEST_ID);
    expect(JSON.parse(result.body ?? "").instance).toBe(REQUEST_ID);
    expect(test.lines.at(-1)).toMatchObject({ requestId: REQUEST_ID, status: 404 });
  });

  it("knows who submits from the API key of the call", async () => {
    const authorization = `Bearer ${test.keys.add("submit", { name: "nightly" })}`;
    const headers = { host: "x", "content-type": "application/json", authorization };
    await handler(eventOf("POST", "/v1/runs", { body, headers }));
    await handler(eventOf("POST", "/v1/runs", { body }));
    expect(test.plane.submitters).toEqual(["nightly (0000000000000001)", null]);
  });

  it("does not harm the bytes of a log", async () => {
    const id = await test.submit();
    const bytes = Uint8Array.of(0, 0xff, 0xc3, 0x28, 0x0a);
    test.plane.write(id, bytes);
    const result = await handler(eventOf("GET", `/v1/runs/${id}/logs?format=text`));
    expect(result.isBase64Encoded).toBe(true);
    expect(new Uint8Array(Buffer.from(result.body ?? "", "base64"))).toEqual(bytes);
    const json = await handler(eventOf("GET", `/v1/runs/${id}/logs`));
    expect(json.isBase64Encoded).toBe(false);
  });
});
