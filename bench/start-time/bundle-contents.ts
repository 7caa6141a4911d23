import type { Bundle } from "../../scripts/bundle.ts";

/** Output files that importing the bundle reads: its own, what that imports statically, and so on. */
export function eagerFiles({ entry, metafile: { outputs } }: Bundle): Set<string> {
  const eager = new Set(Object.keys(outputs).filter((file) => outputs[file]?.entryPoint === entry));
  for (const file of eager)
    for (const { path, kind, external } of outputs[file]?.imports ?? [])
      if (kind === "import-statement" && !external) eager.add(path);
  return eager;
}

/** Bytes of these output files, of all unless said; source maps do not count. */
export function bytesOf({ metafile: { outputs } }: Bundle, files?: ReadonlySet<string>): number {
  return Object.entries(outputs)
    .filter(([file]) => !file.endsWith(".map") && (files?.has(file) ?? true))
    .reduce((sum, [, { bytes }]) => sum + bytes, 0);
}

/** Names of the npm packages with code in these output files, of all unless said. */
export function packagesIn(
  { metafile: { outputs } }: Bundle,
  files?: ReadonlySet<string>,
): Set<string> {
  const inputs = Object.entries(outputs)
    .filter(([file]) => files?.has(file) ?? true)
    .flatMap(([, output]) => Object.entries(output.inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return new Set(inputs.flatMap(([path]) => packageOf(path) ?? []));
}

const packageOf = (path: string): string | undefined =>
  /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
