import type { UsageBody } from "#core/domain/spec/usage-api.ts";
import type { paths } from "./gen/openapi.ts";
import type { Caller } from "./template-calls.ts";

type Described = NonNullable<paths["/v1/runs/{id}/usage"]["get"]["parameters"]["query"]>;
/** As the API has it. */
export type UsageQuery = Omit<Described, "watch" | "since">;

export interface UsageCalls {
  /** What a run used; older than a day nothing is kept. */
  runUsage(id: string, query: UsageQuery): Promise<UsageBody>;
  /** What a worker used for its runs. */
  workerUsage(id: string, query: UsageQuery): Promise<UsageBody>;
}

/** The calls, over the client that sends one and repeats it while that helps. */
export const usageCalls = ({ http, ask }: Pick<Caller, "http" | "ask">): UsageCalls => ({
  runUsage: (id, query) =>
    ask(http.GET("/v1/runs/{id}/usage", { params: { path: { id }, query } })),
  workerUsage: (id, query) =>
    ask(http.GET("/v1/workers/{id}/usage", { params: { path: { id }, query } })),
});
