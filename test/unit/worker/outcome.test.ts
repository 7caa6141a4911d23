import { expect, test } from "vitest";
import { parseOomKills } from "../../../worker/memory-events.ts";
import { outcomeOfExit, outcomeOfStartFailure } from "../../../worker/outcome.ts";

const ended = (code: number | null, signal: NodeJS.Signals | null = null) => ({ code, signal });

test.each([
  ["exit 0", ended(0), null, false, { end: "Exited", exitCode: 0, signal: "", errorMessage: "" }],
  ["exit 3", ended(3), null, false, { end: "Exited", exitCode: 3, signal: "" }],
  [
    "a signal",
    ended(null, "SIGSEGV"),
    null,
    false,
    { end: "Exited", exitCode: 139, signal: "SIGSEGV" },
  ],
  ["killed, no evidence", ended(null, "SIGKILL"), null, false, { end: "Exited", exitCode: 137 }],
  ["killed for memory", ended(null, "SIGKILL"), null, true, { end: "OutOfMemory", exitCode: 137 }],
  [
    "a shell tells of it",
    ended(137),
    null,
    true,
    { end: "OutOfMemory", exitCode: 137, signal: "" },
  ],
  ["failed, another was killed", ended(1), null, true, { end: "Exited", exitCode: 1 }],
  ["timeout", ended(null, "SIGTERM"), "Timeout", false, { end: "Timeout", exitCode: 143 }],
  ["timeout by force", ended(null, "SIGKILL"), "Timeout", true, { end: "Timeout", exitCode: 137 }],
  ["cancel, obeyed with 0", ended(0), "Cancelled", false, { end: "Cancelled", exitCode: 0 }],
  ["drain", ended(0), "Drained", false, { end: "Drained" }],
  ["deadline", ended(null, "SIGTERM"), "Deadline", false, { end: "Deadline", exitCode: 143 }],
] as const)("%s", (_, exit, stop, oomKilled, expected) => {
  const outcome = outcomeOfExit({ exit, stop, oomKilled });
  expect(outcome).toMatchObject(expected);
  expect(outcome.errorMessage === "").toBe(outcome.end === "Exited" && outcome.exitCode === 0);
});

test.each([
  ["ENOENT", "tool", 127, "could not be started: no such program or file: tool"],
  ["EACCES", "tool", 126, "could not be started: permission denied: tool"],
  ["EIO", "tool", 126, "could not be started: raw text"],
])("a start that fails with %s", (code, path, exitCode, errorMessage) => {
  const error = Object.assign(new Error("raw text"), { code, path });
  expect(outcomeOfStartFailure(error)).toEqual({
    end: "StartFailed",
    exitCode,
    signal: "",
    errorMessage,
  });
});

test.each([
  ["low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 1\n", 2],
  ["low 0\noom_kill 0\n", 0],
  ["", 0],
])("the kernel's count of kills is read", (text, count) => {
  expect(parseOomKills(text)).toBe(count);
});
