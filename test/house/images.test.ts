import nodeConsole from "node:console";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { packagesIn } from "../../bench/start-time/bundle-contents.ts";
import manifest from "../../package.json" with { type: "json" };
import { addBase, defaultBase } from "../../scripts/bill-of-materials.ts";
import { buildArguments } from "../../scripts/build-images.ts";
import { bundleAll, bundleGateway, bundleWorker } from "../../scripts/bundle.ts";
import { ROOT } from "./source-files.ts";

const IMAGES = ["gateway", "worker"] as const;
const folder = mkdtempSync(join(tmpdir(), "hodei-images-"));
const builds = ["once", "again"].map((name) => join(folder, name));

beforeAll(async () => {
  vi.stubGlobal("console", nodeConsole); // that of vitest has no Console, which the bill's maker wants
  for (const build of builds) await bundleAll(build);
  vi.unstubAllGlobals();
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Path and contents of every file of a folder. */
const contents = (place: string) =>
  readdirSync(place, { recursive: true, encoding: "utf8" })
    .sort()
    .filter((name) => statSync(join(place, name)).isFile())
    .map((name) => [name, readFileSync(join(place, name)).toString("base64")] as const);

interface Component {
  readonly type: string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly unknown[];
  readonly purl: string;
}

const componentsOf = (image: string): Component[] =>
  JSON.parse(readFileSync(join(builds[0] ?? "", `${image}.cdx.json`), "utf8")).components;

describe("what images are made of", () => {
  it("is the same to the byte each time, and not because it is little", () => {
    const [once, again] = builds.map(contents);
    expect(once?.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        ...["gateway.cdx.json", "gateway.mjs", "in-job.mjs", "worker.cdx.json", "worker.mjs"],
      ]),
    );
    expect(again?.map(([name]) => name)).toEqual(once?.map(([name]) => name));
    const differing = once?.filter(([, text], index) => text !== again?.[index]?.[1]);
    expect(differing?.map(([name]) => name)).toEqual([]);
  });

  it("does not depend on the machine it was made on", () => {
    for (const [name, text] of contents(builds[0] ?? ""))
      expect([name, Buffer.from(text, "base64").includes(ROOT)]).toEqual([name, false]);
  });

  it.each(IMAGES)(
    "is listed for the %s: every package in the bundle, and no other",
    async (image) => {
      const make = image === "worker" ? bundleWorker : bundleGateway;
      const bundle = await make(join(folder, "plain", `${image}.mjs`));
      const libraries = componentsOf(image).filter(({ type }) => type === "library");
      const names = libraries.map(({ group, name }) => (group ? `${group}/${name}` : name));
      expect([...new Set(names)].sort()).toEqual([...packagesIn(bundle)].sort());
      for (const { name, version, licenses, purl } of libraries) {
        expect([name, licenses?.length]).not.toEqual([name, undefined]);
        expect(purl).toMatch(/^pkg:npm\//);
        expect(version).toMatch(/^\d+\.\d+\.\d+/);
      }
    },
  );

  it.each(IMAGES)("names the base of the %s", (image) => {
    const bases = componentsOf(image).filter(({ type }) => type === "container");
    expect(bases).toMatchObject([
      { name: "node", version: "24-slim", purl: "pkg:docker/node@24-slim?tag=24-slim" },
    ]);
    const file = join(folder, "again", `${image}.cdx.json`);
    addBase(file, "registry.local:5000/node:24-slim@sha256:abc");
    expect(JSON.parse(readFileSync(file, "utf8")).components.at(-1)).toMatchObject({
      name: "registry.local:5000/node",
      version: "sha256:abc",
    });
  });
});

describe.each(IMAGES)("the Dockerfile of the %s", (image) => {
  const text = readFileSync(join(ROOT, image, "Dockerfile"), "utf8");
  const instructions = text
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)] as const);
  const all = (name: string) =>
    instructions.filter(([word]) => word === name).map(([, rest]) => rest);

  it("takes its base as an argument, of the major version of Node that the project has", () => {
    expect(all("FROM")).toEqual(["$" + "{BASE}"]);
    const major = manifest.devDependencies.node.split(".")[0];
    expect(defaultBase(image)).toBe(`node:${major}-slim`);
  });

  it("runs as somebody who owns and may write nothing of what it runs", () => {
    expect(all("USER")).toEqual(["node"]);
    const copies = all("COPY");
    expect(copies.length).toBeGreaterThan(0);
    for (const copy of copies)
      expect(copy).toMatch(/^--chown=root:root --chmod=(0444|a\+rX,go-w) dist\//);
    expect(text.indexOf("\nUSER")).toBeGreaterThan(text.lastIndexOf("\nCOPY"));
  });

  it("says how it is stopped, started and looked at, without a shell", () => {
    expect(all("STOPSIGNAL")).toEqual(["SIGTERM"]);
    expect(all("ENTRYPOINT")).toEqual([`["node", "/opt/hodei/${image}.mjs"]`]);
    expect(all("HEALTHCHECK")).toEqual([
      image === "worker" ? "NONE" : expect.stringMatching(/CMD \["node", "-e", /),
    ]);
  });

  it("downloads and installs nothing, and holds no secret", () => {
    expect([...all("RUN"), ...all("ADD")]).toEqual([]);
    expect(all("ARG").map((argument) => argument.split("=")[0])).toEqual(["BASE"]);
  });

  it("copies only what the builder is sent", () => {
    const sent = readFileSync(join(ROOT, ".dockerignore"), "utf8");
    const files = all("COPY").flatMap((copy) => copy.match(/dist\/\S+/g) ?? []);
    for (const file of files)
      expect([file, sent.includes(`!${file.replace(/\w+(\.cdx\.json)$/, "*$1")}\n`)]).toEqual([
        file,
        true,
      ]);
  });

  it("is built with fixed times and the base that was asked for", () => {
    const args = buildArguments(image, { base: "node@sha256:abc", tag: "1", epoch: "1700000000" });
    expect(args).toContain("BASE=node@sha256:abc");
    expect(args).toContain("SOURCE_DATE_EPOCH=1700000000");
    expect(args).toContain(`type=docker,name=hodei-${image}:1,rewrite-timestamp=true`);
  });
});
