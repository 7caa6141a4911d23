import { beforeEach, describe, expect, it } from "vitest";
import { limits } from "#core/domain/limits.ts";
import type { AuditCountsBody, AuditPageBody } from "#core/domain/spec/audit-api.ts";
import { EPOCH_MS } from "../../support/fakes/fake-control-plane.ts";
import { bodyOf, createTestApp, expectProblem } from "./test-app.ts";

let test: ReturnType<typeof createTestApp>;
let headers: Record<string, string>;
beforeEach(() => {
  test = createTestApp({ anonymous: null });
  headers = { authorization: `Bearer ${test.keys.add("admin")}` };
  const types = ["ApiKeyCreated", "RunSubmitted", "RunSubmitted"];
  for (const [index, type] of types.entries())
    test.audit.entries.unshift({
      ...{ id: String(index), at: EPOCH_MS + index * 1000, type, actor: `actor ${index}` },
      ...{ subject: `thing ${index}`, payload: { index } },
    });
});

const ask = (path: string) => test.app.request(`/v1/audit${path}`, { headers });
const idsOf = async (path: string) =>
  (await bodyOf<AuditPageBody>(ask(path))).events.map(({ id }) => id);

describe("GET /v1/audit", () => {
  it("shows who did what, the newest first", async () => {
    const body = await bodyOf<AuditPageBody>(ask("?limit=2"));
    expect(body).toMatchObject({ total: 3, hasMore: true, isCut: false });
    expect(body.events[0]).toEqual({
      ...{ id: "2", at: new Date(EPOCH_MS + 2000).toISOString(), type: "RunSubmitted" },
      ...{ actor: "actor 2", correlationId: "thing 2", payload: { index: 2 } },
    });
    const rest = await bodyOf<AuditPageBody>(ask("?limit=2&offset=2"));
    expect(rest).toMatchObject({ events: [{ id: "0" }], hasMore: false });
  });

  it("takes each criterion", async () => {
    const from = new Date(EPOCH_MS + 1000).toISOString();
    expect(await idsOf("?type=ApiKeyCreated")).toEqual(["0"]);
    expect(await idsOf("?actor=actor%201")).toEqual(["1"]);
    expect(await idsOf(`?from=${from}`)).toEqual(["2", "1"]);
    expect(await idsOf(`?until=${from}`)).toEqual(["0"]);
    expect(await idsOf("?correlationId=thing%202")).toEqual(["2"]);
    expect(await idsOf("?correlationId=nobody")).toEqual([]);
  });

  it.each([
    ["?type=Nonsense", "type"],
    ["?actor=", "actor"],
    [`?actor=${"a".repeat(limits.auditNameCharsMax + 1)}`, "actor"],
    ["?correlationId=%00", "correlationId"],
    ["?from=yesterday", "from"],
    ["?from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", "until"],
    ["?limit=0", "limit"],
    [`?offset=${limits.pageOffsetMax + 1}`, "offset"],
    ["?correlationId=x&actor=y", "actor"],
  ])("refuses %s by the name of its field", async (query, path) => {
    const { errors } = await expectProblem(await ask(query), 400, "InvalidRequest");
    expect(errors).toMatchObject([{ path }]);
  });
});

describe("GET /v1/audit/counts", () => {
  it("counts by type, within a time", async () => {
    expect(await bodyOf<AuditCountsBody>(ask("/counts"))).toEqual({
      ...{ counts: { ApiKeyCreated: 1, RunSubmitted: 2 }, total: 3, isCut: false },
    });
    const from = new Date(EPOCH_MS + 1000).toISOString();
    expect(await bodyOf<AuditCountsBody>(ask(`/counts?from=${from}`))).toMatchObject({ total: 2 });
    await expectProblem(await ask("/counts?type=RunSubmitted"), 400, "InvalidRequest");
  });
});
