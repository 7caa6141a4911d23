import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { PENDING_REASONS, RUN_REASONS } from "#core/domain/job-run/phase.ts";
import { parseRunSpec } from "#core/domain/spec/parse-run-spec.ts";
import { toRunInput } from "#core/domain/spec/run-input.ts";
import { DEFAULT_TIMINGS } from "#core/domain/timings.ts";
import { LOCAL_PROFILES } from "#local/options.ts";
import { EXIT } from "../../cli/cli-error.ts";
import { createProgram } from "../../cli/main.ts";
import { FILE_ONLY, SPEC_FLAGS } from "../../cli/spec-flags.ts";
import { createApp } from "../../functions/http/app.ts";
import {
  anchors,
  codeSpans,
  links,
  readDocument,
  readDocuments,
  root,
  section,
  shellCommands,
  tableRows,
} from "../support/documents.ts";

const documents = readDocuments();
const guide = (name: string) => readDocument(`docs/guides/${name}.md`);
const configuration = readDocument("docs/operate/configuration.md");

describe("links", () => {
  test.each(documents)("of $path lead to files and headings that are there", ({ path, prose }) => {
    const broken = links(prose)
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => {
        const [file = "", anchor] = target.split("#");
        const place = file === "" ? path : join(dirname(path), file);
        if (!existsSync(join(root, place))) return true;
        return anchor !== undefined && !anchors(readDocument(place).text).includes(anchor);
      });
    expect(broken).toEqual([]);
  });

  test("files named in backticks are there", () => {
    const isPath = (span: string) => /^[\w.-]+(\/[\w.-]+)+\.(ts|mjs|sql|md|proto|yaml)$/.test(span);
    const isOurs = (span: string) => existsSync(join(root, span.split("/")[0] ?? ""));
    const missing = documents.flatMap(({ path, prose }) =>
      codeSpans(prose)
        .filter((span) => isPath(span) && isOurs(span) && !existsSync(join(root, span)))
        .map((span) => `${path}: ${span}`),
    );
    expect(missing).toEqual([]);
  });

  test("reach every page", () => {
    const reached = new Set(
      documents.flatMap(({ path, prose }) =>
        links(prose).map((target) => join(dirname(path), target.split("#")[0] ?? "")),
      ),
    );
    expect(documents.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
  });
});

/** Command → its flags as `--help` shows them; `up` shows those of local mode in a text of its own. */
interface Described {
  readonly names: readonly string[];
  /** Those of its own commands too. */
  readonly flags: ReadonlySet<string>;
  readonly commands: readonly Described[];
  /** It does something by itself, beside what its own commands do. */
  readonly takesWords: boolean;
}

function describeCommand(command: ReturnType<typeof createProgram>): Described {
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  const [own = ""] = help.split("\nExamples:");
  const flags = [...own.matchAll(/(?<=[\s,])--?[a-z][a-z-]*(?=[\s,])/g)].map(([flag]) => flag);
  const inner = command.commands.map(describeCommand);
  return {
    names: [command.name(), ...command.aliases()],
    flags: new Set([...flags, ...inner.flatMap((one) => [...one.flags])]),
    commands: inner,
    takesWords: command.registeredArguments.length > 0,
  };
}

const commands = new Map(
  createProgram(() => {}).commands.map((command) => [command.name(), describeCommand(command)]),
);
const named = (all: Iterable<Described>, name: string) =>
  [...all].find(({ names }) => names.includes(name));

/** What is wrong with the words after `hodei`; null = nothing. */
function complaint(words: string): string | null {
  const [name = "", ...rest] = words.split(" -- ")[0]?.split(/\s+/) ?? [];
  if (name === "" || name === "help" || name.startsWith("-")) return null;
  const outer = named(commands.values(), name);
  if (!outer) return `no command ${name}`;
  const isLeaf = outer.commands.length === 0 || outer.takesWords;
  const command = named(outer.commands, rest[0] ?? "") ?? (isLeaf ? outer : undefined);
  if (!command) return rest.length === 0 ? null : `no command ${name} ${rest[0]}`;
  const unknown = rest.filter((word) => /^--?[a-z]/.test(word) && !command.flags.has(word));
  return unknown.length === 0 ? null : `${name} has no ${unknown.join(", ")}`;
}

