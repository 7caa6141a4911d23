import { QUANTITY_FORM } from "#core/domain/spec/quantity.ts";
import { WORKER_PHASES } from "#core/domain/worker/phase.ts";
import { COMMON_REFUSALS, type RouteDescription } from "./route-description.ts";
import { HEARD_SECONDS_MAX, SELECTOR_CHARS_MAX } from "./workers.ts";

const AMOUNT = { ...QUANTITY_FORM, type: "string" };

export const listWorkersRoute: RouteDescription = {
  method: "GET",
  path: "/v1/workers",
  scope: "read",
  id: "listWorkers",
  tag: "workers",
  summary: "The newest workers",
  query: {
    all: {
      description: "`true`: also those that are gone and still remembered.",
      schema: { type: "boolean", default: false },
    },
    phase: {
      description: "Only workers in one of these phases; may also be separated by commas.",
      schema: { type: "array", items: { type: "string", enum: WORKER_PHASES } },
    },
    label: {
      description: "Only workers that have all of these labels, each `key=value`.",
      schema: { type: "array", items: { type: "string", pattern: "=" } },
    },
    selector: {
      description:
        "Only workers whose labels it selects, as Kubernetes writes it: `zone in (a, b), tier!=spare, gpu, !old`.",
      schema: { type: "string", maxLength: SELECTOR_CHARS_MAX },
    },
    cpu: { description: "Only workers with at least so much.", schema: AMOUNT },
    memory: { description: "Only workers with at least so much.", schema: AMOUNT },
    heardWithin: {
      description: "Only workers that were heard within so many seconds.",
      schema: { type: "integer", minimum: 1, maximum: HEARD_SECONDS_MAX },
    },
  },
  answers: { 200: { description: "At most 500 workers, the newest.", json: "WorkerListBody" } },
  refusals: COMMON_REFUSALS,
};
