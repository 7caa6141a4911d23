import { pino } from "pino";
import { afterEach, describe, expect, it, vi } from "vitest";
import { mintApiKey } from "#adapters/tokens/mint-api-key.ts";
import { createAuthorise } from "#core/application/authorise-call.ts";
import { keyOperations } from "#core/application/manage-keys.ts";
import { createApiClient } from "../../../cli/api-client.ts";
import { ApiProblem } from "../../../cli/api-problem.ts";
import { CliError } from "../../../cli/cli-error.ts";
import { createApp } from "../../../functions/http/app.ts";
import { underContract } from "../../support/api-contract.ts";
import { createFakeControlPlane, runIdOf } from "../../support/fakes/fake-control-plane.ts";
import { createMemoryAudit } from "../../support/fakes/memory-audit.ts";
import { createMemoryInvariants } from "../../support/fakes/memory-invariants.ts";
import { createMemoryKeys, sha256 } from "../../support/fakes/memory-keys.ts";
import { createMemoryProviders } from "../../support/fakes/memory-providers.ts";
import { createMemoryUsage } from "../../support/fakes/memory-usage.ts";
import { serveFetch, type TestServer } from "../../support/http-server.ts";

const servers: TestServer[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A client of a server that answers so, behind a path as a stage of API Gateway has one. */
async function clientOf(
  answer: (request: Request) => Response | Promise<Response>,
  apiKey = "t0ken",
) {
  const requests: Request[] = [];
  const server = await serveFetch((request) => {
    requests.push(request.clone());
    return answer(new Request(request.url.replace("/prod/", "/"), request));
  });
  servers.push(server);
  const stop = new AbortController();
  const address = new URL("/prod/", server.url);
  const client = createApiClient({ address, apiKey, signal: stop.signal });
  return { client, requests, stop, close: server.close };
}

/** The app, held to its description, with one key that may do everything. */
function appUnderContract() {
  const plane = createFakeControlPlane();
  const log = pino({ level: "silent" });
  const keys = createMemoryKeys(Date.now);
  const app = createApp({
    invariants: async () => createMemoryInvariants().reader,
    ...plane,
    usage: createMemoryUsage(),
    providerOperations: createMemoryProviders().operations,
    audit: async () => createMemoryAudit(),
    log,
    keys: keyOperations({ keys, mint: mintApiKey, digest: sha256, log }),
    authorise: createAuthorise({ keys, digest: sha256, anonymous: null, log }),
  });
  return { app: underContract(app), apiKey: keys.add("admin") };
}

const busy = (seconds: string) =>
  new Response("", { status: 503, headers: { "retry-after": seconds } });

describe("the client of the API", () => {
  it("keeps the contract in every call, behind a path and with its token", async () => {
    const { app, apiKey } = appUnderContract();
    const { client, requests } = await clientOf((request) => app.fetch(request), apiKey);
    const { run, created } = await client.submit({ command: ["a"], labels: { x: "y" } }, "k-1");
    expect([run.id, created]).toEqual([runIdOf(1), true]);
    expect((await client.submit({ command: ["a"], labels: { x: "y" } }, "k-1")).created).toBe(
      false,
    );
    const bulk = await client.submitMany([{ command: ["b"], idempotencyKey: "k-2" }]);
    expect(bulk.runs).toEqual([{ id: runIdOf(2), created: true }]);
    const query = { phases: ["Pending", "Running"] as const, labels: ["x=y"], limit: 5 };
    const { runs } = await client.runs({ ...query, cursor: null });
    expect(runs.map(({ id }) => id)).toEqual([runIdOf(1)]);
    expect((await client.run(run.id)).spec.command).toEqual({ kind: "argv", argv: ["a"] });
    expect(await client.attempts(run.id)).toEqual({ attempts: [] });
    expect(await client.events(run.id, 0)).toEqual({ events: [], next: 0 });
    expect(await client.workers({ all: true })).toEqual({ workers: [] });
    expect((await client.cancel(run.id, "why")).run.phase).toBe("Cancelled");
    expect((await client.cancel(runIdOf(2), null)).stopping).toBe(false);
    expect((await client.logs(run.id, "0.0", 0)).complete).toBe(true);
    const made = await client.createKey({ name: "ci", scope: "read", lifetimeSeconds: null });
    expect((await client.keys()).keys.map(({ name }) => name)).toContain("ci");
    expect((await client.revokeKey(made.id)).revokedAt).not.toBeNull();
    for (const { url, headers } of requests) {
      expect(new URL(url).pathname).toMatch(/^\/prod\/v1\//);
      expect(headers.get("authorization")).toBe(`Bearer ${apiKey}`);
      expect(headers.get("accept")).toBe("application/json");
    }
  });

  it("tells a refusal as the API does", async () => {
    const problem = { type: "", title: "", status: 404, detail: "there is no such run" };
    const body = { ...problem, instance: "i", code: "RunNotFound", errors: [] };
    const { client, requests } = await clientOf(() => Response.json(body, { status: 404 }));
    const refusal = await client.run(runIdOf(1)).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ApiProblem);
    expect(refusal).toMatchObject({ problem: body, message: "there is no such run" });
    expect(requests).toHaveLength(1);
  });

  it("asks again what can pass, with the same words", async () => {
    const answers = [() => busy("0"), () => busy("0"), () => Response.json({ runs: [] })];
    const { client, requests } = await clientOf(
      () => answers[requests.length - 1]?.() ?? busy("0"),
    );
    const runs = [{ command: ["a"], idempotencyKey: "k" }];
    expect(await client.submitMany(runs)).toEqual({ runs: [] });
    const bodies = await Promise.all(requests.map((request) => request.json()));
    expect(bodies).toEqual([{ runs }, { runs }, { runs }]);
  });

  it("gives up at once where the wait is longer than its patience", async () => {
    const { client, requests } = await clientOf(() => busy("60"));
    await expect(client.workers({})).rejects.toBeInstanceOf(ApiProblem);
    expect(requests).toHaveLength(1);
  });

  it.each(["<html>hello</html>", ""])("sees that %j is no answer of the API", async (text) => {
    const { client, requests } = await clientOf(() => new Response(text));
    const error = await client.workers({}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CliError);
    expect(error).toMatchObject({ message: expect.stringContaining("is not the API of Hodei") });
    expect(requests).toHaveLength(1);
  });

  it("says at once that no server is there, unless it follows a run", async () => {
    const { client, close, stop } = await clientOf(() => busy("0"));
    await close();
    const fetches = vi.spyOn(globalThis, "fetch");
    await expect(client.workers({})).rejects.toThrow("cannot reach the server");
    expect(fetches).toHaveBeenCalledTimes(1);
    const following = client.logs(runIdOf(1), "0.0", 20).catch((error: unknown) => error);
    await expect.poll(() => fetches.mock.calls.length).toBeGreaterThan(2);
    stop.abort();
    expect(await following).toMatchObject({ name: "AbortError" });
  });

  it("ends a call when it is told to", async () => {
    const { client, requests, stop } = await clientOf(() => new Promise<never>(() => {}));
    const call = client.run(runIdOf(1));
    await expect.poll(() => requests.length).toBe(1);
    stop.abort();
    await expect(call).rejects.toThrow("aborted");
  });
});
