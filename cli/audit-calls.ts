import type { Client } from "openapi-fetch";
import type {
  AuditCountsBody,
  AuditEventType,
  AuditPageBody,
} from "#core/domain/spec/audit-api.ts";
import type { Answer } from "./api-client.ts";
import type { paths } from "./gen/openapi.ts";

export interface AuditTimes {
  readonly from?: string;
  readonly until?: string;
}

export interface AuditQuery extends AuditTimes {
  readonly type?: AuditEventType;
  readonly actor?: string;
  readonly limit: number;
  readonly offset: number;
}

/** What the API says of who did what. */
export interface AuditCalls {
  audit(query: AuditQuery): Promise<AuditPageBody>;
  /** All about one run, key, template or provider. */
  auditTrail(correlationId: string): Promise<AuditPageBody>;
  auditCounts(times: AuditTimes): Promise<AuditCountsBody>;
}

/** The calls over `http`; `ask` waits for the answer of one. */
export const auditCalls = ({
  http,
  ask,
}: {
  readonly http: Client<paths, "application/json">;
  readonly ask: <Body>(call: Promise<Answer<Body>>) => Promise<Body>;
}): AuditCalls => ({
  audit: (query) => ask(http.GET("/v1/audit", { params: { query } })),
  auditTrail: (correlationId) =>
    ask(http.GET("/v1/audit", { params: { query: { correlationId } } })),
  auditCounts: (query) => ask(http.GET("/v1/audit/counts", { params: { query } })),
});
