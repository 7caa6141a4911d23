import { beforeEach, describe, expect, it } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { createHandler } from "../../../functions/http/lambda.ts";
import { runIdOf } from "../../support/fakes/fake-control-plane.ts";
import { createTestApp, expectProblem } from "./test-app.ts";

let test: ReturnType<typeof createTestApp>;
beforeEach(() => {
  test = createTestApp();
});

interface Message {
  readonly id?: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The messages of a body, as a browser's EventSource reads them. */
function messagesOf(text: string): Message[] {
  return text
    .split("\n\n")
    .filter((block) => block.includes("event: "))
    .map((block) => {
      const fields = block.split("\n").map((line) => line.split(/: (.*)/s));
      const of = (name: string) => fields.find(([field]) => field === name)?.[1];
      const id = of("id");
      return {
        ...(id !== undefined && { id }),
        event: of("event") ?? "",
        data: JSON.parse(of("data") ?? "null"),
      };
    });
}

const EVENTS = { accept: "text/event-stream" };
async function watch(path: string, headers: Record<string, string> = {}) {
  const response = await test.app.request(path, { headers: { ...EVENTS, ...headers } });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  expect(response.headers.get("cache-control")).toBe("no-store");
  const text = await response.text();
  return { text, messages: messagesOf(text) };
}
const seqs = (messages: readonly Message[]) =>
  messages.flatMap(({ event, id }) => (event === "event" ? Number(id) : []));

describe("GET /v1/runs/:id?watch=1", () => {
  it("tells every event with its number, then the run, until the end", async () => {
    const id = await test.submit();
    test.plane.addEvent(id, { type: "Submitted" });
    test.during.push(
      () => test.plane.addEvent(id, { type: "Assigned" }),
      () => {},
      () => {
        test.plane.addEvent(id, { type: "Finished" });
        test.plane.finish(id, "Succeeded");
      },
    );
    const { messages, text } = await watch(`/v1/runs/${id}?watch=1`);
    expect(text).toMatch(/^retry: \d+\n\n/);
    expect(messages.map(({ event, id: at }) => [event, at])).toEqual([
      ...[
        ["event", "1"],
        ["run", undefined],
        ["event", "2"],
        ["run", undefined],
      ],
      ...[
        ["event", "3"],
        ["run", undefined],
        ["end", undefined],
      ],
    ]);
    expect(messages[0]?.data).toMatchObject({ seq: 1, type: "Submitted" });
    expect(messages.at(-2)?.data).toMatchObject({ id, phase: "Succeeded" });
  });

  it("goes on where a connection ended, without a gap and without a repeat", async () => {
    const id = await test.submit();
    const seen: number[] = [];
    let last = "0";
    for (let round = 0; round < 4; round += 1) {
      test.plane.addEvent(id, { type: "Noted" });
      test.during.push(() => test.plane.addEvent(id, { type: "Noted" }));
      if (round === 3) test.plane.finish(id, "Succeeded");
      const { messages } = await watch(`/v1/runs/${id}?watch=1`, { "last-event-id": last });
      seen.push(...seqs(messages));
      last = messages.filter((one) => one.id !== undefined).at(-1)?.id ?? last;
      test.during.length = 0;
    }
    expect(seen).toEqual(Array.from({ length: 7 }, (_, at) => at + 1));
  });

  it("believes Last-Event-ID before since", async () => {
    const id = await test.submit();
    for (let n = 0; n < 4; n += 1) test.plane.addEvent(id, {});
    test.plane.finish(id, "Failed");
    const path = `/v1/runs/${id}?watch=true&since=1`;
    expect(seqs((await watch(path)).messages)).toEqual([2, 3, 4]);
    const again = await watch(path, { "last-event-id": "4" });
    expect(again.messages.map(({ event }) => event)).toEqual(["end"]);
  });

  it("ends the page of a long history only after its last event", async () => {
    const id = await test.submit();
    const count = limits.pageItemsMax + 3;
    for (let n = 0; n < count; n += 1) test.plane.addEvent(id, {});
    test.plane.finish(id, "Succeeded");
    const { messages } = await watch(`/v1/runs/${id}?watch=1`);
    expect(seqs(messages)).toEqual(Array.from({ length: count }, (_, at) => at + 1));
    expect(messages.at(-1)?.event).toBe("end");
    expect(test.elapsedMs()).toBe(0);
  });

  it("says that it lives while nothing happens, and ends in time for API Gateway", async () => {
    const id = await test.submit();
    const { text, messages } = await watch(`/v1/runs/${id}?watch=1`);
    expect(messages.map(({ event }) => event)).toEqual(["run"]);
    const beats = text.split(": still here").length - 1;
    expect(beats).toBeGreaterThanOrEqual(3);
    expect(test.elapsedMs()).toBe(limits.watchSeconds * 1000);
  });

  it("ends early when the store fails later, and is a problem when it fails at once", async () => {
    const id = await test.submit();
    test.during.push(() => test.plane.failWith(() => new Error("gone")));
    const { messages } = await watch(`/v1/runs/${id}?watch=1`);
    expect(messages.map(({ event }) => event)).toEqual(["run"]);
    expect(test.lines.some(({ msg }) => msg === "a watch ended early")).toBe(true);
    test.plane.failWith(null);
    const nobody = await test.app.request(`/v1/runs/${runIdOf(99)}?watch=1`);
    await expectProblem(nobody, 404, "RunNotFound");
  });

  it.each([
    ["watch=maybe", "watch"],
    ["since=1", "since"],
    ["watch=1&since=x", "since"],
  ])("refuses ?%s", async (query, path) => {
    const id = await test.submit();
    const response = await test.app.request(`/v1/runs/${id}?${query}`);
    const { errors } = await expectProblem(response, 400, "InvalidRequest");
    expect(errors.map((one) => one.path)).toEqual([path]);
  });
});

describe("GET /v1/runs?watch=1", () => {
  it("tells the page, and again when something in it changed", async () => {
    const id = await test.submit({ command: ["true"], labels: { team: "a" } });
    test.during.push(
      () => test.submit(), // has other labels
      () => test.plane.update(id, { phase: "Running" }),
    );
    const { messages } = await watch("/v1/runs?watch=1&label=team=a");
    expect(messages.map(({ data }) => data.runs)).toMatchObject([
      [{ id, phase: "Pending" }],
      [{ id, phase: "Running" }],
    ]);
    const [first, last] = messages;
    expect(first?.id).not.toBe(last?.id);
    const same = await watch("/v1/runs?watch=1&label=team=a", { "last-event-id": last?.id ?? "" });
    expect(same.messages).toEqual([]);
  });
});

describe("GET /v1/runs/:id/logs?follow=1 as events", () => {
  it("tells every piece once across reconnects, and the end", async () => {
    const id = await test.submit();
    const written: string[] = [];
    const write = (attempt: number) => {
      const line = `line ${written.length}\n`;
      written.push(line);
      test.plane.write(id, line, { attempt });
    };
    const read: string[] = [];
    let last = "";
    for (let round = 0; round < 5; round += 1) {
      write(round < 3 ? 1 : 2);
      test.during.push(() => write(round < 3 ? 1 : 2));
      if (round === 4) test.during.push(() => test.plane.finish(id, "Succeeded"));
      const { messages } = await watch(`/v1/runs/${id}/logs?follow=1`, { "last-event-id": last });
      const pieces = messages.filter(({ event }) => event === "log");
      read.push(...pieces.map(({ data }) => String(data.text)));
      last = pieces.at(-1)?.id ?? last;
      test.during.length = 0;
      if (round === 4) expect(messages.at(-1)?.event).toBe("end");
    }
    expect(read).toEqual(written);
    expect(last).toMatch(/^2\.\d+$/);
  });

  it("is a long poll for who does not accept events", async () => {
    const id = await test.submit();
    test.during.push(() => test.plane.write(id, "x"));
    const response = await test.app.request(`/v1/runs/${id}/logs?follow=1`);
    expect(await response.json()).toMatchObject({ pieces: [{ text: "x" }], next: "1.1" });
  });

  it("refuses a place that is none", async () => {
    const id = await test.submit();
    const headers = { ...EVENTS, "last-event-id": "x" };
    const response = await test.app.request(`/v1/runs/${id}/logs?follow=1`, { headers });
    await expectProblem(response, 400, "InvalidRequest");
  });
});

describe("behind API Gateway", () => {
  const ask = async (path: string, query: string, headers: Record<string, string> = {}) => {
    const handler = createHandler(test.app);
    const http = { method: "GET", path, protocol: "HTTP/1.1", sourceIp: "", userAgent: "" };
    const answer = await handler({
      ...{ version: "2.0", routeKey: "$default", rawPath: path, rawQueryString: query },
      ...{ headers: { host: "x", ...EVENTS, ...headers }, isBase64Encoded: false },
      requestContext: { requestId: "r", domainName: "x", http },
    } as never);
    return { ...answer, messages: messagesOf(String(answer.body)) };
  };

  it("an answer ends with the first events, and the next one goes on", async () => {
    const id = await test.submit();
    test.plane.addEvent(id, {});
    const first = await ask(`/v1/runs/${id}`, "watch=1");
    expect(first).toMatchObject({ statusCode: 200, isBase64Encoded: false });
    expect(seqs(first.messages)).toEqual([1]);
    expect(test.elapsedMs()).toBe(0);
    test.during.push(
      () => {},
      () => test.plane.addEvent(id, {}),
    );
    const next = await ask(`/v1/runs/${id}`, "watch=1", { "last-event-id": "1" });
    expect(seqs(next.messages)).toEqual([2]);
    expect(test.elapsedMs()).toBe(1000); // it waited for it, as a long poll
  });
});
