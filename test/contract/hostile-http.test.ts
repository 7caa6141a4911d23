import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ERROR_CODES } from "#core/domain/errors.ts";
import type { ProblemBody, RunBody } from "#core/domain/spec/api.ts";
import { startDataApi } from "#local/emulators/data-api/start-data-api.ts";
import { startApiGateway } from "#local/functions-host/api-gateway.ts";
import { keptApiKey } from "#local/kept-api-key.ts";
import { LOCAL_PROFILES } from "#local/options.ts";
import { composeApi } from "../../functions/compose.ts";
import { createApp } from "../../functions/http/app.ts";
import { createHandler } from "../../functions/http/lambda.ts";
import { apiDocument, complaints, type Operation } from "../support/api-contract.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { fuzzed, fuzzTimeout, oddNumbers, oddTexts } from "../support/fuzz.ts";
import { valuesOf } from "../support/schema-arbitrary.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const ANSWER_WITHIN_MS = 5_000;

let database: TestDatabase;
let dataApi: Awaited<ReturnType<typeof startDataApi>>;
let front: Awaited<ReturnType<typeof startApiGateway>>;
let app: ReturnType<typeof createApp>;
let admin: pg.Client;
let authorization: string;
let runId: string;

beforeAll(async () => {
  database = await createDatabase();
  dataApi = await startDataApi({ databaseUrl: database.url });
  const variables = {
    ...{ AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "none", AWS_SECRET_ACCESS_KEY: "none" },
    AWS_ENDPOINT_URL_RDS_DATA: dataApi.url,
    HODEI_DB_RESOURCE_ARN: dataApi.resourceArn,
    HODEI_DB_SECRET_ARN: dataApi.secretArn,
    HODEI_DB_NAME: dataApi.database,
    HODEI_WAKE_QUEUE_URL: "http://127.0.0.1:9/wake",
    AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:9",
    HODEI_PROFILES: JSON.stringify(LOCAL_PROFILES),
    HODEI_LOG_LEVEL: "silent",
    POWERTOOLS_METRICS_DISABLED: "true",
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  let nowMs = 0;
  const clock = {
    now: () => nowMs,
    pause: async (ms: number) => {
      nowMs += ms + 1; // only waiting moves it: a watch is over at once
    },
  };
  app = createApp({ ...composeApi(), ...clock });
  front = await startApiGateway(createHandler(app), 0, silent);
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  const directory = mkdtempSync(join(tmpdir(), "hodei-hostile-"));
  const key = await keptApiKey(join(directory, "key"), database.url, silent);
  rmSync(directory, { recursive: true });
  authorization = `Bearer ${key}`;
  runId = ((await (await post("/v1/runs", { command: ["true"] })).json()) as RunBody).id;
  await post("/v1/templates", { name: "report", spec: { command: ["true"] } });
});

afterAll(async () => {
  await front.close();
  await dataApi.close();
  await admin.end();
  await database.drop();
  vi.unstubAllEnvs();
});

const post = (path: string, body: unknown) =>
  app.request(path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization },
    body: JSON.stringify(body),
  });

/** Everything that a caller can change. */
async function everything(): Promise<unknown> {
  const tables = [
    "run",
    "attempt",
    "run_event",
    "job_template",
    "job_template_version",
    "provider",
  ];
  const parts = [...tables, "run_secret", "audit_event", "worker", "control"].map(
    (name) =>
      `(select jsonb_agg(to_jsonb(x) order by to_jsonb(x)::text) from hodei.${name} x) as ${name}`,
  );
  const keys =
    "(select jsonb_agg(to_jsonb(k) - 'last_used_at' order by k.id) from hodei.api_key k) as keys";
  return (await admin.query(`select ${[...parts, keys].join(", ")}`)).rows[0];
}

const operations = Object.entries(apiDocument.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
);

type Described = (typeof operations)[number];

interface Hostile {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  readonly described: Described;
}

const either = <T>(good: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, weight = 3): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: good }, { weight: 1, arbitrary: odd });

/** A text that stands in a URL: encoded well, or hardly. */
const urlTexts = oddTexts
  .map((text) => text.slice(0, 3_000).toWellFormed())
  .map((text) => encodeURIComponent(text));
const badEscapes = fc.constantFrom(
  "%",
  "%zz",
  "%ff%fe",
  "%c0%80",
  "a%2Fb",
  "..%2f..",
  "%00",
  ";",
  "+",
);

