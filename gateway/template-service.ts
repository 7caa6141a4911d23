import type { Caller } from "#core/application/authorise-call.ts";
import { findTemplate } from "#core/application/find-template.ts";
import { templateOperations } from "#core/application/template-operations.ts";
import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import { isLabelKey, isLabelValue } from "#core/domain/spec/kubernetes-label.ts";
import type { TemplateView } from "#core/ports/template-store.ts";
import type {
  CreateTemplateRequest,
  ListTemplatesRequest,
  TemplateManagementServiceServer,
  TriggerRunRequest,
  UpdateTemplateRequest,
} from "#proto/hodei/job/templates.ts";
import { callerOf } from "./callers.ts";
import type { Hub } from "./hub.ts";
import { submitsOf } from "./job-service.ts";
import {
  jobTemplate,
  parameterInput,
  phasesOf,
  templateExecution,
  templateSpecInput,
  templateStatus,
} from "./template-codec.ts";
import { unary } from "./unary.ts";
import { boundedText, invalidField, requiredUuid, wholeNumber } from "./wire-values.ts";

const CALLER_CHARS_MAX = 255;
const TRIGGERS = ["", "MANUAL", "SCHEDULED", "API", "WEBHOOK", "RETRY"];

/** TemplateManagementService: templates, and the runs that are made from them. */
export function templateService(hub: Hub): TemplateManagementServiceServer {
  const { log, templates, reader } = hub.deps;
  const operations = templateOperations({ ...submitsOf(hub), templates });
  const answer = async (template: TemplateView) => ({
    template: jobTemplate(template, await templates.stats(template.id)),
  });
  const id = ({ templateId }: { templateId: string }) => requiredUuid(templateId, "template_id");
  return {
    createTemplate: unary(log, async (request, call) => {
      const createdBy = nameOf(callerOf(call), request.createdBy);
      const create = { input: newTemplate(request), idempotencyKey: null, createdBy };
      return answer((await operations.create(create)).template);
    }),
    updateTemplate: unary(log, async (request, call) => {
      const input = changeOf(request);
      const change = {
        reference: id(request),
        input,
        expectedVersion: null,
        createdBy: callerOf(call).label,
      };
      return answer(await operations.change(change));
    }),
    getTemplate: unary(log, async (request) => answer(await findTemplate(templates, id(request)))),
    listTemplates: unary(log, async (request) => {
      const filter = filterOf(request);
      const found = await templates.templates(filter);
      const counted = await Promise.all(found.map((one) => templates.stats(one.id)));
      const last = found.length === filter.limit ? found.at(-1) : undefined;
      return {
        templates: found.flatMap((one, at) => {
          const stats = counted[at];
          return stats ? [jobTemplate(one, stats)] : [];
        }),
        nextPageToken: last ? `${last.name}_${last.id}` : "",
      };
    }),
    deleteTemplate: unary(log, async (request, call) => {
      await operations.setStatus(id(request), "Archived", null, callerOf(call).label);
      return { success: true };
    }),
    triggerRun: unary(log, async (request, call) => {
      refuseUnknown(request);
      const { run } = await operations.run({
        ...{ reference: id(request), version: null, parameters: request.parameters },
        ...{ idempotencyKey: null, submittedBy: nameOf(callerOf(call), request.triggeredByUser) },
      });
      return { execution: templateExecution(run) };
    }),
    getExecution: unary(log, async ({ executionId }) => {
      const runId = requiredUuid(executionId, "execution_id");
      const run = await reader.run(runId);
      if (run?.template) return { execution: templateExecution(run) };
      throw new DomainError("RunNotFound", `no template made a run ${runId}`);
    }),
    listExecutions: unary(log, async (request) => {
      for (const [field, value] of [
        ["start_time", request.startTime],
        ["end_time", request.endTime],
      ] as const)
        if (value) throw invalidField(field, "cannot be asked for", "leave it out");
      const { state, pageToken } = request;
      const phases = state === "" ? [] : phasesOf(state);
      if (phases === null) throw invalidField("state", "is none", "one of the known states");
      const limit = pageSize(request.pageSize);
      const before = pageToken === "" ? null : numberOf(pageToken);
      const { id: templateId } = await findTemplate(templates, id(request));
      const runs = await templates.runs({ id: templateId, phases, limit, before });
      const last = runs.length === limit ? runs.at(-1)?.template?.number : undefined;
      return {
        executions: runs.map(templateExecution),
        nextPageToken: last !== undefined && last > 1 ? String(last) : "",
      };
    }),
  };
}

/** What a request says of itself counts only where nobody is asked for a key. */
const nameOf = ({ label }: Caller, said: string): string | null =>
  label ?? (boundedText(said, CALLER_CHARS_MAX) || null);

function newTemplate(request: CreateTemplateRequest): object {
  const { name, description, labels, spec, parameters } = request;
  if (!spec) throw invalidField("spec", "is required", "required");
  const inOrder = parameters.toSorted((left, right) => left.displayOrder - right.displayOrder);
  return {
    ...{ name, description, labels, spec: templateSpecInput(spec) },
    parameters: inOrder.map(parameterInput),
  };
}

/** It replaces all but the parameters, which this call cannot say. */
const changeOf = ({ description, labels, spec }: UpdateTemplateRequest): object => ({
  ...{ description, labels },
  ...(spec && { spec: templateSpecInput(spec) }),
});

/** The run is named by its template; what triggered it is only checked. */
function refuseUnknown({ jobName, triggeredBy }: TriggerRunRequest): void {
  if (jobName !== "") throw invalidField("job_name", "is the template's to say", "leave it out");
  if (!TRIGGERS.includes(triggeredBy))
    throw invalidField("triggered_by", "is none", `one of ${TRIGGERS.slice(1).join(", ")}`);
}

/** Each template of a page is counted, so a page is no larger than one by default. */
function pageSize(asked: number): number {
  const size = wholeNumber(asked, "page_size");
  return size === 0 ? limits.pageItemsDefault : Math.min(size, limits.pageItemsDefault);
}

function filterOf({ status, labelSelector, pageSize: asked, pageToken }: ListTemplatesRequest) {
  const wanted = status === "" ? null : templateStatus(status);
  if (status !== "" && wanted === null)
    throw invalidField("status", "is none", "ACTIVE, DISABLED or ARCHIVED");
  return {
    statuses: wanted === null ? [] : [wanted],
    labels: selectorOf(labelSelector),
    limit: pageSize(asked),
    after: pageToken === "" ? null : placeOf(pageToken),
  };
}

function selectorOf(text: string): Record<string, string> {
  if (text.trim() === "") return {};
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const [key = "", value, ...more] = pair.split("=").map((part) => part.trim());
      if (value !== undefined && more.length === 0 && isLabelKey(key) && isLabelValue(value))
        return [key, value];
      throw invalidField("label_selector", "is not of the form key=value,…", "key=value,…");
    }),
  );
}

const PLACE = /^([a-z0-9.-]{1,253})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

function placeOf(token: string): { name: string; id: string } {
  const [, name, id] = PLACE.exec(token) ?? [];
  if (name && id) return { name, id };
  throw invalidField(
    "page_token",
    "is not one that was given",
    "next_page_token of the page before",
  );
}

function numberOf(token: string): number {
  if (/^[1-9]\d{0,14}$/.test(token)) return Number(token);
  throw invalidField(
    "page_token",
    "is not one that was given",
    "next_page_token of the page before",
  );
}
