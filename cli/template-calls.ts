import type { RunBody, RunListBody } from "#core/domain/spec/api.ts";
import type {
  TemplateBody,
  TemplateListBody,
  TemplateStatsBody,
  TemplateVersionListBody,
} from "#core/domain/spec/template-api.ts";
import type { TemplateInput } from "#core/domain/spec/template-input.ts";
import type { Answer, Call } from "./api-client.ts";

export interface TemplateListQuery {
  readonly statuses: readonly string[];
  readonly labels: readonly string[];
  readonly limit: number;
  readonly cursor: string | null;
}

/** Values by name, as they were typed or read from a file. */
export type GivenValues = Readonly<Record<string, unknown>>;

/** What the API says of templates. A template is named by its name or id. */
export interface TemplateCalls {
  createTemplate(input: TemplateInput, idempotencyKey: string): Promise<TemplateBody>;
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
    query: { readonly phases: readonly string[]; readonly limit: number },
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

export interface Sender {
  readonly ask: <Body>(call: Call) => Promise<Body>;
  /** With an idempotency key. */
  readonly post: <Body>(path: string, body: unknown, key: string) => Promise<Answer<Body>>;
}

/** The calls, over what sends one and repeats it while that helps. */
export function templateCalls({ ask, post }: Sender): TemplateCalls {
  const pathOf = (reference: string) => `v1/templates/${encodeURIComponent(reference)}`;
  const submit = async (path: string, request: unknown, key: string) => {
    const { status, body } = await post<RunBody>(path, request, key);
    return { run: body, created: status === 201 };
  };
  return {
    createTemplate: async (input, key) =>
      (await post<TemplateBody>("v1/templates", input, key)).body,
    changeTemplate: (reference, input, expectedVersion) =>
      ask({
        method: "PATCH",
        path: pathOf(reference),
        body: { ...input, expectedVersion },
      }),
    template: (reference, version) =>
      ask({
        path: pathOf(reference),
        query: version === undefined ? [] : [["version", String(version)]],
      }),
    templates: ({ statuses, labels, limit, cursor }) =>
      ask({
        path: "v1/templates",
        query: [
          ...statuses.map((status) => ["status", status] as const),
          ...labels.map((label) => ["label", label] as const),
          ["limit", String(limit)],
          ...(cursor === null ? [] : [["cursor", cursor] as const]),
        ],
      }),
    templateVersions: (reference, cursor) =>
      ask({
        path: `${pathOf(reference)}/versions`,
        query: cursor === null ? [] : [["cursor", cursor]],
      }),
    templateRuns: (reference, { phases, limit }) =>
      ask({
        path: `${pathOf(reference)}/runs`,
        query: [
          ...phases.map((phase) => ["phase", phase] as const),
          ["limit", String(limit)] as const,
        ],
      }),
    templateStats: (reference) => ask({ path: `${pathOf(reference)}/stats` }),
    enableTemplate: (reference) => ask({ method: "POST", path: `${pathOf(reference)}/enable` }),
    disableTemplate: (reference) => ask({ method: "POST", path: `${pathOf(reference)}/disable` }),
    archiveTemplate: (reference) => ask({ method: "DELETE", path: pathOf(reference) }),
    runTemplate: (reference, request, key) => submit(`${pathOf(reference)}/runs`, request, key),
    rerun: (runId, request, key) => submit(`v1/runs/${runId}/rerun`, request, key),
  };
}
