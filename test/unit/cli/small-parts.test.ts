import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AttemptBody, bulkBounds, type RunBody } from "#core/domain/spec/api.ts";
import { bulkRequests } from "../../../cli/bulk-requests.ts";
import { formatSpan, parseDuration } from "../../../cli/duration.ts";
import { exitCodeOf } from "../../../cli/exit-code.ts";
import { findServerAddress } from "../../../cli/server-address.ts";
import { overrideSpec, readSpecDocuments } from "../../../cli/spec-documents.ts";
import { createTerminalFilter, onOneLine } from "../../../cli/terminal-filter.ts";

describe("the exit code of a followed run", () => {
  const attempt = (own: Partial<AttemptBody>) => own as AttemptBody;
  it.each<[string, Partial<RunBody>, Partial<AttemptBody>[], number]>([
    ["success", { phase: "Succeeded", exitCode: 0 }, [{}], 0],
    ["the job's own", { phase: "Failed", exitCode: 42 }, [{ exitCode: 42 }], 42],
    [
      "of the last attempt",
      { phase: "Failed", exitCode: null },
      [{ exitCode: 1 }, { exitCode: 9 }],
      9,
    ],
    ["a signal", { phase: "Failed", exitCode: null }, [{ signal: "SIGSEGV" }], 139],
    ["a signal with its code", { phase: "Failed", exitCode: 137 }, [{ signal: "SIGKILL" }], 137],
    ["an unknown signal", { phase: "Failed", exitCode: null }, [{ signal: "SIGNOPE" }], 1],
    ["no code at all", { phase: "Failed", exitCode: null }, [], 1],
    ["zero, but failed", { phase: "Failed", exitCode: 0 }, [{ exitCode: 0 }], 1],
    ["a code no process can have", { phase: "Failed", exitCode: -1 }, [], 1],
    [
      "deadline",
      { phase: "Failed", reason: "DeadlineExceeded", exitCode: 143 },
      [{ signal: "SIGTERM" }],
      124,
    ],
    [
      "attempt timeout",
      { phase: "Failed", exitCode: 143 },
      [{ failure: "timeout", signal: "SIGTERM" }],
      124,
    ],
    ["cancelled", { phase: "Cancelled", exitCode: 143 }, [{ signal: "SIGTERM" }], 130],
  ])("%s", (_what, run, attempts, code) => {
    expect(exitCodeOf(run as RunBody, attempts.map(attempt))).toBe(code);
  });
});