function targets({ path, operation }: Described): fc.Arbitrary<string> {
  const filled = path
    .split(/(\{\w+\})/)
    .map((part) =>
      part.startsWith("{")
        ? either(fc.constantFrom(runId, "report", "ecs", "1"), fc.oneof(urlTexts, badEscapes))
        : fc.constant(part),
    );
  const known = operation.parameters.filter((one) => one.in === "query").map(({ name }) => name);
  const names = either(fc.constantFrom(...known, "limit"), fc.oneof(urlTexts, badEscapes), 6);
  const values = fc.oneof(
    urlTexts,
    badEscapes,
    oddNumbers.map(String),
    fc.constantFrom("1", "true", "10"),
  );
  const query = fc
    .array(fc.tuple(names, values), { maxLength: 4 })
    .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join("&"));
  return fc
    .tuple(fc.tuple(...filled), either(fc.constant(""), query, 1))
    .map(([parts, text]) => parts.join("") + (text === "" ? "" : `?${text}`));
}

const headerTexts = oddTexts.filter((text) => /^[\x21-\x7e]{1,300}$/.test(text));

const headerSets = fc
  .dictionary(
    fc.constantFrom(
      ...["content-type", "accept", "idempotency-key", "if-match", "last-event-id"],
      ...["content-encoding", "authorization", "x-noise", "cookie", "range", "if-none-match"],
    ),
    fc.oneof(
      headerTexts,
      fc.constantFrom(
        ...["text/event-stream", "application/json; charset=latin1", "text/html", "gzip", "*"],
        ...['"1"', '"0"', '"99999999999999999999"', "W/x", "Bearer ", "Basic eDp5", "bytes=0-"],
      ),
    ),
    { maxKeys: 2 },
  )
  .filter((headers) => Object.keys(headers).length > 0);

/** The same text with something that JSON, or its reader, does not bear. */
const broken = (text: string): fc.Arbitrary<Buffer> =>
  fc.oneof(
    fc.nat(text.length).map((to) => Buffer.from(text.slice(0, to))),
    fc
      .constantFrom(
        ...[
          "NaN",
          "Infinity",
          "-",
          "1e999",
          "01",
          "'x'",
          "{a:1}",
          "[1,]",
          '{"a":1,"a":2}',
          "//x\n{}",
        ],
        ...['"\\ud800"', '"\\u0000"', '{"__proto__":{"x":1}}', '{"constructor":{"prototype":{}}}'],
        ...["[".repeat(50_000), `${"[".repeat(9_000)}${"]".repeat(9_000)}`, '{"a":'.repeat(20_000)],
        ...[`{"command":${"[".repeat(3_000)}"x"${"]".repeat(3_000)}}`, `"${"x".repeat(300_000)}"`],
        ...[`[${"1,".repeat(50_000)}1]`, `1${"0".repeat(5_000)}`],
      )
      .map((bad) => Buffer.from(bad)),
    fc.constant(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)])),
    fc.constant(Buffer.from(text, "utf16le")),
    fc.uint8Array({ minLength: 1, maxLength: 60 }).map(Buffer.from),
    fc.constant(Buffer.concat([Buffer.from(text), Buffer.from([0, 0xff])])),
  );

const oddValues: fc.Arbitrary<unknown> = fc.oneof(
  oddTexts,
  oddNumbers,
  fc.constantFrom(null, true, [], {}, [[]], [null], { __proto__x: 1 }),
  fc.dictionary(oddTexts, fc.oneof(oddTexts, fc.integer()), { maxKeys: 4 }),
  fc.array(oddTexts, { maxLength: 4 }),
);

/** The document with odd values in some of its places, and fields that nobody described. */
function altered(document: unknown, places: readonly number[], odd: readonly unknown[]): unknown {
  let count = 0;
  JSON.stringify(document, (_key, value) => {
    count += 1;
    return value;
  });
  let at = 0;
  const text = JSON.stringify(document, (_key, value) => {
    const place = places.findIndex((one) => one % count === at);
    at += 1;
    // A copy: one and the same within itself would have no end.
    return place === -1 ? value : structuredClone(odd[place]);
  });
  return text === undefined ? null : (JSON.parse(text) as unknown);
}

