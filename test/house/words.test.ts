import ts from "typescript";
import { describe, expect, it, vi } from "vitest";
import {
  isGenerated,
  parse,
  placeOf,
  type SourceFile,
  sources,
  trackedFiles,
  walk,
} from "./source-files.ts";

vi.setConfig({ testTimeout: 30_000 }); // reads and parses every source

interface Ban {
  readonly what: string;
  readonly why: string;
  readonly pattern: RegExp;
  readonly in: (path: string) => boolean;
}

const inTests = (path: string) => path.startsWith("test/");
const anywhere = () => true;

/** Joined from halves, so that this file does not hold the words it forbids. */
const word = (...parts: string[]) => new RegExp(parts.join(""));

const BANS: readonly Ban[] = [
  {
    what: "marks of unfinished work",
    why: "what is not done is not in the tree",
    pattern: word("\\b(TO", "DO|FIX", "ME|XX", "X|HA", "CK)\\b"),
    in: anywhere,
  },
  {
    what: "tests that are left out",
    why: "a test runs everywhere, or says at run time what the machine lacks",
    pattern: word("\\b(it|test|describe|suite)", "\\.(only|skip|todo|fails|skipIf|runIf)\\b"),
    in: inTests,
  },
  {
    what: "sleeping in tests",
    why: "a test waits for a condition or moves a clock",
    pattern: word("\\bsle", "ep\\(|timers", "/promises"),
    in: (path) => inTests(path) && path !== "test/support/until.ts",
  },
  {
    what: "switching the compiler or the linter off",
    why: "the rule or the code is wrong: mend one of them",
    pattern: word("@ts-(ig", "nore|nocheck|expect-error)|biome-ig", "nore(?!-all)[^:]*:\\s*$"),
    in: anywhere,
  },
];

/** Where a pattern stands in these files: `path:line`. */
function find(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : [])),
  );
}

const isAny = (node: ts.Node) => node.kind === ts.SyntaxKind.AnyKeyword;
const isConsole = (node: ts.Node) =>
  ts.isPropertyAccessExpression(node) &&
  ts.isIdentifier(node.expression) &&
  node.expression.text === "console";

/** Where such a node stands: `path:line`. */
function placesOf(file: SourceFile, is: (node: ts.Node) => boolean): string[] {
  const tree = parse(file);
  const places: string[] = [];
  walk(tree, (node) => {
    if (is(node)) places.push(placeOf(tree, node));
  });
  return places;
}

describe("banned in sources", () => {
  const scripts = trackedFiles.filter(({ path }) => path.endsWith(".mjs"));

  it.each(BANS)("$what: $why", ({ pattern, in: where }) => {
    const files = [...sources, ...scripts].filter(({ path }) => where(path));
    expect(files.length).toBeGreaterThan(0);
    expect(find(files, pattern)).toEqual([]);
  });

  it.each([
    ["marks of unfinished work", `// ${"TO"}${"DO"}: later`],
    ["tests that are left out", `it${".skip"}("x")`],
    ["sleeping in tests", `await ${"sle"}ep(10)`],
    ["switching the compiler or the linter off", `// @ts-${"ignore"}`],
  ])("%s would be seen", (what, line) => {
    expect(BANS.find((ban) => ban.what === what)?.pattern.test(line)).toBe(true);
  });
});

describe("banned in code (a word in a text or a comment is none)", () => {
  const code = [...sources, ...trackedFiles.filter(({ path }) => path.endsWith(".mjs"))];

  it("printing: programs log through their log; only the command line prints, in one file", () => {
    const printers = code.filter(({ path }) => path !== "cli/output.ts");
    expect(printers.flatMap((file) => placesOf(file, isConsole))).toEqual([]);
    const sample = { path: "x.ts", text: 'const text = "console.log";\nconsole.log(text);' };
    expect(placesOf(sample, isConsole)).toEqual(["x.ts:2"]);
  });

  it("any: what comes from outside is unknown, not anything", () => {
    expect(code.flatMap((file) => placesOf(file, isAny))).toEqual([]);
    const sample = { path: "x.ts", text: "// any\nconst x = y as any;" };
    expect(placesOf(sample, isAny)).toEqual(["x.ts:2"]);
  });
});

describe("names of files", () => {
  it("say what is in them: no drawers for everything", () => {
    const drawer = /(^|[/.-])(utils?|helpers?|common|misc|managers?|stuff|index)([.-]|\/)/;
    expect(sources.map(({ path }) => path).filter((path) => drawer.test(path))).toEqual([]);
  });

  it("are kebab-case", () => {
    const odd = /[A-Z_ ]/;
    const named = sources.map(({ path }) => path).filter((path) => odd.test(path));
    expect(named).toEqual([]);
  });
});

describe("what belongs to one machine or one installation is in no file:", () => {
  const files = trackedFiles.filter(
    (file) => !isGenerated(file) || file.path === "package-lock.json",
  );

  it("no path of somebody's workplace", () => {
    // What a container or Linux itself offers (/tmp, /dev, /proc, an image's /home/node) is fine.
    const roots = ["home", "Users", "root", "work", "mnt", "srv"].join("|");
    const workplace = new RegExp(`(^|[\\s"'\`(=:])/(${roots})/(?!node\\b)[\\w.-]+`);
    expect(find(files, workplace)).toEqual([]);
    expect(workplace.test(`cd /${"home"}/ana/hodei`)).toBe(true);
  });

  it("no package registry, nor a download from one", () => {
    const registry = word("registry", "\\.npm|npm", "js\\.org|yarn", "pkg\\.com|\\bregis", "try=");
    const locked = word('"resol', 'ved"');
    expect(find(files, registry)).toEqual([]);
    expect(find(files, locked)).toEqual([]);
  });

  it("no address that could be reached: loopback, bare names, and names that never resolve", () => {
    const address =
      /\b(?:https?|postgres(?:ql)?|grpc|amqp|redis|wss?):\/\/([^/\s"'`)>\]},;|\\]+)(.*)/g;
    const loopback = /^(?:[^@]*@)?(?:127\.0\.0\.1|localhost|\[::1\]?)(?::|$)/;
    const nowhere =
      /^(?:[^@]*@)?(?:[\w${-]+(?::\S*)?$|.*[.](?:example|example[.](?:com|org|net)|test|invalid|internal)(?::|$)|10[.]0[.]0[.]|…)/;
    const documents =
      /^(?:docs[.]|json-schema[.]org$|kubernetes[.]io$|datatracker[.]ietf[.]org$|www[.]w3[.]org$)/;
    const strangers = sources.flatMap(({ path, text }) =>
      [...text.matchAll(address)]
        .filter(([, host = ""]) => ![loopback, nowhere, documents].some((fine) => fine.test(host)))
        .map(([, host]) => `${path}: ${host}`),
    );
    expect(strangers).toEqual([]);
  });
});
