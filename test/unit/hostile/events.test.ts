import type { APIGatewayProxyEventV2, EventBridgeEvent, SQSEvent } from "aws-lambda";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { ProblemBody } from "#core/domain/spec/api.ts";
import { createTaskHandler } from "../../../functions/consumers/ecs-task-changed.ts";
import { createWakeHandler } from "../../../functions/consumers/wake.ts";
import { createHandler } from "../../../functions/http/lambda.ts";
import { complaints } from "../../support/api-contract.ts";
import { fuzzed, fuzzTimeout, oddTexts } from "../../support/fuzz.ts";
import { createTestApp } from "../http/test-app.ts";

const WAKE = '{"kind":"wake","version":1}';

const anything = fc.oneof(
  oddTexts,
  fc.anything({ maxDepth: 2 }),
  fc.constantFrom(undefined, null, 0, "", [], {}),
);

/** Bodies of a queue that anybody may send to. */
const bodies = fc.oneof(
  { weight: 3, arbitrary: fc.constant(WAKE) },
  oddTexts,
  fc.json(),
  fc.constantFrom(
    ...["[".repeat(100_000), '{"kind":"wake","version":"1"}', '{"kind":["wake"],"version":1}'],
    ...['{"__proto__":{"kind":"wake","version":1}}', `${WAKE} `, `\ufeff${WAKE}`, `[${WAKE}]`],
  ),
);
const isWake = (body: unknown): boolean => body === WAKE || body === `${WAKE} `;

test(
  "bad messages of a batch are reported by their ids, the good ones are looked after, once",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(bodies, { maxLength: 10 }), async (some) => {
        const looks: number[] = [];
        const handler = createWakeHandler(async (strangers) => void looks.push(strangers));
        const records = some.map((body, n) => ({ messageId: `m${n}`, body }));
        const answer = await handler({ Records: records } as unknown as SQSEvent);
        const bad = records.filter(({ body }) => !isWake(body));
        expect(answer.batchItemFailures).toEqual(
          bad.map(({ messageId }) => ({ itemIdentifier: messageId })),
        );
        expect(looks).toEqual(bad.length < records.length ? [bad.length] : []);
      }),
      fuzzed(200),
    );
  },
  fuzzTimeout(20_000),
);

test("a batch that is none, and records that are none, make no exception", async () => {
  const handler = createWakeHandler(async () => {});
  const records = fc.array(
    fc.oneof(anything, fc.record({ messageId: anything, body: anything }, { requiredKeys: [] })),
    { maxLength: 5 },
  );
  const events = fc.oneof(anything, fc.record({ Records: fc.oneof(records, anything) }));
  await fc.assert(
    fc.asyncProperty(events, async (event) => {
      const { batchItemFailures } = await handler(event as SQSEvent);
      for (const { itemIdentifier } of batchItemFailures) expect(itemIdentifier).not.toBe("");
    }),
    fuzzed(200),
  );
});

test("an event of a task is a hint when it names a stopped task, and nothing else otherwise", async () => {
  const details = fc.record(
    {
      taskArn: fc.oneof(fc.constant("arn:aws:ecs:x:0:task/c/1"), anything),
      lastStatus: fc.oneof(fc.constantFrom("STOPPED", "RUNNING"), anything),
    },
    { requiredKeys: [] },
  );
  const events = fc.oneof(anything, fc.record({ detail: fc.oneof(details, anything) }));
  await fc.assert(
    fc.asyncProperty(events, async (event) => {
      const looks: unknown[] = [];
      const handler = createTaskHandler(async (arn) => void looks.push(arn));
      await handler(event as EventBridgeEvent<"ECS Task State Change", never>);
      const { detail } = (event ?? {}) as { detail?: { taskArn?: unknown; lastStatus?: unknown } };
      const names = detail?.lastStatus === "STOPPED" && typeof detail.taskArn === "string";
      expect(looks).toEqual(names ? [detail.taskArn] : []);
    }),
    fuzzed(200),
  );
});

const GOOD = {
  version: "2.0",
  routeKey: "$default",
  rawPath: "/v1/runs",
  rawQueryString: "",
  headers: { host: "api.example.com", "content-type": "application/json" },
  requestContext: {
    domainName: "api.example.com",
    requestId: "JKJaXmPLvHcESHA=",
    http: { method: "POST", path: "/v1/runs" },
  },
  body: '{"command":["true"]}',
  isBase64Encoded: false,
};

const methods = fc.oneof(
  fc.constantFrom("GET", "get", "HEAD", "POST", "TRACE", "CONNECT", "TRACK", "BREW", ""),
  anything,
);
const headers = fc.oneof(anything, fc.dictionary(oddTexts, fc.oneof(oddTexts, anything)));
const http = fc.oneof(anything, fc.record({ method: methods }));
const parts = fc.record(
  {
    version: anything,
    rawPath: fc.oneof(fc.constantFrom("/v1/runs", "/v1/x", "", "?", "//x", "/%ff"), anything),
    rawQueryString: fc.oneof(fc.constantFrom("limit=1", "%", "&&", "a=%00"), anything),
    headers,
    cookies: anything,
    requestContext: fc.oneof(
      http.map((http) => ({ ...GOOD.requestContext, http })),
      anything,
    ),
    body: anything,
    isBase64Encoded: anything,
  },
  { requiredKeys: [] },
);

test(
  "an API Gateway event with odd or missing fields is answered, refused as a problem, never thrown at",
  async () => {
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    await fc.assert(
      fc.asyncProperty(fc.oneof(parts, anything), async (odd) => {
        const handler = createHandler(createTestApp({ anonymous: "submit" }).app);
        const isMap = typeof odd === "object" && odd !== null && !Array.isArray(odd);
        const event = (isMap ? { ...GOOD, ...odd } : odd) as unknown as APIGatewayProxyEventV2;
        const result = await handler(event);
        const { statusCode = 0, body = "", isBase64Encoded } = result;
        expect(statusCode, body).toBeLessThan(500);
        expect(statusCode).toBeGreaterThanOrEqual(200);
        if (statusCode < 400) return;
        const text = isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
        const problem = text === "" ? null : (JSON.parse(text) as ProblemBody);
        if (problem)
          expect(complaints({ $ref: "#/components/schemas/ProblemBody" }, problem)).toEqual([]);
        expect(result.headers?.["content-type"]).toBe("application/problem+json");
      }),
      fuzzed(200),
    );
    expect(said).not.toHaveBeenCalled();
    said.mockRestore();
  },
  fuzzTimeout(20_000),
);
