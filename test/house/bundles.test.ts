import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesOf, eagerFiles, packagesIn } from "../../bench/start-time/bundle-contents.ts";
import {
  type Bundle,
  bundleFunctions,
  bundleWorker,
  FUNCTION_ENTRIES,
  type FunctionName,
} from "../../scripts/bundle.ts";

/**
 * What a machine or a Lambda loads before it does anything: bytes are time. A fifth of the largest function is
 * the description of the API, which no start reads.
 */
const BYTES_MAX = {
  worker: 700_000,
  inJob: 10_000,
  function: 1_000_000,
  functionAtImport: 380_000,
};

const functionNames = Object.keys(FUNCTION_ENTRIES) as FunctionName[];
const folder = mkdtempSync(join(tmpdir(), "hodei-bundles-"));
let worker: Bundle;
let functions: Record<FunctionName, Bundle>;

beforeAll(async () => {
  worker = await bundleWorker(join(folder, "worker.mjs"));
  functions = await bundleFunctions(folder);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const named = (packages: ReadonlySet<string>, pattern: RegExp) =>
  [...packages].filter((name) => pattern.test(name));

describe("the bundle of the worker", () => {
  it("is small", () => {
    expect(bytesOf(worker)).toBeGreaterThan(100_000);
    expect(bytesOf(worker)).toBeLessThanOrEqual(BYTES_MAX.worker);
  });

  it("holds gRPC and nothing of schemas, reflection, databases or AWS", () => {
    const packages = packagesIn(worker);
    expect(packages).toContain("@grpc/grpc-js");
    expect(named(packages, /^(zod|protobufjs|@grpc\/reflection|pg|prom-client|@aws)/)).toEqual([]);
  });

  it("holds only the client that it uses", () => {
    const [output] = Object.values(worker.metafile.outputs);
    const ours = Object.keys(output?.inputs ?? {}).filter((path) =>
      /^(core|adapters)\//.test(path),
    );
    expect(ours).toEqual(["core/domain/limits.ts", "core/domain/spec/uuid.ts"]);
  });
});

describe("what jobs find as hodei", () => {
  it("is beside the worker, small, and whole without anything beside it", () => {
    const text = readFileSync(join(folder, "in-job.mjs"), "utf8");
    expect(text.length).toBeLessThanOrEqual(BYTES_MAX.inJob);
    const imported = [...text.matchAll(/\bfrom\s*"([^"]+)"/g)].map(([, from]) => from);
    expect(imported).not.toEqual([]);
    expect(imported.filter((from) => !from?.startsWith("node:"))).toEqual([]);
    const { status, stdout } = spawnSync(process.execPath, [join(folder, "in-job.mjs"), "help"]);
    expect([status, String(stdout)]).toEqual([0, expect.stringContaining("hodei fence check")]);
  });
});

describe("the description of the API", () => {
  const document = "docs/reference/openapi.json";
  const inputsOf = (bundle: Bundle, files?: ReadonlySet<string>) =>
    Object.entries(bundle.metafile.outputs)
      .filter(([file]) => files?.has(file) ?? true)
      .flatMap(([, { inputs }]) =>
        Object.keys(inputs).filter((path) => inputs[path]?.bytesInOutput),
      );

  it("is in the function that serves it, in a file that a cold import does not read", () => {
    expect(inputsOf(functions.http)).toContain(document);
    expect(inputsOf(functions.http, eagerFiles(functions.http))).not.toContain(document);
  });

  it("is made outside of every bundle", () => {
    for (const name of functionNames) {
      const makers = /[.]openapi[.]ts$|^scripts|to-json-schema|json-schema-processors|\/ajv/;
      expect(inputsOf(functions[name]).filter((path) => makers.test(path))).toEqual([]);
    }
  });
});

describe.each(functionNames)("the bundle of the function %s", (name) => {
  it("is small, and what a cold import reads of it is smaller", () => {
    const bundle = functions[name];
    expect(bytesOf(bundle)).toBeLessThanOrEqual(BYTES_MAX.function);
    expect(bytesOf(bundle, eagerFiles(bundle))).toBeLessThanOrEqual(BYTES_MAX.functionAtImport);
  });

  it("holds no database driver, no gRPC and no Prometheus", () => {
    expect(named(packagesIn(functions[name]), /^(pg|pg-.*|@grpc\/.*|prom-client)$/)).toEqual([]);
  });

  it("holds the SDK of AWS in files that a cold import does not read", () => {
    const bundle = functions[name];
    const sdk = /^(@aws-sdk|@smithy)\//;
    expect(named(packagesIn(bundle), sdk)).toContain("@aws-sdk/client-rds-data");
    expect(named(packagesIn(bundle, eagerFiles(bundle)), sdk)).toEqual([]);
  });
});
