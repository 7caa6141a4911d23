import { pino } from "pino";
import { expect } from "vitest";
import { createAuthorise } from "#core/application/authorise-call.ts";
import { keyOperations } from "#core/application/manage-keys.ts";
import type { Scope } from "#core/domain/access/scope.ts";
import type { ProblemBody } from "#core/domain/spec/api.ts";
import { createApp } from "../../../functions/http/app.ts";
import { underContract } from "../../support/api-contract.ts";
import { createFakeControlPlane } from "../../support/fakes/fake-control-plane.ts";
import { createMemoryAudit } from "../../support/fakes/memory-audit.ts";
import { createMemoryInvariants } from "../../support/fakes/memory-invariants.ts";
import { createMemoryKeys, sha256 } from "../../support/fakes/memory-keys.ts";
import { createMemoryProviders } from "../../support/fakes/memory-providers.ts";
import { createMemoryUsage } from "../../support/fakes/memory-usage.ts";

export interface TestAppOptions {
  /** false: the app may answer what its description does not promise. */
  readonly described?: boolean;
  /** What calls without a key may do; null = nothing. */
  readonly anonymous?: Scope | null;
}

/**
 * The app over a control plane in memory, a clock that only waiting moves, and a log to read. It
 * keeps what docs/reference/openapi.json promises, or its calls fail; `described: false` lets a test
 * have errors that no route has by itself.
 */
export function createTestApp({ described = true, anonymous = "submit" }: TestAppOptions = {}) {
  const plane = createFakeControlPlane();
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: "debug" },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  );
  let nowMs = 0;
  /** What happens during each wait, in order. */
  const during: (() => void)[] = [];
  const clock = { nowMs: 0 };
  const keys = createMemoryKeys(() => clock.nowMs);
  const audit = createMemoryAudit();
  const invariants = createMemoryInvariants();
  let minted = 0xabc;
  const mint = () => {
    minted += 1;
    return {
      id: minted.toString(16).padStart(16, "0"),
      secret: minted.toString(16).padStart(64, "f"),
    };
  };
  const providers = createMemoryProviders();
  const usage = createMemoryUsage();
  const bare = createApp({
    invariants: async () => invariants.reader,
    usage,
    providerOperations: providers.operations,
    keys: keyOperations({ keys, mint, digest: sha256, log }),
    authorise: createAuthorise({ keys, digest: sha256, anonymous, log, now: () => clock.nowMs }),
    operations: plane.operations,
    reader: plane.reader,
    templateOperations: plane.templateOperations,
    templates: plane.templates,
    audit: async () => audit,
    log,
    now: () => nowMs,
    pause: async (ms) => {
      nowMs += ms;
      during.shift()?.();
    },
  });
  const app = described ? underContract(bare) : bare;

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    app.request(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const submit = async (body: unknown = { command: ["true"] }): Promise<string> => {
    expect((await post("/v1/runs", body)).status).toBe(201);
    return plane.newest();
  };
  return {
    ...{
      app,
      plane,
      keys,
      audit,
      invariants,
      providers,
      usage,
      clock,
      lines,
      during,
      post,
      submit,
    },
    elapsedMs: () => nowMs,
  };
}

/** The JSON of an answer, as one of the bodies of the API. */
export const bodyOf = async <Body>(response: Response | Promise<Response>): Promise<Body> =>
  (await (await response).json()) as Body;

/** Checks that an answer is a sound problem document of this code, and hands it over. */
export async function expectProblem(
  response: Response,
  status: number,
  code: string,
): Promise<ProblemBody> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = await bodyOf<ProblemBody>(response);
  expect(body).toMatchObject({ status, code });
  expect(response.status).toBe(status);
  expect(body.type).toMatch(/^urn:hodei:problem:[a-z]+(-[a-z]+)*$/);
  expect(body.instance).toBe(response.headers.get("x-request-id"));
  expect(body.title).not.toBe("");
  return body;
}
