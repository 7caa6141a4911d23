import { describe, expect, it } from "vitest";
import { isDomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import { specBounds } from "#core/domain/spec/bounds.ts";
import { specDefaults } from "#core/domain/spec/defaults.ts";
import { parseRunSpec } from "#core/domain/spec/parse-run-spec.ts";

const command = ["true"];
const WORKER = "0198f00d-1c2b-7def-8000-0123456789ab";

/** path → message of everything that is wrong with the document. */
function problemsOf(input: unknown): Record<string, string> {
  try {
    parseRunSpec(input);
  } catch (error) {
    if (isDomainError(error) && error.code === "InvalidSpec") {
      return Object.fromEntries(error.fields.map(({ path, message }) => [path, message]));
    }
    throw error;
  }
  throw new Error("the document was taken");
}

describe("a minimal document", () => {
  it("gets every default", () => {
    expect(parseRunSpec({ command })).toEqual({
      ...specDefaults,
      name: "true",
      command: { kind: "argv", argv: ["true"] },
    });
  });

  it("may be a line for the shell or a script", () => {
    expect(parseRunSpec({ shell: "make -j | tee log" }).command).toEqual({
      kind: "shell",
      line: "make -j | tee log",
    });
    expect(
      parseRunSpec({ script: { interpreter: "python3", content: "print(1)\n" } }).command,
    ).toEqual({ kind: "script", interpreter: "python3", content: "print(1)\n" });
  });

  it("may say which worker it would like, in one way of writing", () => {
    const scheduling = {
      preferredWorkers: [WORKER.toUpperCase(), WORKER],
      preferredLabels: [{ key: "zone", value: "a" }],
    };
    expect(parseRunSpec({ command, scheduling }).scheduling).toEqual({
      ...{ strategy: null, preferredWorkers: [WORKER], excludedWorkers: [], affinityKey: null },
      preferredLabels: [{ key: "zone", value: "a", weight: 1 }],
    });
  });

  it("takes null for what has no value by default", () => {
    const nothing = { workingDir: null, attemptTimeoutSeconds: null, startAfter: null };
    expect(parseRunSpec({ command, ...nothing, ttlSecondsAfterFinished: null })).toEqual(
      parseRunSpec({ command }),
    );
  });
});

describe("the derived name", () => {
  it.each([
    [{ command: ["/usr/bin/Python3.12", "x.py"] }, "python3-12"],
    [{ command: ["C:\\tools\\Build_All.exe"] }, "build-all-exe"],
    [{ command: ["--"] }, "run"],
    [{ command: ["日本語"] }, "run"],
    [{ command: ["x".repeat(200)] }, "x".repeat(63)],
    [{ shell: "  echo $HOME" }, "echo"],
    [{ script: { interpreter: "/bin/bash", content: "exit" } }, "bash"],
  ])("of %j is %s", (input, name) => {
    expect(parseRunSpec(input).name).toBe(name);
  });
});

describe("a bad field is named by its path", () => {
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
  it.each<[string, unknown, string]>([
    ["the document", null, ""],
    ["a list as document", [command], ""],
    ["no command", {}, "command"],
    ["two commands", { command, shell: "true" }, "shell"],
    ["three commands", { command, script: { interpreter: "a", content: "b" } }, "script"],
    ["text as argv", { command: "true" }, "command"],
    ["an empty argv", { command: [] }, "command"],
    ["a blank program", { command: [" "] }, "command[0]"],
    ["a number in argv", { command: ["echo", "x", 3] }, "command[2]"],
    ["a NUL in argv", { command: ["echo", "a\0b"] }, "command[1]"],
    ["half a surrogate pair", { command: ["echo", "\ud800"] }, "command[1]"],
    ["too many words", { command: Array(limits.argvItemsMax + 1).fill("x") }, "command"],
    ["a blank shell line", { shell: " \n" }, "shell"],
    ["a script without text", { script: { interpreter: "sh" } }, "script.content"],
    ["a bad name", { command, name: "Not_DNS" }, "name"],
    ["a long name", { command, name: "a".repeat(limits.nameCharsMax + 1) }, "name"],
    ["an unknown field", { command, image: "busybox" }, "image"],
    ["an unknown field inside", { command, resources: { gpu: 1 } }, "resources.gpu"],
    ["env as list", { command, env: ["A=B"] }, "env"],
    ["= in an env name", { command, env: { "A=B": "1" } }, 'env["A=B"]'],
    ["a line break in an env name", { command, env: { "A B\n": "1" } }, 'env["A B\\n"]'],
    ["a letter beyond ASCII in an env name", { command, env: { ÑU: "1" } }, 'env["ÑU"]'],
    ["an empty env name", { command, env: { "": "1" } }, 'env[""]'],
    ["a reserved env name", { command, env: { HODEI_RUN_ID: "1" } }, "env.HODEI_RUN_ID"],
    ["a NUL in an env name", { command, env: { "A\0": "1" } }, 'env["A\\u0000"]'],
    ["a NUL in an env value", { command, env: { A: "\0" } }, "env.A"],
    ["null in env", { command, env: { A: null } }, "env.A"],
    ["a relative directory", { command, workingDir: "tmp" }, "workingDir"],
    ["a bad label key", { command, labels: { "a b": "c" } }, 'labels["a b"]'],
    ["a bad label value", { command, labels: { a: "-" } }, "labels.a"],
    ["a bad selector", { command, nodeSelector: { "x/y/z": "1" } }, 'nodeSelector["x/y/z"]'],
    ["null where a value is", { command, priority: null }, "priority"],
    ["an unknown replacement", { command, replacement: "Never" }, "replacement"],
    ["text for a boolean", { command, dedicatedWorker: "yes" }, "dedicatedWorker"],
    [
      "an unknown effect",
      { command, tolerations: [{ key: "a", effect: "NoExecute" }] },
      "tolerations[0].effect",
    ],
    ["an unknown strategy", { command, scheduling: { strategy: "best" } }, "scheduling.strategy"],
    [
      "affinity without its key",
      { command, scheduling: { strategy: "affinity" } },
      "scheduling.affinityKey",
    ],
    ["an empty key", { command, scheduling: { affinityKey: "" } }, "scheduling.affinityKey"],
    [
      "what is no worker id",
      { command, scheduling: { preferredWorkers: ["w1"] } },
      "scheduling.preferredWorkers[0]",
    ],
    [
      "too many excluded workers",
      { command, scheduling: { excludedWorkers: Array.from({ length: 17 }, () => WORKER) } },
      "scheduling.excludedWorkers",
    ],
    [
      "a weight of nothing",
      { command, scheduling: { preferredLabels: [{ key: "a", value: "b", weight: 0 }] } },
      "scheduling.preferredLabels[0].weight",
    ],
    [
      "a preferred label without a value",
      { command, scheduling: { preferredLabels: [{ key: "a" }] } },
      "scheduling.preferredLabels[0].value",
    ],
    ["Equal without key", { command, tolerations: [{ value: "a" }] }, "tolerations[0].key"],
    [
      "Exists with value",
      { command, tolerations: [{ key: "a", operator: "Exists", value: "b" }] },
      "tolerations[0].value",
    ],
    [
      "a cap below the first wait",
      { command, backoff: { initialSeconds: 9, maxSeconds: 8 } },
      "backoff.maxSeconds",
    ],
    ["the 31st of February", { command, startAfter: "2026-02-31T00:00:00Z" }, "startAfter"],
    ["an instant without zone", { command, startAfter: "2026-02-01T00:00:00" }, "startAfter"],
    ["a class instance", { command, startAfter: new Date(0) }, "startAfter"],
    [
      "depth without end",
      { command, env: deep(1000) },
      `env${"[0]".repeat(specBounds.depthMax - 1)}`,
    ],
  ])("%s", (_what, input, path) => {
    expect(Object.keys(problemsOf(input))).toContain(path);
  });

  it("each of them at once, in the order of the document, each once", () => {
    const input = {
      priority: 0.5,
      command: ["a", 1, "\0"],
      nope: 1,
      env: { "=": 2, B: 3 },
      name: "",
    };
    expect(Object.keys(problemsOf(input))).toEqual([
      "priority",
      "command[2]",
      "command[1]",
      "nope",
      'env["="]',
      "env.B",
      "name",
    ]);
  });

  it("survives a document that contains itself, and one without end", () => {
    const cycle: Record<string, unknown> = { command };
    cycle.env = cycle;
    expect(Object.keys(problemsOf(cycle))[0]).toMatch(/^env/);
    const many = { command, env: Array.from({ length: specBounds.valuesMax * 2 }, () => "x") };
    expect(Object.values(problemsOf(many))).toContain(`more than ${specBounds.valuesMax} values`);
  });
});

describe("numbers keep to their bounds", () => {
  const { durationSecondsMax: longest } = limits;
  it.each<[string, number, number]>([
    ["priority", limits.priorityMin, limits.priorityMax],
    ["backoffLimit", 0, limits.backoffLimitMax],
    ["infrastructureLimit", 0, specBounds.infrastructureLimitMax],
    ["activeDeadlineSeconds", 1, longest],
    ["attemptTimeoutSeconds", 1, longest],
    ["terminationGracePeriodSeconds", 0, limits.terminationGraceSecondsMax],
    ["ttlSecondsAfterFinished", 0, longest],
    ["backoff.initialSeconds", 0, longest],
    ["backoff.maxSeconds", 0, longest],
    ["backoff.factor", 1, specBounds.backoffFactorMax],
    ["backoff.jitter", 0, 1],
  ])("%s", (path, min, max) => {
    const withValue = (value: unknown): unknown => {
      const [field = "", inner] = path.split(".");
      return { command, [field]: inner === undefined ? value : { [inner]: value } };
    };
    for (const good of [min, max]) expect(() => parseRunSpec(withValue(good))).not.toThrow();
    const fractions = /factor|jitter/.test(path) ? [] : [1.5];
    for (const bad of [min - 1, max + 1, 1e300, Number.NaN, -Infinity, "1", ...fractions]) {
      expect(Object.keys(problemsOf(withValue(bad))), String(bad)).toEqual([path]);
    }
    expect(problemsOf(withValue(max + 1))[path]).toContain(`${min} to ${max}`);
  });
});

describe("what an author meant is said", () => {
  it.each<[string, unknown, string, string]>([
    ["a typo", { command, backofLimit: 3 }, "backofLimit", "did you mean backoffLimit?"],
    ["other case", { command, Env: {} }, "Env", "did you mean env?"],
    ["a Kubernetes manifest", { kind: "Job", spec: {} }, "kind", "top level"],
    ["a number in env", { command, env: { PORT: 80 } }, "env.PORT", 'in quotes: "80"'],
    ["a boolean label", { command, labels: { gpu: true } }, "labels.gpu", 'in quotes: "true"'],
    [
      "millibytes",
      { command, resources: { memory: "512m" } },
      "resources.memory",
      "a fraction of a byte",
    ],
  ])("%s", (_what, input, path, message) => {
    expect(problemsOf(input)[path]).toContain(message);
  });
});

describe("hostile keys", () => {
  it("refuses __proto__ wherever it stands and pollutes nothing", () => {
    const text =
      '{"command":["a"],"__proto__":{"x":1},"env":{"__proto__":"1"},"labels":{"__proto__":"1"}}';
    expect(Object.keys(problemsOf(JSON.parse(text)))).toEqual([
      "__proto__",
      "env.__proto__",
      "labels.__proto__",
    ]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it("takes names that merely look like members of an object", () => {
    const env = { constructor: "1", hasOwnProperty: "2", toString: "3" };
    expect(parseRunSpec({ command, env }).env).toEqual(env);
  });

  it("cuts an endless key in the path", () => {
    const [path = ""] = Object.keys(problemsOf({ command, ["k".repeat(100_000)]: 1 }));
    expect(path.length).toBeLessThan(100);
  });
});

describe("the canonical document", () => {
  it("does not depend on the order of fields and entries", () => {
    const one = parseRunSpec({ command, env: { B: "2", A: "1" }, priority: 1 });
    const other = parseRunSpec({ priority: 1, env: { A: "1", B: "2" }, command });
    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
  });

  it("must fit its row", () => {
    const fits = "x".repeat(limits.specBytesMax - 1000);
    expect(() => parseRunSpec({ shell: fits, name: "a" })).not.toThrow();
    const parse = (text: string) => () => parseRunSpec({ shell: text, name: "a" });
    expect(parse("x".repeat(limits.specBytesMax))).toThrow(
      expect.objectContaining({ code: "SpecTooLarge" }),
    );
    expect(parse("é".repeat(limits.specBytesMax / 2)), "bytes are counted").toThrow(
      expect.objectContaining({ code: "SpecTooLarge" }),
    );
  });

  it("raises the cap of the backoff to a longer first wait, lowers the first wait to a lower cap", () => {
    expect(parseRunSpec({ command, backoff: { initialSeconds: 900 } }).backoff.maxSeconds).toBe(
      900,
    );
    expect(parseRunSpec({ command, backoff: { maxSeconds: 2 } }).backoff.initialSeconds).toBe(2);
  });
});
