import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { GRPC_STATUS } from "../../gateway/status.ts";
import { pythonWithGrpc } from "../../scripts/python-grpc.ts";
import { readDocument, section, tableRows } from "../support/documents.ts";
import { startGateway } from "../support/gateway-fixture.ts";
import { storedLines } from "../support/original-peers.ts";

const SCRIPT = fileURLToPath(new URL("../support/python/drive_every_rpc.py", import.meta.url));
const SCRIPT_MS_MAX = 25_000;
const INSTALL_MS_MAX = 300_000;

interface Scenario {
  readonly jobId: string;
  readonly exitCode: string;
  /** null = no service served them. */
  readonly lines: readonly string[] | null;
  readonly health: number;
}

interface Call {
  readonly method: string;
  readonly request: "empty" | "minimal";
  readonly status: string;
}

/** Runs the script; answers its lines, or throws with what it wrote to standard error. */
async function drive(python: string, given: object): Promise<(Call & { scenario?: Scenario })[]> {
  const child = spawn(python, ["-B", SCRIPT], { timeout: SCRIPT_MS_MAX });
  let out = "";
  let errors = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  child.stderr.on("data", (data) => {
    errors += data;
  });
  child.stdin.end(JSON.stringify(given));
  const code = await new Promise((resolve, reject) => {
    child.on("close", resolve);
    child.on("error", reject);
  });
  if (code !== 0) throw new Error(`the client ended with ${code}: ${errors}`);
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const DOCUMENTED = new Set<string | undefined>(
  [status.OK, ...Object.values(GRPC_STATUS)]
    .filter((code) => code !== status.INTERNAL && code !== status.UNIMPLEMENTED)
    .map((code) => status[code]),
);

/** Methods that the page about compatibility says are described and not served. */
const notServed = () => {
  const page = readDocument("docs/reference/compatibility.md");
  return tableRows(section(page, "## Described and not served"))
    .flatMap(([service = "", methods = ""]) =>
      methods.split(", ").map((method) => `/${service}/${method}`.replaceAll("`", "")),
    )
    .sort();
};

test("gRPC's C core runs a job as client and worker, and is answered by every method", {
  timeout: SCRIPT_MS_MAX + INSTALL_MS_MAX,
}, async (context) => {
  const found = pythonWithGrpc();
  if ("lack" in found) return context.skip(found.lack);
  const gateway = await startGateway({ anonymous: "admin" });
  const { workerId, token } = await gateway.worker();
  const target = `127.0.0.1:${gateway.port}`;
  const said = await drive(found.python, { target, workerId, token });
  const scenario = said.find((line) => line.scenario)?.scenario;
  expect(scenario).toMatchObject({ exitCode: "0", health: 1 });
  expect(scenario?.lines ?? ["one", "two"]).toEqual(["one", "two"]);
  expect(await storedLines(gateway, scenario?.jobId ?? "")).toEqual(["one", "two"]);
  expect(await gateway.run(scenario?.jobId ?? "")).toMatchObject({ phase: "Succeeded" });

  const calls = said.filter((line): line is Call => line.method !== undefined);
  expect(calls.length).toBeGreaterThan(16);
  const isServed = ({ status: code }: Call) => code !== "UNIMPLEMENTED";
  const absent = new Set(calls.filter((call) => !isServed(call)).map(({ method }) => method));
  expect([...absent].sort()).toEqual(notServed());
  const wrong = calls.filter(isServed).filter((call) => {
    const isOpen = call.status === "OPEN"; // a stream that waits for what may come
    return !isOpen && !DOCUMENTED.has(call.status);
  });
  expect(wrong).toEqual([]);
});
