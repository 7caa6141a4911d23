import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { limits } from "#core/domain/limits.ts";
import type { Command } from "#core/domain/spec/run-spec.ts";
import { type DeepPartial, JobDefinition } from "#proto/hodei.ts";
import { runCommand } from "../../../gateway/codec.ts";
import { specInput } from "../../../gateway/job-codec.ts";
import { aSpec } from "../../support/factories.ts";

const commandFor = (command: Command, original: boolean) => {
  const ids = { runId: "r", executionId: "e", workerId: "w" };
  const dispatch = { ...ids, name: "n", fence: 1, epoch: 1, deadlineInMs: 1, stop: false };
  const spec = aSpec({ command });
  return runCommand(
    { ...dispatch, attemptPhase: "Assigned", parameters: null, reason: null, spec },
    { limits, original },
  ).command?.commandType;
};

describe("scripts for the original's workers, of which the first generation calls `-c`", () => {
  const script = (interpreter: string, content = "1"): Command => ({
    ...{ kind: "script", interpreter, content },
  });

  it.each(["sh", "bash", "/bin/bash", "dash", "zsh", "/usr/bin/python3", "python3.12", "python"])(
    "%s runs what follows -c: as it is",
    (interpreter) => {
      const value = { interpreter, content: "1" };
      expect(commandFor(script(interpreter), true)).toEqual({ $case: "script", value });
    },
  );

  it.each(["node", "/usr/bin/perl", "ruby", "awk", "mypython3-wrapper", "bashful"])(
    "%s would not: from a file, by way of a shell",
    (interpreter) => {
      expect(commandFor(script(interpreter), true)).toMatchObject({ $case: "shell" });
      expect(commandFor(script(interpreter), false)).toMatchObject({ $case: "script" });
    },
  );

  it("the shell hands on the text, the output and the exit code, and leaves no file", () => {
    const content =
      "console.log(`\"$1\" 'q' \\n`); process.exitCode = 7; console.error(__filename)";
    const sent = commandFor(script("node", content), true);
    if (sent?.$case !== "shell") throw new Error("not by a shell");
    const env = { ...process.env, PATH: `${process.execPath}/..:${process.env.PATH}` };
    const done = spawnSync(sent.value.cmd, sent.value.args, { encoding: "utf8", env });
    expect(done).toMatchObject({ status: 7, stdout: "\"$1\" 'q' \n\n" });
    expect(spawnSync("test", ["-e", done.stderr.trim()]).status).toBe(1);
  });
});

describe("what command lines put into `command`", () => {
  const input = (job: DeepPartial<JobDefinition>) =>
    specInput(JobDefinition.fromPartial(job as JobDefinition));

  it.each([
    ["a program", { command: "hostname" }, { command: ["hostname"] }],
    ["a program and arguments", { command: "a b", arguments: ["c"] }, { command: ["a b", "c"] }],
    ["an empty argument", { command: "a b", arguments: [""] }, { command: ["a b", ""] }],
    ["a line", { command: "echo hi" }, { shell: "echo hi" }],
    ["a script", { command: "set -e\ntrue\n" }, { shell: "set -e\ntrue\n" }],
    ["a script of one word", { command: "true\n" }, { shell: "true\n" }],
    ["nothing", { command: "" }, { command: [] }],
    ["blanks", { command: " \n" }, { command: [" \n"] }],
    [
      "a script that names its interpreter",
      { command: "#!/bin/bash -e\ntrue" },
      { script: { interpreter: "/bin/bash", content: "#!/bin/bash -e\ntrue" } },
    ],
    [
      "a script that has its interpreter looked for",
      { command: "#! /usr/bin/env python3\n1" },
      { script: { interpreter: "python3", content: "#! /usr/bin/env python3\n1" } },
    ],
  ])("%s", (_what, job, expected) => {
    const { command, shell, script } = input(job);
    expect({ command, shell, script }).toEqual(expected);
  });
});
