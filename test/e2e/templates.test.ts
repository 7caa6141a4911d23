import { hash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hodei, startUp, type Up } from "../support/hodei-process.ts";

const stateDir = mkdtempSync(join(tmpdir(), "hodei-templates-"));
let up: Up;
const cli = (...args: string[]) => hodei(args, up.env);
const json = async (...args: string[]) => JSON.parse((await cli(...args, "--json")).stdout);

beforeAll(async () => {
  up = await startUp(stateDir, ["--tick-ms", "1000"]);
});
afterAll(async () => {
  up.child.kill("SIGTERM");
  await up.ended;
  rmSync(stateDir, { recursive: true, force: true });
});

const SECRET = "s3cret-of-the-exam";
const HOSTILE = 'eu"; touch /tmp/hodei-was-here; echo "';
const SHOW = `
const { readFileSync, statSync } = require("node:fs");
const { hash } = require("node:crypto");
const file = process.env.HODEI_PARAMS;
const own = Object.entries(process.env).filter(([name]) => name.startsWith("HODEI_PARAM_"));
const values = JSON.parse(readFileSync(file, "utf8"));
const isSecret = hash("sha256", values.TOKEN) === "${hash("sha256", SECRET)}" && process.env.HODEI_PARAM_TOKEN === values.TOKEN;
delete values.TOKEN;
console.log(JSON.stringify({ isSecret, mode: statSync(file).mode & 0o777, values, names: own.map(([name]) => name).sort(), region: process.env.HODEI_PARAM_REGION }));
process.exit(values.CODE);`;

test("a job is written once, run with values, run again, and counted", async () => {
  const file = join(stateDir, "show.json");
  writeFileSync(
    file,
    JSON.stringify({
      name: "show",
      spec: { command: ["node", "-e", SHOW] },
      parameters: [
        { name: "REGION", required: true },
        { name: "CODE", type: "number", default: 0 },
        { name: "FAST", type: "boolean", default: true },
        { name: "TOKEN", type: "secret" },
      ],
    }),
  );
  expect(await cli("template", "create", "-f", file)).toMatchObject({
    ...{ code: 0, stdout: "show version 1\n" },
  });

  const secrets = join(stateDir, "secrets.yaml");
  writeFileSync(secrets, `TOKEN: ${SECRET}\n`);
  const values = ["--params", secrets, "-p", `REGION=${HOSTILE}`];
  const first = await cli("template", "run", "show", ...values, "--follow");
  expect(first.code).toBe(0);
  expect(JSON.parse(first.stdout)).toEqual({
    ...{ isSecret: true, mode: 0o600, region: HOSTILE },
    values: { REGION: HOSTILE, CODE: 0, FAST: true },
    names: ["CODE", "FAST", "REGION", "TOKEN"].map((name) => `HODEI_PARAM_${name}`),
  });

  const [run] = (await cli("template", "runs", "show", "--json")).stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(run).toMatchObject({ phase: "Succeeded", template: { name: "show", number: 1 } });
  const again = await cli("rerun", run.id, "--params", secrets, "-p", "CODE=3", "--follow");
  expect(again.code).toBe(3);
  expect(JSON.parse(again.stdout)).toMatchObject({ isSecret: true, values: { CODE: 3 } });

  await cli("template", "update", "show", "--", "true");
  expect(await json("template", "run", "show", "-p", "REGION=eu")).toMatchObject({
    template: { version: 2, number: 3 },
  });
  expect(await json("template", "stats", "show")).toMatchObject({
    ...{ numbers: 3, runs: 3, succeeded: expect.any(Number), failed: 1, cancelled: 0 },
    lastRun: { number: 3 },
  });

  const everything = await Promise.all(
    ["runs?limit=9", `runs/${run.id}`, `runs/${run.id}/events`, `runs/${run.id}/attempts`]
      .concat(["templates/show", "templates/show/runs", "templates/show/stats"])
      .map(async (path) => (await up.get(`/v1/${path}`)).text()),
  );
  expect(everything.join("")).not.toContain(SECRET);
  expect(everything[1]).toContain('"TOKEN":null');

  expect((await cli("template", "archive", "show")).stdout).toBe("show is Archived\n");
  expect((await cli("rerun", run.id)).stderr).toContain("is Archived");
});
