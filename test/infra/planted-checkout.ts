import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FUNCTION_ENTRIES } from "../../scripts/bundle.ts";
import { ROOT } from "./offline/evaluate-stage.ts";

/** What the program of the deployment reads, besides the handlers. */
const COPIED = [
  "sst.config.ts",
  "infra",
  "core/domain",
  "migrations",
  "package.json",
  "gateway/Dockerfile",
  "worker/Dockerfile",
  ".dockerignore",
];
const SHARED = ["node_modules", ".sst/platform"];

export interface PlantedFault {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A checkout with a fault in it, and with handlers that are quick to bundle. */
export interface PlantedCheckout {
  readonly root: string;
  remove(): void;
}

/** Throws when the text to replace is not there just once: the fault would not be the one that is meant. */
export function plantFault({ file, from, to }: PlantedFault): PlantedCheckout {
  const root = mkdtempSync(join(tmpdir(), "hodei-planted-"));
  const place = (path: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    return join(root, path);
  };
  for (const path of COPIED) cpSync(join(ROOT, path), place(path), { recursive: true });
  for (const path of SHARED) symlinkSync(join(ROOT, path), place(path));
  cpSync(join(ROOT, ".sst/provider-lock.json"), place(".sst/provider-lock.json"));
  for (const entry of Object.values(FUNCTION_ENTRIES))
    writeFileSync(place(entry), "export const handler = async () => {};\n");
  const text = readFileSync(join(root, file), "utf8");
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${file} has "${from}" ${parts.length - 1} times`);
  writeFileSync(join(root, file), parts.join(to));
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}
