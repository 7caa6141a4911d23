import { describe, expect, it } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { GetAuditLogsRequest } from "#proto/hodei/audit.ts";
import {
  auditLogEntry,
  auditName,
  auditQuestion,
  wireRange,
} from "../../../gateway/audit-codec.ts";

const asked = (own: Partial<GetAuditLogsRequest> = {}) =>
  auditQuestion(GetAuditLogsRequest.fromPartial(own));
const refusedField = (call: () => unknown): string | undefined => {
  try {
    call();
  } catch (error) {
    return (error as { fields: { path: string }[] }).fields[0]?.path;
  }
  return undefined;
};

describe("a question over the wire", () => {
  it("that says nothing asks for a page of everything", () => {
    expect(asked()).toEqual({
      ...{ type: null, actor: null, from: null, until: null },
      ...{ limit: limits.pageItemsDefault, offset: 0 },
    });
    expect(asked({ eventType: "", actor: "" })).toMatchObject({ type: null, actor: null });
  });

  it("is taken as it is said", () => {
    const [startTime, endTime] = [new Date(1000), new Date(2000)];
    const said = { eventType: "RunSubmitted", actor: "ci", limit: 7, offset: 3 };
    expect(asked({ ...said, startTime, endTime })).toEqual({
      ...{ type: "RunSubmitted", actor: "ci", from: 1000, until: 2000, limit: 7, offset: 3 },
    });
  });

  it.each<[string, Partial<GetAuditLogsRequest>]>([
    ["limit", { limit: -1 }],
    ["limit", { limit: limits.pageItemsMax + 1 }],
    ["offset", { offset: -1 }],
    ["offset", { offset: limits.pageOffsetMax + 1 }],
    ["event_type", { eventType: "Nonsense" }],
    ["actor", { actor: "a\u0000" }],
    ["start_time", { startTime: new Date(Number.NaN) }],
    ["start_time", { startTime: new Date(-1) }],
    ["end_time", { startTime: new Date(2), endTime: new Date(1) }],
  ])("is refused at %s: %o", (path, own) => {
    expect(refusedField(() => asked(own))).toBe(path);
  });

  it("names a subject, and takes a range that is a single instant", () => {
    expect(refusedField(() => auditName("", "correlation_id"))).toBe("correlation_id");
    expect(auditName("scheduler", "correlation_id")).toBe("scheduler");
    const at = new Date(5);
    expect(wireRange({ startTime: at, endTime: at })).toEqual({ from: 5, until: 5 });
  });
});

describe("an entry on the wire", () => {
  const entry = { id: "1", at: 1000, type: "Finished", subject: "s", payload: { attempt: 1 } };

  it("has its payload as JSON, and no actor when it came by itself", () => {
    expect(auditLogEntry({ ...entry, actor: null })).toEqual({
      ...{ id: "1", correlationId: "s", eventType: "Finished", payloadJson: '{"attempt":1}' },
      ...{ occurredAt: new Date(1000), actor: undefined },
    });
    expect(auditLogEntry({ ...entry, actor: "ci" }).actor).toBe("ci");
  });
});
