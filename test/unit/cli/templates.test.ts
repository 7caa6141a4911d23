import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import type { TemplateBody } from "#core/domain/spec/template-api.ts";
import type { CliTest } from "./test-cli.ts";
import { endEach, lines, setUp } from "./test-cli-set-up.ts";

vi.setConfig({ testTimeout: 30_000 }); // each test starts processes
afterEach(endEach);

const FILE = `
name: report
description: the nightly report
spec: {command: [./report.sh], resources: {memory: 1Gi}}
parameters:
  - {name: REGION, type: choice, choices: [eu, us], required: true}
  - {name: LIMIT, type: number, default: 10, min: 1}
  - {name: TOKEN, type: secret}
`;

async function withReport(): Promise<CliTest> {
  const test = await setUp();
  const made = await test.cli(["template", "create", "-f", "-"], { stdin: FILE });
  expect(made).toMatchObject({ exitCode: 0, out: "report version 1\n", err: "" });
  return test;
}
const template = async (test: CliTest, name = "report") =>
  (await test.plane.templates.template({ name })) as unknown as TemplateBody;

describe("hodei template", () => {
  it("create takes a command, spec flags and parameters", async () => {
    const test = await setUp();
    const parameters = ["REGION", "LIMIT:number=10", "FAST:boolean=false", "TOKEN:secret"];
    const flags = [
      ...["--cpu", "1", "--description", "a report", "--template-label", "team=data"],
      ...parameters.flatMap((one) => ["--param", one]),
    ];
    const words = ["report", ...flags, "--", "./report.sh", "--all"];
    expect(await test.cli(["template", "create", ...words])).toMatchObject({
      ...{ exitCode: 0, out: "report version 1\n" },
    });
    expect(await template(test)).toMatchObject({
      ...{ name: "report", description: "a report", labels: { team: "data" } },
      spec: { command: { argv: ["./report.sh", "--all"] }, resources: { cpuMillis: 1000 } },
      parameters: [
        { name: "REGION", type: "string", required: true, default: null },
        { name: "LIMIT", type: "number", required: false, default: 10 },
        { name: "FAST", type: "boolean", required: false, default: false },
        { name: "TOKEN", type: "secret", required: true, default: null },
      ],
    });
  });

  it("create says every bad field", async () => {
    const test = await setUp();
    const stdin = "name: r\nspec: {comand: [a]}\nparameters: [{name: A, type: date}]\n";
    const result = await test.cli(["template", "create", "-f", "-"], { stdin });
    expect(result).toMatchObject({ exitCode: 1, out: "" });
    expect(result.err).toContain("  spec.comand: unknown field; did you mean command?\n");
    expect(result.err).toContain("  parameters[0].type: must be one of");
  });

  it("update changes what is said, at the version that is expected", async () => {
    const test = await withReport();
    const update = (...words: string[]) => test.cli(["template", "update", "report", ...words]);
    expect((await update("--memory", "2Gi")).out).toBe("report version 2\n");
    expect((await update("--", "./other.sh")).out).toBe("report version 3\n");
    expect(await template(test)).toMatchObject({
      ...{ description: "the nightly report", parameters: [{}, {}, {}] },
      spec: { command: { argv: ["./other.sh"] }, resources: { memoryMib: 2048 } },
    });
    const late = await update("--description", "x", "--expected-version", "2");
    expect(late.exitCode).toBe(1);
    expect(late.err).toContain("template report is at version 3");
  });

  it("get --definition is what update takes", async () => {
    const test = await withReport();
    const { out } = await test.cli(["template", "get", "report", "--definition"]);
    expect(parse(out)).toMatchObject({ name: "report", parameters: [{ name: "REGION" }, {}, {}] });
    const again = await test.cli(["template", "update", "report", "-f", "-"], { stdin: out });
    expect(again.out).toBe("report version 1\n"); // nothing changed
    await test.cli(["template", "update", "report", "--description", "two"]);
    const first = await test.cli(["template", "get", "report", "--version", "1", "--json"]);
    expect(lines(first.out)).toMatchObject([{ version: 1, newestVersion: 2 }]);
    const { out: shown } = await test.cli(["template", "get", "report"]);
    expect(shown).toMatch(/^Version +2$/m);
    expect(shown).toMatch(/^REGION +choice +yes +- +eu, us *$/m);
    expect(shown).toMatch(/^LIMIT +number +no +10 +1\.\. *$/m);
    const versions = await test.cli(["template", "versions", "report", "--json"]);
    expect(lines(versions.out)).toMatchObject([{ version: 2 }, { version: 1 }]);
  });

  it("list shows what is there, by status", async () => {
    const test = await withReport();
    expect((await test.cli(["template", "list"])).out).toMatch(/^report +Active +1 /m);
    const disabled = await test.cli(["template", "disable", "report"]);
    expect(disabled.out).toBe("report is Disabled\n");
    const refused = await test.cli(["template", "run", "report", "-p", "REGION=eu"]);
    expect(refused).toMatchObject({ exitCode: 1, err: expect.stringContaining("is Disabled") });
    expect((await test.cli(["template", "enable", "report"])).out).toBe("report is Active\n");
    expect((await test.cli(["template", "archive", "report"])).out).toBe("report is Archived\n");
    expect(await test.cli(["template", "list"])).toMatchObject({ out: "", err: "no templates\n" });
    const all = await test.cli(["template", "list", "--status", "Archived", "--json"]);
    expect(lines(all.out)).toMatchObject([{ name: "report", status: "Archived" }]);
    const gone = await test.cli(["template", "get", "report"]);
    expect(gone.err).toContain("`hodei template list` shows the templates there are");
  });
});

