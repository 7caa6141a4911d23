import { beforeEach, describe, expect, it } from "vitest";
import type { LogPageBody } from "#core/domain/spec/api.ts";
import { bodyOf, createTestApp, expectProblem } from "./test-app.ts";

let test: ReturnType<typeof createTestApp>;
let id: string;
beforeEach(async () => {
  test = createTestApp();
  id = await test.submit();
});

const request = (query = "") => test.app.request(`/v1/runs/${id}/logs${query}`);
const page = async (query = "") => bodyOf<LogPageBody>(await request(query));

describe("a page of logs", () => {
  it("has the pieces in order, and where to read on", async () => {
    test.plane.write(id, "out\n");
    test.plane.write(id, "err\n", { stream: "stderr" });
    test.plane.write(id, "again\n", { attempt: 2 });
    const all = await page();
    expect(all).toEqual({
      pieces: [
        { attempt: 1, seq: 1, stream: "stdout", at: "2026-01-02T03:04:05.000Z", text: "out\n" },
        { attempt: 1, seq: 2, stream: "stderr", at: "2026-01-02T03:04:05.000Z", text: "err\n" },
        { attempt: 2, seq: 1, stream: "stdout", at: "2026-01-02T03:04:05.000Z", text: "again\n" },
      ],
      next: "2.1",
      complete: false,
    });
    expect((await page("?cursor=1.1")).pieces).toEqual(all.pieces.slice(1));
    test.plane.finish(id, "Succeeded");
    expect(await page("?cursor=2.1")).toEqual({ pieces: [], next: "2.1", complete: true });
  });

  it("has the bytes themselves where text could not hold them", async () => {
    const bytes = Uint8Array.of(0x61, 0xff, 0x0a);
    test.plane.write(id, bytes);
    test.plane.write(id, "\ufeffé\0\n");
    const [binary, text] = (await page()).pieces;
    expect(binary).toMatchObject({
      text: "a\ufffd\n",
      data: Buffer.from(bytes).toString("base64"),
    });
    expect(text?.text).toBe("\ufeffé\0\n");
    expect(text).not.toHaveProperty("data");
  });

  it("tells of dropped output", async () => {
    const truncated = { droppedBytes: 10, droppedLines: 2 };
    test.plane.write(id, "", { truncated });
    expect((await page()).pieces[0]).toMatchObject({ text: "", truncated });
    expect(await (await request("?format=text")).text()).toContain("10 bytes (2 lines)");
  });

  it("is cut when it has very many pieces, and goes on behind the cut", async () => {
    for (let n = 0; n < 5000; n++) test.plane.write(id, "x");
    test.plane.finish(id, "Succeeded");
    const first = await page();
    expect(first.complete).toBe(false);
    const second = await page(`?cursor=${first.next}`);
    expect(second.complete).toBe(true);
    expect(first.pieces.length + second.pieces.length).toBe(5000);
    expect(second.pieces[0]?.seq).toBe(first.pieces.length + 1);
  });

  it("as text is the very bytes", async () => {
    test.plane.write(id, Uint8Array.of(0xff, 0xfe));
    test.plane.write(id, "line\n", { stream: "stderr" });
    const response = await request("?format=text");
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(
      Uint8Array.of(0xff, 0xfe, ...Buffer.from("line\n")),
    );
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(response.headers.get("hodei-next-cursor")).toBe("1.2");
    expect(response.headers.get("hodei-complete")).toBe("false");
  });

  it.each([
    "cursor=1",
    "cursor=1.2.3",
    "cursor=-1.0",
    "cursor=1.99999999999999999999",
    "wait=21",
    "wait=0.5",
    "format=xml",
    "follow=maybe",
    "wait=1&wait=2",
  ])("refuses ?%s", async (query) => {
    await expectProblem(await request(`?${query}`), 400, "InvalidRequest");
  });
});

describe("waiting for logs", () => {
  it("ends as soon as there is something new", async () => {
    test.during.push(
      () => {},
      () => test.plane.write(id, "hello\n"),
    );
    const { pieces } = await page("?wait=20");
    expect(pieces).toMatchObject([{ text: "hello\n" }]);
    expect(test.elapsedMs()).toBe(1000);
  });

  it("ends as soon as nothing can come any more", async () => {
    test.during.push(() => test.plane.finish(id, "Failed"));
    expect(await page("?wait=20")).toEqual({ pieces: [], next: "0.0", complete: true });
    expect(test.elapsedMs()).toBe(500);
  });

  it("ends empty when the time is over", async () => {
    expect(await page("?wait=3&cursor=1.7")).toEqual({ pieces: [], next: "1.7", complete: false });
    expect(test.elapsedMs()).toBe(3000);
  });

  it("does not wait unless asked to", async () => {
    await page();
    expect(test.elapsedMs()).toBe(0);
  });

  it("ends when nobody waits for the answer any more", async () => {
    const caller = new AbortController();
    test.during.push(() => caller.abort());
    await test.app.request(`/v1/runs/${id}/logs?wait=20`, { signal: caller.signal });
    expect(test.elapsedMs()).toBe(500);
  });
});

describe("a gap", () => {
  const lost = { attempt: 1, from: 2, to: 4, reason: "lost" } as const;
  const unknown = { attempt: 1, from: 5, to: null, reason: "unknown-end" } as const;

  it("is a mark in its place, in every form", async () => {
    test.plane.write(id, "a\n");
    test.plane.write(id, "", { gap: lost });
    test.plane.write(id, "", { gap: unknown });
    test.plane.finish(id, "Failed");
    const { pieces } = await page();
    expect(pieces.map(({ gap }) => gap)).toEqual([
      undefined,
      { from: 2, to: 4, reason: "lost" },
      { from: 5, to: null, reason: "unknown-end" },
    ]);
    const text = await (await request("?format=text")).text();
    expect(text).toContain("[hodei] pieces 2 to 4 of attempt 1 are missing");
    const headers = { accept: "text/event-stream" };
    const events = await test.app.request(`/v1/runs/${id}/logs?follow=1`, { headers });
    const ids = (await events.text()).split("\n").filter((line) => line.startsWith("id: "));
    expect(ids).toEqual(["id: 1.1", "id: 1.4", "id: 2.0"]);
  });
});

describe("the verdict on output", () => {
  it("has a word and the gaps of each attempt", async () => {
    test.plane.addAttempt(id, { startedAt: 1, endedAt: 2, logLastSeq: 3 });
    test.plane.write(id, "a\n");
    test.plane.finish(id, "Succeeded");
    const response = await test.app.request(`/v1/runs/${id}/logs/verify`);
    expect(await response.json()).toEqual({
      ...{ complete: false, final: true },
      attempts: [
        {
          ...{ attempt: 1, state: "gaps", complete: false, pieces: 1, bytes: 2, lastSeq: 1 },
          ...{ expectedLastSeq: 3, truncated: null, moreGaps: 0 },
          gaps: [{ from: 2, to: 3, reason: "lost" }],
        },
      ],
    });
  });

  it("is refused of a run that does not exist", async () => {
    const nobody = "0198f00d-ffff-7def-8000-0123456789ab";
    const response = await test.app.request(`/v1/runs/${nobody}/logs/verify`);
    await expectProblem(response, 404, "RunNotFound");
  });
});
