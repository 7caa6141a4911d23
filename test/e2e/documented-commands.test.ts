import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Fence, readDocument, section } from "../support/documents.ts";
import { root, startUp, type Up } from "../support/hodei-process.ts";
import { until } from "../support/until.ts";

/** One shell for all commands of a page, so that `id=$(…)` holds, as in a reader's terminal. */
class Terminal {
  readonly #shell: ChildProcess;
  #output = "";

  constructor(env: Up["env"]) {
    this.#shell = spawn("bash", [], {
      cwd: root,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: "1", ...env },
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#shell.stdout?.on("data", (chunk) => {
      this.#output += chunk;
    });
    // npx finds the same program, a second later each time.
    const start = `"${process.execPath}" cli/hodei.mjs "$@"`;
    this.#shell.stdin?.write(`exec 2>&1\nnpx() { shift; ${start}; }\n`);
  }

  async run(commands: string): Promise<{ code: number; output: string }> {
    this.#output = "";
    this.#shell.stdin?.write(`${commands}\nprintf '\\n<exit %s>\\n' $?\n`);
    const end = /\n<exit (\d+)>\n$/;
    await until(commands, () => end.test(this.#output), 60_000);
    const [, code = ""] = end.exec(this.#output) ?? [];
    return { code: Number(code), output: this.#output.replace(end, "") };
  }

  close(): void {
    this.#shell.kill();
  }
}

/** Output as far as it is the same every time: ids, instants, spans and widths are not. */
const essence = (output: string): string[] =>
  output
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "ID")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g, "INSTANT")
    .replace(/\b\d+s\b|\b\d+m\d+s\b/g, "SPAN")
    .replace(/127\.0\.0\.1:\d+/g, "ADDRESS")
    .replace(/\([0-9a-f]{16}\)/g, "(KEY)")
    .replace(/(state +)\S+/g, "$1DIRECTORY")
    .split("\n")
    .map((line) => line.replace(/\s+/g, " ").trim())
    .filter((line) => line !== "");

interface Step {
  readonly commands: string;
  /** What the page shows below them; null = nothing. */
  readonly shown: string | null;
}

const stepsOf = (fences: readonly Fence[]): Step[] =>
  fences.flatMap(({ language, text }, index) => {
    const next = fences[index + 1];
    const shown = next?.language === "text" ? next.text : null;
    return language === "sh" ? [{ commands: text.trim(), shown }] : [];
  });

const firstRun = stepsOf(readDocument("docs/start/first-run.md").fences);
const isUp = ({ commands }: Step) => commands === "npx hodei up";
const isSetUp = ({ commands }: Step) => commands === "npm ci";

const stateDir = mkdtempSync(join(tmpdir(), "hodei-documented-"));
let up: Up;
let terminal: Terminal;

beforeAll(async () => {
  up = await startUp(stateDir, ["--tick-ms", "1000"]);
  terminal = new Terminal(up.env);
});
afterAll(async () => {
  terminal.close();
  up.child.kill("SIGTERM");
  await up.ended;
  rmSync(stateDir, { recursive: true, force: true });
});

/** A reader is slower than a test: by the time he types the cancel, the run is executing. */
async function untilRunning(): Promise<void> {
  const { output: id } = await terminal.run('echo "$id"');
  await until("it runs", async () => {
    const response = await up.get(`/v1/runs/${id.trim()}`);
    return ((await response.json()) as { phase: string }).phase === "Running";
  });
}

describe("docs/start/first-run.md", () => {
  test("hodei up says what the page shows", () => {
    const step = firstRun.find(isUp);
    expect(essence(up.stdout())).toEqual(essence(step?.shown ?? ""));
  });

  const steps = firstRun.filter((step) => !isUp(step) && !isSetUp(step));
  test("has the steps of a first run", () => {
    const all = steps.map(({ commands }) => commands).join("\n");
    for (const word of ["run", "list", "logs", "get", "cancel", "workers"])
      expect(all).toContain(`npx hodei ${word}`);
  });

  test.each(steps)("$commands", async ({ commands, shown }) => {
    if (commands.includes("hodei cancel")) await untilRunning();
    const { code, output } = await terminal.run(commands);
    expect(essence(output)).toEqual(essence(shown ?? ""));
    expect(code).toBe(0);
  });
});

describe("README.md, local mode", () => {
  const readme = readDocument("README.md");
  const block = section(readme, "## Local mode");
  const commands = stepsOf(readme.fences.filter(({ text }) => block.includes(text)))
    .filter((step) => !isUp(step))
    .flatMap((step) => step.commands.split("\n"));
  const outputs = [/^hello\n$/, /^run 7\n$/, /short +Succeeded/, /Ready/];

  test("its commands end well and show what they should", async () => {
    expect(commands).toHaveLength(outputs.length);
    for (const [index, command] of commands.entries()) {
      const { code, output } = await terminal.run(command);
      expect(output, command).toMatch(outputs[index] as RegExp);
      expect(code, command).toBe(0);
    }
  });
});

describe("docs/operate/api-keys.md", () => {
  const commands = stepsOf(readDocument("docs/operate/api-keys.md").fences)
    .flatMap((step) => step.commands.split("\n"))
    .filter((command) => command.startsWith("npx hodei key"));

  test("makes, lists and revokes a key", async () => {
    expect(commands.map((command) => command.split(" ")[3])).toEqual(["create", "list", "revoke"]);
    const [create = "", list = "", revoke = ""] = commands;
    const made = await terminal.run(create);
    const [, id = ""] = /^hodei_([0-9a-f]{16})_[0-9a-f]{64}$/m.exec(made.output) ?? [];
    expect((await terminal.run(list)).output).toMatch(new RegExp(`^${id} +nightly +submit `, "m"));
    const { code, output } = await terminal.run(revoke.replace(/\S+$/, id));
    expect([code, output]).toEqual([0, `${id} is revoked\n`]);
  });
});

describe("docs/operate/audit.md", () => {
  const commands = stepsOf(readDocument("docs/operate/audit.md").fences)
    .flatMap((step) => step.commands.split("\n"))
    .filter((command) => command.startsWith("npx hodei audit"));
  const outputs = [
    /^AT +TYPE +ACTOR +OF +WHAT\n.*ApiKeyRevoked/,
    /ApiKeyCreated .*name=nightly/,
    /^RunSubmitted +[1-9]/m,
    /nothing is recorded/,
  ];

  test("shows who made the key and who submitted", async () => {
    expect(commands).toHaveLength(outputs.length);
    for (const [index, command] of commands.entries()) {
      const { code, output } = await terminal.run(command);
      expect(output, command).toMatch(outputs[index] as RegExp);
      expect(code, command).toBe(0);
    }
  });
});

describe("docs/guides/troubleshooting.md", () => {
  const [step] = stepsOf(readDocument("docs/guides/troubleshooting.md").fences);

  test("the doctor finds a running local mode sound", async () => {
    const { code, output } = await terminal.run(step?.commands ?? "false");
    expect(output).toMatch(/^ok +invariants +all \d+ hold of \d+ runs/m);
    expect(output).not.toMatch(/^fail/m);
    expect(code).toBe(0);
  });
});

describe("README.md, a template", () => {
  const readme = readDocument("README.md");
  const block = section(readme, "## A template");
  const [step] = stepsOf(readme.fences.filter(({ text }) => block.includes(text)));

  test("its commands say what the page shows", async () => {
    const { code, output } = await terminal.run(step?.commands ?? "false");
    expect(essence(output)).toEqual(essence(step?.shown ?? ""));
    expect(code).toBe(0);
  });
});

describe("docs/guides/fencing.md", () => {
  const [step, ...others] = stepsOf(readDocument("docs/guides/fencing.md").fences);

  test("a job asks whether its attempt counts, and commits", async () => {
    const { code, output } = await terminal.run(step?.commands ?? "false");
    expect(essence(output)).toEqual(essence(step?.shown ?? ""));
    expect([code, others]).toEqual([0, []]);
  });

  test("outside a job it says so", async () => {
    const { code, output } = await terminal.run("npx hodei fence check");
    expect([code, output]).toEqual([2, expect.stringContaining("not inside a job")]);
  });
});

test("Ctrl-C stops it in order", async () => {
  up.child.kill("SIGINT");
  const { code, stdout } = await up.ended;
  expect(stdout).toMatch(/stopping…\n$/);
  expect(code).toBe(0);
});
