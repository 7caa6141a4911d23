import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cyclonedxEsbuildPlugin } from "@cyclonedx/cyclonedx-esbuild";
import type { Plugin } from "esbuild";

/** The images that have one, each with a Dockerfile in the folder of its name. */
export type ImageName = "gateway" | "worker";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The base image that a Dockerfile takes unless it is told another. Throws when it names none. */
export function defaultBase(image: ImageName): string {
  const [, base] =
    /^ARG BASE=(\S+)$/m.exec(readFileSync(join(root, image, "Dockerfile"), "utf8")) ?? [];
  if (!base) throw new Error(`${image}/Dockerfile names no base image`);
  return base;
}

/**
 * Writes `<image>.cdx.json` beside the bundle: a CycloneDX bill of materials of every package that is
 * really in it, by esbuild's own account, with version and licences. Without times and random numbers:
 * the same sources give the same bytes.
 */
export const billOfMaterials = (image: ImageName): Plugin =>
  cyclonedxEsbuildPlugin({
    outputFile: `${image}.cdx.json`,
    outputReproducible: true,
    specVersion: "1.6",
    validate: true,
    logLevel: "silent",
  });

/** Adds the base image of the bundle's image to the bill in this file: Node, and what Node stands on. */
export function addBase(file: string, base: string): void {
  const bill = JSON.parse(readFileSync(file, "utf8"));
  bill.components = [...bill.components, baseComponent(base)];
  writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
}

/** `node:24-slim` or `node:24-slim@sha256:…`, as package URLs name images. */
function baseComponent(base: string) {
  const [reference = base, digest] = base.split("@");
  const colon = reference.lastIndexOf(":");
  const tagged = colon > reference.lastIndexOf("/");
  const name = tagged ? reference.slice(0, colon) : reference;
  const tag = tagged ? reference.slice(colon + 1) : "latest";
  const version = digest ?? tag;
  return {
    type: "container",
    "bom-ref": `base:${base}`,
    ...{ name, version },
    purl: `pkg:docker/${name}@${encodeURIComponent(version)}?tag=${tag}`,
  };
}
