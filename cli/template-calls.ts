import type { Client } from "openapi-fetch";
import type { RunBody, RunListBody, RunPhase } from "#core/domain/spec/api.ts";
import type {
  ParameterValue,
  TemplateBody,
  TemplateListBody,
  TemplateStatsBody,
  TemplateStatus,
  TemplateVersionListBody,
} from "#core/domain/spec/template-api.ts";
import type { TemplateInput } from "#core/domain/spec/template-input.ts";
import type { Answer } from "./api-client.ts";
import type { paths } from "./gen/openapi.ts";

export interface TemplateListQuery {
  readonly statuses: readonly TemplateStatus[];
  readonly labels: readonly string[];
  readonly limit: number;
  readonly cursor: string | null;
}

/** Values by name, as they were typed or read from a file. */
export type GivenValues = Readonly<Record<string, ParameterValue | null>>;

/** What a new template cannot do without; the API says what is missing. */
export type NewTemplate = TemplateInput & Required<Pick<TemplateInput, "name" | "spec">>;

/** What the API says of templates. A template is named by its name or id. */
export interface TemplateCalls {
  createTemplate(input: NewTemplate, idempotencyKey: string): Promise<TemplateBody>;
  /** Fields that are left out stay as they are. A repeat of one that was made is no conflict. */
  changeTemplate(
    reference: string,
    input: TemplateInput,
    expectedVersion: number,
  ): Promise<TemplateBody>;
  template(reference: string, version?: number): Promise<TemplateBody>;
  templates(query: TemplateListQuery): Promise<TemplateListBody>;
  templateVersions(reference: string, cursor: string | null): Promise<TemplateVersionListBody>;
  templateRuns(
    reference: string,
    query: { readonly phases: readonly RunPhase[]; readonly limit: number },
  ): Promise<RunListBody>;
  templateStats(reference: string): Promise<TemplateStatsBody>;
  enableTemplate(reference: string): Promise<TemplateBody>;
  disableTemplate(reference: string): Promise<TemplateBody>;
  archiveTemplate(reference: string): Promise<TemplateBody>;
  /** `version`: absent = the newest. */
  runTemplate(
    reference: string,
    request: { readonly version?: number; readonly parameters: GivenValues },
    idempotencyKey: string,
  ): Promise<{ run: RunBody; created: boolean }>;
  rerun(
    runId: string,
    request: { readonly version: "pinned" | "latest"; readonly parameters: GivenValues },
    idempotencyKey: string,
  ): Promise<{ run: RunBody; created: boolean }>;
}

export interface Caller {
  readonly http: Client<paths, "application/json">;
  /** Sends a call and never repeats it. */
  readonly once: (request: Request) => Promise<Response>;
  readonly ask: <Body>(call: Promise<Answer<Body>>) => Promise<Body>;
  /** The run, and whether this call made it. */
  readonly submitted: (
    call: Promise<Answer<RunBody>>,
  ) => Promise<{ run: RunBody; created: boolean }>;
}

/** The calls, over the client that sends one and repeats it while that helps. */
export function templateCalls({
  http,
  ask,
  submitted,
}: Pick<Caller, "http" | "ask" | "submitted">): TemplateCalls {
  const of = (reference: string) => ({ path: { reference } });
  const key = (key: string) => ({ header: { "Idempotency-Key": key } });
  const one = "/v1/templates/{reference}";
  return {
    createTemplate: (body, idempotencyKey) =>
      ask(http.POST("/v1/templates", { params: key(idempotencyKey), body })),
    changeTemplate: (reference, input, expectedVersion) => {
      const body = { ...input, expectedVersion };
      return ask(http.PATCH(one, { params: of(reference), body }));
    },
    template: (reference, version) => {
      const query = version === undefined ? {} : { version };
      return ask(http.GET(one, { params: { ...of(reference), query } }));
    },
    templates: ({ statuses: status, labels: label, limit, cursor }) => {
      const query = { status, label, limit, ...(cursor === null ? {} : { cursor }) };
      return ask(http.GET("/v1/templates", { params: { query } }));
    },
    templateVersions: (reference, cursor) => {
      const query = cursor === null ? {} : { cursor: Number(cursor) };
      return ask(http.GET(`${one}/versions`, { params: { ...of(reference), query } }));
    },
    templateRuns: (reference, { phases: phase, limit }) => {
      const params = { ...of(reference), query: { phase, limit } };
      return ask(http.GET(`${one}/runs`, { params }));
    },
    templateStats: (reference) => ask(http.GET(`${one}/stats`, { params: of(reference) })),
    enableTemplate: (reference) => ask(http.POST(`${one}/enable`, { params: of(reference) })),
    disableTemplate: (reference) => ask(http.POST(`${one}/disable`, { params: of(reference) })),
    archiveTemplate: (reference) => ask(http.DELETE(one, { params: of(reference) })),
    runTemplate: (reference, body, idempotencyKey) => {
      const params = { ...of(reference), ...key(idempotencyKey) };
      return submitted(http.POST(`${one}/runs`, { params, body }));
    },
    rerun: (id, body, idempotencyKey) => {
      const params = { path: { id }, ...key(idempotencyKey) };
      return submitted(http.POST("/v1/runs/{id}/rerun", { params, body }));
    },
  };
}