describe("hodei template run", () => {
  it("makes the next run, with values from options over those of a file", async () => {
    const test = await withReport();
    const file = join(test.directory, "values.yaml");
    writeFileSync(file, "TOKEN: s3cret\nLIMIT: 5\nREGION: us\n");
    const run = (...words: string[]) => test.cli(["template", "run", "report", ...words]);
    const { out } = await run("--params", file, "-p", "REGION=eu");
    const id = out.trim();
    expect(await test.plane.reader.run(id)).toMatchObject({
      template: { name: "report", version: 1, number: 1 },
      parameters: { REGION: "eu", LIMIT: 5, TOKEN: null },
    });
    expect(await test.plane.templates.runValues(id)).toMatchObject({ TOKEN: "s3cret" });
    const shown = await test.cli(["get", id]);
    expect(shown.out).toMatch(/^Template +report version 1, run #1$/m);
    expect(shown.out).toMatch(/^Parameters +REGION=eu, LIMIT=5, TOKEN=\(secret\)$/m);
    expect(shown.out).not.toContain("s3cret");
    const refused = await run("-p", "LIMIT=0");
    expect(refused.err).toContain("  parameters.REGION: is required\n");
    expect(refused.err).toContain("  parameters.LIMIT: must not be less than 1\n");
    const list = await test.cli(["template", "runs", "report"]);
    expect(list.out).toMatch(new RegExp(`^#1 +1 +Pending .* ${id}$`, "m"));
    expect(await test.cli(["template", "runs", "report", "--phase", "Failed"])).toMatchObject({
      ...{ out: "", err: "no runs\n" },
    });
    expect((await test.cli(["template", "stats", "report"])).out).toMatch(/^Runs +0 kept of 1$/m);
  });

  it("makes one run of one key", async () => {
    const test = await withReport();
    const words = ["template", "run", "report", "-p", "REGION=eu", "--idempotency-key", "k"];
    const first = await test.cli(words);
    const again = await test.cli(words);
    expect(again.out).toBe(first.out);
    expect(again.err).toContain("this key had made the run before");
  });
});

describe("hodei rerun", () => {
  it("repeats a run of a template, at its version or the newest, and a plain one", async () => {
    const test = await withReport();
    const first = await test.cli(["template", "run", "report", "-p", "REGION=eu"]);
    const id = first.out.trim();
    await test.cli(["template", "update", "report", "--description", "two"]);
    const rerun = async (...words: string[]) => (await test.cli(["rerun", ...words])).out.trim();
    expect(await test.plane.reader.run(await rerun(id, "-p", "LIMIT=7"))).toMatchObject({
      ...{ rerunOf: id, template: { version: 1, number: 2 }, parameters: { LIMIT: 7 } },
    });
    expect(await test.plane.reader.run(await rerun(id, "--latest"))).toMatchObject({
      ...{ rerunOf: id, template: { version: 2, number: 3 } },
    });
    const plain = (await test.cli(["run", "--", "true"])).out.trim();
    const repeated = await rerun(plain);
    expect(await test.plane.reader.run(repeated)).toMatchObject({ rerunOf: plain });
    expect((await test.cli(["get", repeated])).out).toMatch(new RegExp(`^Repeats +${plain}$`, "m"));
  });
});