function bodies({ operation }: Described): fc.Arbitrary<Buffer | null> {
  const schema = operation.requestBody?.content["application/json"]?.schema;
  const good = schema === undefined ? fc.constant({}) : valuesOf(schema);
  const places = fc.array(fc.nat(), { minLength: 1, maxLength: 3 });
  const odd = fc.tuple(oddValues, oddValues, oddValues);
  const nearly = fc
    .tuple(good, places, odd)
    .map(([document, where, what]) => Buffer.from(JSON.stringify(altered(document, where, what))));
  const bad = good.chain((document) => broken(JSON.stringify(document)));
  return fc.oneof(
    { weight: 6, arbitrary: nearly },
    { weight: 3, arbitrary: bad },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}

const hostile: fc.Arbitrary<Hostile> = fc.constantFrom(...operations).chain((described) =>
  fc
    .record({
      target: fc.constant(null).chain(() => targets(described)),
      headers: either(fc.constant({}), headerSets),
      body: described.method === "get" ? fc.constant(null) : bodies(described),
      method: either(
        fc.constant(described.method.toUpperCase()),
        fc.constantFrom("PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"),
        9,
      ),
    })
    .map((parts) => ({ ...parts, described })),
);

const isRefusal = (status: number): boolean => status >= 400;
const isAllowed5xx = (operation: Operation, status: number): boolean =>
  status === 503 && "503" in operation.responses;

/** What every refusal must be. */
function expectProblem(text: string, what: string): void {
  const body = JSON.parse(text) as ProblemBody;
  expect(complaints({ $ref: "#/components/schemas/ProblemBody" }, body), what).toEqual([]);
  expect(ERROR_CODES, what).toContain(body.code);
  if (body.code === "InvalidSpec") expect(body.errors.length, what).toBeGreaterThan(0);
  for (const { path } of body.errors) expect(path.length, what).toBeLessThan(1_000);
  expect(text.length, what).toBeLessThan(100_000);
}

const shown = ({ method, target, body }: Hostile): string =>
  `${method} ${target.slice(0, 200)} ${body?.toString("latin1").slice(0, 300) ?? ""}`;

test(
  "every request is answered in time, never as our failure, and what is refused changes nothing",
  async () => {
    let before = await everything();
    await fc.assert(
      fc.asyncProperty(hostile, async (request) => {
        const { method, target, body, described } = request;
        const what = shown(request);
        const startedAt = performance.now();
        const hasBody = body !== null && !["GET", "HEAD", "TRACE"].includes(method);
        if (method === "TRACE") return; // `fetch` knows no such method
        const response = await app.request(`http://x${target}`, {
          method,
          headers: { "content-type": "application/json", authorization, ...request.headers },
          ...(hasBody && { body: new Uint8Array(body) }),
        });
        const text = await response.text();
        expect(performance.now() - startedAt, what).toBeLessThan(ANSWER_WITHIN_MS);
        const { status } = response;
        if (status >= 500)
          expect(isAllowed5xx(described.operation, status), what + text).toBe(true);
        const after = await everything();
        if (isRefusal(status)) {
          expect(response.headers.get("content-type"), what).toBe("application/problem+json");
          if (method !== "HEAD") expectProblem(text, what);
          expect(after, what).toEqual(before);
        }
        before = after;
      }),
      fuzzed(100),
    );
  },
  fuzzTimeout(60_000),
);

/** What a socket answers to these bytes until it says no more. */
async function answerTo(bytes: Buffer): Promise<string> {
  const socket = connect(front.port, "127.0.0.1");
  const heard: Buffer[] = [];
  socket.on("error", () => {});
  socket.on("data", (data) => heard.push(data));
  await once(socket, "connect");
  socket.end(bytes);
  const timer = setTimeout(() => socket.destroy(), ANSWER_WITHIN_MS);
  await once(socket, "close");
  clearTimeout(timer);
  return Buffer.concat(heard).toString("latin1");
}

test(
  "over sockets no bytes make the front of local mode fail, or stop it",
  async () => {
    const before = await everything();
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map(Buffer.from),
      hostile.map(({ method, target, headers, body }) => {
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
        const length = `content-length: ${body?.length ?? 0}`;
        const head = [`${method} ${target} HTTP/1.1`, "host: localhost", length, ...lines];
        const text = `${head.join("\r\n")}\r\nconnection: close\r\n\r\n`;
        return Buffer.concat([Buffer.from(text), body ?? Buffer.alloc(0)]);
      }),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.nat(), async (whole, at) => {
        const isCut = at % 4 === 0 && whole.length > 0;
        const heard = await answerTo(isCut ? whole.subarray(0, at % whole.length) : whole);
        expect(heard, whole.toString("latin1").slice(0, 300)).not.toMatch(/^HTTP\/1\.1 5/);
      }),
      fuzzed(40),
    );
    expect((await fetch(`http://127.0.0.1:${front.port}/healthz`)).status).toBe(200);
    expect(await everything()).toEqual(before); // none of these had a key
  },
  fuzzTimeout(60_000),
);
