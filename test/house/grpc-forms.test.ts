import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../cli/main.ts";
import { createApp } from "../../functions/http/app.ts";
import { RPC_SCOPES } from "../../gateway/rpc-scopes.ts";
import { codeSpans, readDocument, section, tableRows } from "../support/documents.ts";
import { ROOT } from "./source-files.ts";

/** `Service/Method`, as the contract has them. */
const methods = readdirSync(join(ROOT, "proto"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".proto"))
  .flatMap((name) => {
    const text = readFileSync(join(ROOT, "proto", name), "utf8");
    return [...text.matchAll(/^service (\w+) \{\n([\s\S]*?)^\}/gm)].flatMap(
      ([, service, body = ""]) =>
        [...body.matchAll(/^ {2}rpc (\w+)\(/gm)].map(([, method]) => `${service}/${method}`),
    );
  });
const forClients = new Set(
  Object.keys(RPC_SCOPES).map((path) => path.slice(1).split(".").at(-1) ?? ""),
);

const page = readDocument("docs/guides/grpc-api.md");
const heading = "## The same over HTTP and at the command line";
const rows = tableRows(section(page, heading)).map(([call = "", http = "", command = ""]) => ({
  ...{ call: call.slice(1, -1), http, command },
}));
const deprecated = codeSpans(readDocument("docs/reference/deprecations.md").text);

describe("the table of gRPC calls over HTTP and at the command line", () => {
  it("has every method of the contract, each once", () => {
    expect(methods.length).toBeGreaterThan(40);
    expect(rows.map(({ call }) => call).sort()).toEqual([...methods].sort());
  });

  it.each(rows)("$call: $http", ({ call, http, command }) => {
    const [service = "", method = ""] = call.split("/");
    if (http === "not served yet") return expect(forClients).not.toContain(call);
    if (http === "gRPC only: workers") return expect(service).toBe("WorkerAgentService");
    expect(forClients).toContain(call);
    if (http === "gRPC only: deprecated") return expect(deprecated).toContain(method);
    const { routes } = createApp({ log: {} } as never);
    const served = routes.map((route) => `${route.method} ${route.path}`);
    const named = codeSpans(http).filter((span) => /^[A-Z]+ \//.test(span));
    expect(named.length).toBeGreaterThan(0);
    for (const route of named) expect(served).toContain(route);
    const commands = codeSpans(command).map((span) => span.split(" ")[1]);
    expect(commands.length).toBeGreaterThan(0);
    const known = createProgram(() => {}).commands.map((one) => one.name());
    for (const name of commands) expect(known).toContain(name);
  });
});
