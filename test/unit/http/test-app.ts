import { pino } from "pino";
import { expect } from "vitest";
import type { ProblemBody } from "#core/domain/spec/api.ts";
import { createApp } from "../../../functions/http/app.ts";
import { underContract } from "../../support/api-contract.ts";
import { createFakeControlPlane } from "../../support/fakes/fake-control-plane.ts";

/**
 * The app over a control plane in memory, a clock that only waiting moves, and a log to read. It
 * keeps what docs/reference/openapi.json promises, or its calls fail; `described: false` lets a test
 * have errors that no route has by itself.
 */
export function createTestApp({ described = true } = {}) {
  const plane = createFakeControlPlane();
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: "debug" },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  );
  let nowMs = 0;
  /** What happens during each wait, in order. */
  const during: (() => void)[] = [];
  const bare = createApp({
    operations: plane.operations,
    reader: plane.reader,
    templateOperations: plane.templateOperations,
    templates: plane.templates,
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
  return { app, plane, lines, during, elapsedMs: () => nowMs, post, submit };
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
