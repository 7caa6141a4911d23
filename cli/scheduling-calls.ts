import type { WorkerListBody } from "#core/domain/spec/api.ts";
import type { InvariantsBody } from "#core/domain/spec/invariants-api.ts";
import type { RunInput } from "#core/domain/spec/run-input.ts";
import type {
  ExplanationBody,
  ForeseenBody,
  QueueBody,
  SchedulerBody,
} from "#core/domain/spec/scheduling-api.ts";
import type { paths } from "./gen/openapi.ts";
import type { Caller } from "./template-calls.ts";

/** As the API has them. */
export type WorkerQuery = NonNullable<paths["/v1/workers"]["get"]["parameters"]["query"]>;
export type SchedulerInput =
  paths["/v1/scheduler"]["put"]["requestBody"]["content"]["application/json"];

/** What the API says of the queue, of who takes from it, and how. */
export interface SchedulingCalls {
  queue(): Promise<QueueBody>;
  /** Whether the rows contradict each other, and how the platform is. */
  invariants(): Promise<InvariantsBody>;
  /** Why it waits, or where it is. */
  explain(id: string): Promise<ExplanationBody>;
  /** What would become of it. Nothing is stored. */
  dryRun(input: RunInput): Promise<ForeseenBody>;
  scheduler(): Promise<SchedulerBody>;
  /** The whole configuration: what is left out gets its default. */
  setScheduler(input: SchedulerInput): Promise<SchedulerBody>;
  workers(query: WorkerQuery): Promise<WorkerListBody>;
}

/** The calls, over the client that sends one and repeats it while that helps. */
export const schedulingCalls = ({ http, ask }: Pick<Caller, "http" | "ask">): SchedulingCalls => ({
  queue: () => ask(http.GET("/v1/queue")),
  invariants: () => ask(http.GET("/v1/invariants")),
  explain: (id) => ask(http.GET("/v1/runs/{id}/explain", { params: { path: { id } } })),
  dryRun: (body) => ask(http.POST("/v1/runs/dry-run", { body })),
  scheduler: () => ask(http.GET("/v1/scheduler")),
  setScheduler: (body) => ask(http.PUT("/v1/scheduler", { body })),
  workers: (query) => ask(http.GET("/v1/workers", { params: { query } })),
});
