import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  cruise,
  type ICruiseOptions,
  type ICruiseResult,
  type IForbiddenRuleType,
} from "dependency-cruiser";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // cruises whole trees

interface Law {
  readonly forbidden: readonly (IForbiddenRuleType & { name: string; comment: string })[];
  readonly options: ICruiseOptions;
}
const { default: law } = (await import(
  new URL("../../.dependency-cruiser.mjs", import.meta.url).href
)) as { default: Law };

/** Modules that are fine by themselves, for others to import. */
const FINE: Readonly<Record<string, string>> = {
  "core/domain/limits.ts": "export const limits = 1;",
  "core/domain/spec/run-spec.ts": 'import "zod"; import "../limits.ts"; export {};',
  "core/ports/store.ts": 'import "../domain/limits.ts"; export {};',
  "core/application/submit.ts": 'import "node:crypto"; import "../ports/store.ts"; export {};',
  "adapters/store/pg.ts": 'import "pg"; import "../../core/ports/store.ts"; export {};',
  "adapters/wake/sqs.ts":
    'import "@aws-sdk/client-sqs"; import "../../core/ports/store.ts"; export {};',
  "functions/compose.ts":
    'import "../adapters/store/pg.ts"; import "../core/application/submit.ts"; export {};',
  "functions/http/app.ts": 'import "hono"; import "../compose.ts"; export {};',
  "gateway/main.ts":
    'import "@grpc/grpc-js"; import "../adapters/store/pg.ts"; import "../proto/gen/hodei.ts"; export {};',
  "worker/main.ts": 'import "../proto/gen/hodei.ts"; import "../core/domain/limits.ts"; export {};',
  "proto/gen/hodei.ts": 'import "@bufbuild/protobuf"; export {};',
  "cli/main.ts":
    'import "commander"; import "../core/domain/spec/run-spec.ts"; import "./commands/up.ts"; export {};',
  "cli/commands/up.ts": 'export const up = () => import("../../local/main.ts");',
  "local/main.ts":
    'import "../functions/http/app.ts"; import "../gateway/main.ts"; import "pg"; export {};',
  "local/start-local.ts": 'import "../scripts/bundle.ts"; import "./main.ts"; export {};',
  "scripts/bundle.ts": 'import "esbuild"; export {};',
  "infra/stage.ts":
    'import "node:fs"; import "../core/domain/limits.ts"; export const isProduction = true;',
  "bench/start.ts": 'import "../scripts/bundle.ts"; import "../local/main.ts"; export {};',
  "test/x.test.ts": 'import "../local/main.ts"; import "esbuild";',
};

/** One bad file for every rule: what it imports, and which rule must bite. */
const BAD: readonly (readonly [rule: string, path: string, imported: string])[] = [
  ["domain-is-pure", "core/domain/reads-files.ts", "node:fs"],
  ["domain-is-pure", "core/domain/uses-zod.ts", "zod"],
  ["fire-times-know-only-croner", "core/domain/schedule/fire-times.ts", "zod"],
  ["spec-knows-only-zod", "core/domain/spec/reads-yaml.ts", "yaml"],
  ["ports-speak-domain", "core/ports/knows-use-case.ts", "../application/submit.ts"],
  ["application-knows-no-adapter", "core/application/writes.ts", "../../adapters/store/pg.ts"],
  ["application-knows-no-adapter", "core/application/reads-files.ts", "node:fs"],
  ["adapters-do-not-drive", "adapters/store/drives.ts", "../../core/application/submit.ts"],
  ["adapters-are-strangers", "adapters/store/knows-wake.ts", "../wake/sqs.ts"],
  ["entry-points-are-strangers", "gateway/knows-functions.ts", "../functions/http/app.ts"],
  ["compose-wires-the-adapters", "functions/http/knows-store.ts", "../../adapters/store/pg.ts"],
  ["worker-is-a-client", "worker/knows-port.ts", "../core/ports/store.ts"],
  ["cli-is-a-client", "cli/knows-limits.ts", "../core/domain/limits.ts"],
  ["nobody-imports-local", "functions/http/knows-local.ts", "../../local/main.ts"],
  ["descriptions-are-not-shipped", "functions/http/tells.ts", "./runs.openapi.ts"],
  ["only-local-builds", "gateway/builds.ts", "../scripts/bundle.ts"],
  ["infra-knows-the-domain", "infra/queue.ts", "../adapters/wake/sqs.ts"],
  ["nobody-imports-infra", "functions/knows-infra.ts", "../infra/stage.ts"],
  ["nobody-imports-bench", "scripts/knows-bench.ts", "../bench/start.ts"],
  ["sdk-stays-home", "functions/http/queries.ts", "pg"],
  ["lambda-types-stay-in-functions", "gateway/routes.ts", "hono"],
  ["grpc-stays-at-the-edge", "functions/http/knows-grpc.ts", "@grpc/grpc-js"],
  ["grpc-stays-at-the-edge", "adapters/wake/knows-messages.ts", "../../proto/gen/hodei.ts"],
  ["printing-stays-in-the-cli", "worker/prints.ts", "commander"],
  ["zod-parses-at-the-door", "gateway/parses.ts", "zod"],
  ["test-tools-stay-in-tests", "worker/builds.ts", "esbuild"],
  ["packages-are-declared", "cli/borrows.ts", "undeclared"],
  ["no-test-in-product", "gateway/tests.ts", "../test/x.test.ts"],
  ["nothing-unresolvable", "gateway/lost.ts", "./nowhere.ts"],
  ["no-circular", "core/domain/ring-a.ts", "./ring-b.ts"],
];