describe("durations", () => {
  it.each([
    ["0", 0],
    ["90", 90],
    ["90s", 90],
    ["1m30s", 90],
    ["2h", 7200],
    ["1d", 86_400],
    ["1d2h3m4s", 93_784],
  ])("%s is %d seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });
  it.each(
    ["", "s", "1", "-1", "1.5h", "1w", "30m1h", " 1s", "1 s", "9".repeat(30)].filter(
      (text) => text !== "1",
    ),
  )("%j is none", (text) => {
    expect(parseDuration(text)).toBeNull();
  });
  it.each([
    [-5, "0s"],
    [999, "0s"],
    [59_999, "59s"],
    [60_000, "1m"],
    [200_000, "3m20s"],
    [3_600_000, "1h"],
    [7_500_000, "2h5m"],
    [356_400_000, "4d3h"],
  ])("%d ms reads %s", (ms, text) => {
    expect(formatSpan(ms)).toBe(text);
  });
});

describe("the address of the server", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "hodei-address-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const find = (flag?: string, environment: Record<string, string> = {}) =>
    findServerAddress({ flag, environment, directory }).href;
  const write = (text: string): void => {
    mkdirSync(join(directory, ".hodei"), { recursive: true });
    writeFileSync(join(directory, ".hodei", "local.json"), text);
  };

  it("is the flag's, else the environment's, else local mode's, else the default", () => {
    expect(find()).toBe("http://127.0.0.1:7300/");
    write('{"url":"http://127.0.0.1:4000"}');
    expect(find()).toBe("http://127.0.0.1:4000/");
    const environment = { HODEI_URL: "https://api.example.com/stage" };
    expect(find(undefined, environment)).toBe("https://api.example.com/stage/");
    expect(find("http://127.0.0.1:1", environment)).toBe("http://127.0.0.1:1/");
  });

  it.each(["", "{", "[]", "null", '{"url":5}', '{"url":"https://api.example.com"}'])(
    "does not mind %j where local mode writes",
    (text) => {
      write(text);
      expect(find()).toBe("http://127.0.0.1:7300/");
    },
  );

  it.each(["", "nonsense", "ftp://x", "http://"])("refuses %j as flag", (flag) => {
    expect(() => find(flag)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

describe("requests of many runs", () => {
  const named = (idempotencyKey: string, shell = "true") => ({ idempotencyKey, shell });

  it("hold as many runs as the API takes, in order", () => {
    const inputs = Array.from({ length: 2 * bulkBounds.runsMax + 1 }, (_, n) => named(`${n}`));
    const requests = bulkRequests(inputs);
    expect(requests.map(({ length }) => length)).toEqual([
      ...[bulkBounds.runsMax, bulkBounds.runsMax, 1],
    ]);
    expect(requests.flat()).toEqual(inputs);
  });

  it("hold as many bytes as the API takes, and one run at least", () => {
    const large = (n: number) => named("k", "é".repeat(n));
    const third = Math.floor(bulkBounds.requestBytesMax / 2 / 3);
    const whole = bulkBounds.requestBytesMax;
    const inputs = [large(third), large(third), large(third), large(whole), named("k")];
    const requests = bulkRequests(inputs);
    expect(requests.map(({ length }) => length)).toEqual([2, 1, 1, 1]);
    for (const runs of [requests[0], requests[1], requests[3]])
      expect(Buffer.byteLength(JSON.stringify({ runs }))).toBeLessThanOrEqual(whole);
  });

  it("of nothing are none", () => expect(bulkRequests([])).toEqual([]));
});

describe("documents", () => {
  it("may be YAML or JSON, one or several", () => {
    expect(readSpecDocuments('{"command":["a"],\n\t"env":{}}', "f")).toEqual([
      { command: ["a"], env: {} },
    ]);
    expect(readSpecDocuments("---\nshell: |\n  a\n  b\n---\nname: c\n...\n", "f")).toEqual([
      { shell: "a\nb\n" },
      { name: "c" },
    ]);
  });
  it("keep words that look like something else", () => {
    const [document] = readSpecDocuments("env: {A: yes, B: 0o7, C: '5', D: 2026-01-01}", "f");
    expect(document?.env).toEqual({ A: "yes", B: 7, C: "5", D: "2026-01-01" });
  });
  it.each([
    ["", "no run in it"],
    ["# only words", "no run in it"],
    ["- a list", "must be a map"],
    ["just text", "must be a map"],
    ["a: [", "at line 1"],
    ["a: 1\na: 2", "at line 2"],
    ["a: *nobody", "nobody"],
    [
      `a: &a [x,x]\n${[..."bcdefghij"].map((key, n) => `${key}: &${key} [${`*${"abcdefghi"[n]},`.repeat(9)}]`).join("\n")}`,
      "alias",
    ],
  ])("%j is refused", (text, message) => {
    expect(() => readSpecDocuments(text, "file.yaml")).toThrow(/^file\.yaml: /);
    expect(() => readSpecDocuments(text, "file.yaml")).toThrow(message);
  });
  it("are changed by the command line: maps merged, the command replaced", () => {
    const document = { shell: "a", env: { A: "1", B: "1" }, labels: { x: "1" } };
    expect(overrideSpec(document, { command: ["b"], env: { B: "2" } })).toEqual({
      command: ["b"],
      env: { A: "1", B: "2" },
      labels: { x: "1" },
    });
  });
});

describe("output on a terminal", () => {
  const show = (...pieces: string[]): string => {
    const terminal = createTerminalFilter();
    const shown = pieces.map((piece) => terminal.filter(Buffer.from(piece)));
    return Buffer.concat(shown).toString();
  };

  it.each([
    [
      "colours",
      "\u001b[1;31mred\u001b[0m\u001b[38:5:1mx",
      "\u001b[1;31mred\u001b[0m\u001b[38:5:1mx",
    ],
    ["lines, tabs, accents", "a\tb\r\né 日本 \u00a0¢\n", "a\tb\r\né 日本 \u00a0¢\n"],
    ["the window's name", "a\u001b]0;owned\u0007b", "ab"],
    ["a link, ended by ST", "a\u001b]8;;http://x\u001b\\b", "ab"],
    ["the clipboard", "a\u001b]52;c;cm0gLXJm\u0007b", "ab"],
    ["moves and clearing", "a\u001b[2J\u001b[1;1H\u001b[10Ab", "ab"],
    ["questions to the terminal", "a\u001b[6n\u001b[cb", "ab"],
    ["private modes", "a\u001b[?1049hb", "ab"],
    ["something that ends in m but is no colour", "a\u001b[>4;2mb", "ab"],
    ["reset and character sets", "a\u001bc\u001b(0b", "ab"],
    ["device control", "a\u001bP1$tx\u001b\\b", "ab"],
    ["C1 controls", "a\u009b2Jb\u009d0;x\u0007c", "abc"],
    ["bell, backspace, NUL, delete", "a\u0007\b\0\u007fb", "ab"],
    ["an unfinished string, to the end of its line", "a\u001b]0;x\nb", "a\nb"],
    ["a sequence in a sequence", "a\u001b[1\u001b[31mb", "a\u001b[31mb"],
  ])("%s", (_what, written, shown) => {
    expect(show(written)).toBe(shown);
  });

  it("is the same wherever the output was cut", () => {
    const words = fc.constantFrom(
      "\u001b",
      "[",
      "]",
      "31m",
      "0;",
      "\u0007",
      "\\",
      "é",
      "\u009b",
      "a",
      "\n",
      "P",
    );
    fc.assert(
      fc.property(fc.array(words), (written) => {
        const text = written.join("");
        const whole = createTerminalFilter().filter(Buffer.from(text));
        const terminal = createTerminalFilter();
        const byBytes = [...Buffer.from(text)].map((byte) => terminal.filter(Uint8Array.of(byte)));
        expect(Buffer.concat(byBytes)).toEqual(Buffer.from(whole));
      }),
    );
  });

  it("never has a control sequence but colours", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const shown = Buffer.from(createTerminalFilter().filter(bytes)).toString("latin1");
        const isControl = (char: string): boolean =>
          char === "\u007f" || (char < " " && !"\t\n\r".includes(char));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
        const withoutColours = shown.replace(/\u001b\[[0-9;:]*m/g, "");
        expect([...withoutColours].filter(isControl)).toEqual([]);
      }),
    );
  });

  it("has messages on one line", () => {
    expect(onOneLine("a\r\n\u001b[2Jb\u2028c\u009bd")).toBe("a [2Jb c d");
  });
});
