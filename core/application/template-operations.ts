/** What entry points may ask about templates on behalf of a caller. */
import type { TemplateStatus } from "#core/domain/template/template.ts";
import type { TemplateView } from "#core/ports/template-store.ts";
import { changeTemplate } from "./change-template.ts";
import { createTemplate } from "./create-template.ts";
import type { SubmitOutcome } from "./operations.ts";
import { rerunRun } from "./rerun-run.ts";
import { runTemplate } from "./run-template.ts";
import { setTemplateStatus } from "./set-template-status.ts";
import type { TemplateDeps } from "./template-deps.ts";

export interface CreateTemplateRequest {
  /** Unparsed body of the caller. */
  readonly input: unknown;
  /** The same key creates the same template, however often it is sent. */
  readonly idempotencyKey: string | null;
  readonly createdBy: string | null;
}

export interface ChangeTemplateRequest {
  /** Id, or name of one that is not archived. */
  readonly reference: string;
  /** Unparsed; fields that are left out stay as they are. */
  readonly input: unknown;
  /** The newest version as the caller knows it; null = whatever it is. */
  readonly expectedVersion: number | null;
  readonly createdBy: string | null;
}

export interface TemplateRunRequest {
  readonly reference: string;
  /** null = the newest. */
  readonly version: number | null;
  /** Unparsed values by name. */
  readonly parameters: unknown;
  readonly idempotencyKey: string | null;
  readonly submittedBy: string | null;
}

export interface RerunRequest {
  readonly runId: string;
  /** The version of the run that is repeated, or the newest. */
  readonly version: "pinned" | "latest";
  /** Unparsed values by name; the others are taken over. */
  readonly parameters: unknown;
  readonly idempotencyKey: string | null;
  readonly submittedBy: string | null;
}

/** The use cases of templates, as an entry point calls them. */
export interface TemplateOperations {
  /** Throws InvalidSpec, SpecTooLarge, Unplaceable, TemplateExists, IdempotencyConflict. */
  create(request: CreateTemplateRequest): Promise<{ template: TemplateView; created: boolean }>;
  /** Throws InvalidSpec, SpecTooLarge, Unplaceable, TemplateNotFound, TemplateNotActive, Conflict. */
  change(request: ChangeTemplateRequest): Promise<TemplateView>;
  /** Throws TemplateNotFound, TemplateNotActive, Conflict. The same status again is harmless. */
  setStatus(
    reference: string,
    status: TemplateStatus,
    expectedVersion: number | null,
    by: string | null,
  ): Promise<TemplateView>;
  /** Throws InvalidRequest, TemplateNotFound, TemplateNotActive, and what a submit throws. */
  run(request: TemplateRunRequest): Promise<SubmitOutcome>;
  /** Throws RunNotFound, and what `run` throws. */
  rerun(request: RerunRequest): Promise<SubmitOutcome>;
}

/** The use cases over what they stand on. */
export const templateOperations = (deps: TemplateDeps): TemplateOperations => ({
  create: (request) => createTemplate(deps, request),
  change: (request) => changeTemplate(deps, request),
  setStatus: (...args) => setTemplateStatus(deps.templates, ...args),
  run: (request) => runTemplate(deps, request),
  rerun: (request) => rerunRun(deps, request),
});