/** Bad files of another form. */
const SPECIAL: Readonly<Record<string, string>> = {
  "core/domain/ring-b.ts": 'import "./ring-a.ts"; export {};',
  "gateway/alone.ts": "export const nobody = 1;",
};
const EAGER_UP = 'import "../../local/main.ts"; export {};';

const dependencies = ["zod", "pg", "yaml", "hono", "commander", "@grpc/grpc-js"];
const MANIFEST = {
  dependencies: Object.fromEntries(
    [...dependencies, "@aws-sdk/client-sqs", "@bufbuild/protobuf"].map((name) => [name, "1"]),
  ),
  devDependencies: { esbuild: "1" },
};

const directories: string[] = [];
const FOLDERS = [
  "core",
  "adapters",
  "functions",
  "infra",
  "gateway",
  "worker",
  "cli",
  "local",
  "bench",
  "proto",
  "scripts",
  "test",
];

/** What the law says of a tree of these files: `rule: from → to`. */
async function judge(files: Readonly<Record<string, string>>): Promise<string[]> {
  const baseDir = realpathSync(mkdtempSync(join(tmpdir(), "hodei-law-")));
  directories.push(baseDir);
  const write = (path: string, text: string) => {
    mkdirSync(join(baseDir, dirname(path)), { recursive: true });
    writeFileSync(join(baseDir, path), text);
  };
  write("package.json", JSON.stringify(MANIFEST));
  for (const name of [
    ...dependencies,
    "@aws-sdk/client-sqs",
    "@bufbuild/protobuf",
    "esbuild",
    "undeclared",
  ]) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: "index.js" }));
    write(`node_modules/${name}/index.js`, "");
  }
  for (const [path, text] of Object.entries(files)) write(path, text);
  const { tsConfig: _ours, ...options } = law.options;
  const forbidden = [...law.forbidden];
  const { output } = await cruise(FOLDERS, {
    ...options,
    baseDir,
    validate: true,
    ruleSet: { forbidden },
  });
  return (output as ICruiseResult).summary.violations.map(
    ({ rule, from, to }) => `${rule.name}: ${from} → ${to}`,
  );
}

afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

describe("the import law", () => {
  let found: string[] = [];
  beforeAll(async () => {
    const planted = BAD.map(
      ([, path, imported]) => [path, `import "${imported}"; export {};`] as const,
    );
    found = await judge({
      ...FINE,
      ...Object.fromEntries(planted),
      ...SPECIAL,
      "cli/commands/up.ts": EAGER_UP,
    });
  });

  it("lets pass what is as it should be", async () => {
    expect(await judge(FINE)).toEqual([]);
  });

  it.each(BAD)("%s bites %s, which imports %s", (rule, path) => {
    expect(found.filter((one) => one.startsWith(`${rule}: ${path} →`))).not.toEqual([]);
  });

  it("an eager `hodei up` is bitten, though the lazy one may pass", () => {
    expect(found).toContain("up-loads-local-lazily: cli/commands/up.ts → local/main.ts");
  });

  it("a file that nobody needs and that needs nobody is bitten", () => {
    expect(found).toContain("no-orphans: gateway/alone.ts → gateway/alone.ts");
  });

  it("every rule was put to the test, and says why it is there", () => {
    const tried = new Set([...BAD.map(([rule]) => rule), "up-loads-local-lazily", "no-orphans"]);
    for (const { name, comment } of law.forbidden) {
      expect(tried, name).toContain(name);
      expect(comment.length, name).toBeGreaterThan(20);
    }
    expect(tried.size).toBe(law.forbidden.length);
  });
});