const projects = [
  ...readFileSync(join(root, "vitest.config.ts"), "utf8").matchAll(/project\("(\w+)"/g),
].map(([, name = ""]) => name);
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

function shellComplaint(command: string): string | null {
  const [program = "", first = "", ...rest] = command.split(/\s+/);
  if (["echo", "date", "curl", "cat", "docker", "export"].includes(program)) return null;
  if (program === "npm") {
    if (first === "ci" || (first === "test" && "test" in scripts)) return null;
    return first === "run" && (rest[0] ?? "") in scripts ? null : `no such script: ${command}`;
  }
  if (program === "npx" && first === "hodei") return complaint(rest.join(" "));
  if (program === "npx" && first === "vitest") {
    const [run, flag, project = "", ...paths] = rest;
    const known = run === "run" && flag === "--project" && projects.includes(project);
    return known && paths.every((path) => existsSync(join(root, path))) ? null : command;
  }
  return `unknown program: ${command}`;
}

describe("commands", () => {
  test("in shell blocks are known", () => {
    const wrong = documents.flatMap(({ path, fences }) =>
      fences
        .filter(({ language }) => language === "sh")
        .flatMap(({ text }) => shellCommands(text))
        .flatMap((command) => shellComplaint(command) ?? [])
        .map((problem) => `${path}: ${problem}`),
    );
    expect(wrong).toEqual([]);
  });

  test("and flags named in the text are known", () => {
    const all = new Set([...commands.values()].flatMap(({ flags }) => [...flags]));
    const wrong = documents.flatMap(({ path, prose }) =>
      codeSpans(prose).flatMap((span) => {
        const words = /^(?:npx )?hodei (.*)$/.exec(span)?.[1];
        if (words !== undefined)
          return words
            .split(" | ")
            .slice(0, 1)
            .flatMap((one) => complaint(one) ?? []);
        const flag = /^--[a-z][a-z-]*/.exec(span)?.[0];
        return flag === undefined || all.has(flag) ? [] : [`${path}: ${flag}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test.each([...commands.keys()].filter((name) => name !== "help"))(
    "hodei %s is described with every flag",
    (name) => {
      const described = codeSpans(section(guide("command-line"), `## hodei ${name}`)).join(" ");
      const everywhere = ["--server", "--json", "--help", "-h"];
      const flags = [...(commands.get(name)?.flags ?? [])].filter(
        (flag) => !everywhere.includes(flag),
      );
      expect(flags.filter((flag) => !described.includes(flag))).toEqual([]);
    },
  );

  test("the exit codes are those of the command line", () => {
    const codes = tableRows(section(guide("command-line"), "## Exit codes")).map(([code]) => code);
    expect(codes).toEqual(expect.arrayContaining(Object.values(EXIT).map(String)));
  });
});

/** Names of variables in the sources of everything that runs. */
function variablesInCode(): Set<string> {
  const folders = [
    ...["core", "adapters", "functions", "gateway", "worker", "cli", "local", "scripts", "infra"],
  ];
  const sources = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .map((name) => join(root, folder, String(name)))
      .filter((path) => /\.(ts|mjs)$/.test(path)),
  );
  sources.push(join(root, "sst.config.ts"));
  const text = sources.map((path) => readFileSync(path, "utf8")).join("\n");
  const ours = text.match(/\bHODEI_[A-Z0-9_]*[A-Z0-9]\b/g) ?? [];
  const others = text.match(
    /(?<=["'`. ])(?:GRPC_PORT|(?:DATABASE|AWS_[A-Z_]+)_?[A-Z]*|WORKER_(?:ID|NAME)|NO_COLOR)\b/g,
  );
  return new Set([...ours, ...(others ?? [])]);
}

describe("environment variables", () => {
  const NAME = /^(?:HODEI_[A-Z0-9_]+|GRPC_PORT|DATABASE_URL|WORKER_[A-Z]+|AWS_[A-Z_]+|NO_COLOR)$/;
  const inCode = variablesInCode();

  test("in the code are all documented", () => {
    const documented = new Set(codeSpans(configuration.prose));
    const ours = [...inCode].filter((name) => NAME.test(name) && !name.startsWith("AWS_"));
    expect(ours.length).toBeGreaterThan(40);
    expect(ours.filter((name) => !documented.has(name))).toEqual([]);
  });

  test("in the documents are all in the code", () => {
    const unknown = documents.flatMap(({ path, text }) => {
      const named = text.match(/\b(?:HODEI_[A-Z0-9_]*[A-Z0-9]|AWS_[A-Z_]*[A-Z])\b/g) ?? [];
      const all = [...named, ...codeSpans(text).filter((span) => NAME.test(span))];
      // Made of the name of a parameter.
      const ours = all.filter((name) => !name.startsWith("HODEI_PARAM_"));
      return ours.filter((name) => !inCode.has(name)).map((name) => `${path}: ${name}`);
    });
    expect(unknown).toEqual([]);
  });

  test("HODEI_TIMINGS and HODEI_PROFILES are described key by key", () => {
    const timings = tableRows(section(configuration, "## Timings"));
    expect(
      Object.fromEntries(timings.map(([key = "", ms]) => [key.slice(1, -1), Number(ms)])),
    ).toEqual(DEFAULT_TIMINGS);
    const profile = tableRows(section(configuration, "## Profiles")).flatMap(([key = ""]) =>
      codeSpans(key),
    );
    expect(profile.sort()).toEqual(Object.keys(LOCAL_PROFILES[0] ?? {}).sort());
  });
});

/** `{ backoff: { factor: 2 } }` → `[["backoff.factor", 2]]`; lists and empty maps stay whole. */
function flatten(value: object, prefix = ""): [string, unknown][] {
  return Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const isMap = typeof inner === "object" && inner !== null && !Array.isArray(inner);
    return isMap && Object.keys(inner).length > 0
      ? flatten(inner, `${prefix}${key}.`)
      : [[`${prefix}${key}`, inner]];
  });
}

const nested = (field: string, value: unknown): object => {
  const [outer = "", inner] = field.split(".");
  return inner === undefined ? { [outer]: value } : { [outer]: { [inner]: value } };
};

describe("the run spec", () => {
  const rows = tableRows(guide("run-spec").text).map(
    ([field = "", bounds = "", byDefault = "", meaning = ""]) => ({
      field: field.slice(1, -1),
      bounds,
      byDefault: byDefault.replaceAll("`", ""),
      meaning,
    }),
  );

  test("is documented field by field, and no other", () => {
    const fields = [...SPEC_FLAGS.map(({ field }) => field), ...Object.keys(FILE_ONLY)];
    expect(rows.map(({ field }) => field).sort()).toEqual([...new Set(fields)].sort());
  });

  test("has the documented defaults", () => {
    const complete = flatten(toRunInput(parseRunSpec({ name: "a", command: ["a"] })));
    const defaults = complete.filter(([field]) => field !== "name" && field !== "command");
    const shown = new Map(rows.map(({ field, byDefault }) => [field, byDefault]));
    const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
    for (const [field, value] of defaults)
      expect([field, shown.get(field)]).toEqual([field, text(value)]);
  });

  test("has the documented bounds", () => {
    const ranges = rows.flatMap(({ field, bounds }) => {
      const [, min, max] = /^(-?\d+) to (\d+)$/.exec(bounds) ?? [];
      return min === undefined ? [] : [{ field, min: Number(min), max: Number(max) }];
    });
    const numbers = flatten(toRunInput(parseRunSpec({ command: ["a"] }))).filter(
      ([, value]) => typeof value === "number",
    );
    expect(ranges.map(({ field }) => field)).toEqual(
      expect.arrayContaining(numbers.map(([field]) => field)),
    );
    const parse = (field: string, value: number) => () =>
      parseRunSpec({ command: ["a"], ...nested(field, value) });
    for (const { field, min, max } of ranges) {
      for (const good of [min, max]) expect(parse(field, good), `${field}: ${good}`).not.toThrow();
      for (const bad of [min - 1, max + 1]) expect(parse(field, bad), `${field}: ${bad}`).toThrow();
    }
  });

  test("names the flag of every field that has one", () => {
    const meanings = new Map(rows.map(({ field, meaning }) => [field, meaning]));
    const flagOf = (flags: string) => flags.split(" ")[0] ?? "";
    const silent = SPEC_FLAGS.filter(
      ({ field, flags }) => !meanings.get(field)?.includes(`\`${flagOf(flags)}\``),
    );
    expect(silent.map(({ flags }) => flags)).toEqual([]);
  });

  test("of the examples in YAML and JSON parses", async () => {
    const { parse } = await import("yaml");
    const examples = [readDocument("README.md"), guide("run-spec")].flatMap(({ fences }) =>
      fences.filter(({ language }) => language === "yaml").map(({ text }) => text),
    );
    expect(examples.length).toBeGreaterThan(1);
    for (const text of examples) expect(() => parseRunSpec(parse(text))).not.toThrow();
  });
});

describe("lists that must agree with the code", () => {
  test("the routes of the HTTP API", () => {
    const { routes } = createApp({ log: {} } as never);
    const served = routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path}`);
    const described = tableRows(guide("http-api").text).map(([route = ""]) => route.slice(1, -1));
    expect(described.sort()).toEqual(served.sort());
  });

  test("why a run waits, and why it ended", () => {
    const reasons = (heading: string) =>
      tableRows(section(guide("troubleshooting"), heading)).map(([reason = ""]) =>
        reason.slice(1, -1),
      );
    expect(reasons("## Why does my run wait?").sort()).toEqual([...PENDING_REASONS].sort());
    expect(reasons("## Why did my run end?").sort()).toEqual([...RUN_REASONS].sort());
  });

  test("the projects of the tests", () => {
    const described = tableRows(readDocument("docs/internals/testing.md").text).map(([name = ""]) =>
      name.slice(1, -1),
    );
    expect(described.sort()).toEqual([...projects].sort());
  });

  test("the path of a run has eighteen files in order", () => {
    const numbers = tableRows(readDocument("docs/internals/path-of-a-run.md").text).map(([n]) =>
      Number(n),
    );
    expect(numbers.filter(Number.isInteger)).toEqual(Array.from({ length: 18 }, (_, i) => i + 1));
  });

  test("decision records are numbered without gaps, complete, and in the index", () => {
    const names = readdirSync(join(root, "docs/decisions"))
      .filter((name) => /^\d{4}-/.test(name))
      .sort();
    const index = links(readDocument("docs/decisions/README.md").text);
    expect(names.map((name) => Number(name.slice(0, 4)))).toEqual(names.map((_, i) => i + 1));
    for (const name of names) {
      const { text } = readDocument(`docs/decisions/${name}`);
      const headings = text.split("\n").filter((line) => line.startsWith("## "));
      expect([name, ...headings]).toEqual([
        name,
        "## Context",
        "## Decision",
        "## Consequences",
        "## Alternatives refused",
      ]);
      expect(text.startsWith(`# ${name.slice(0, 4)} `)).toBe(true);
      expect(index).toContain(name);
    }
  });
});
