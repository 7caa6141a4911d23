/** Generates `proto/gen` from `proto/hodei.proto` with the tools of node_modules, offline. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
execFileSync(`${root}/node_modules/.bin/buf`, ["generate", "--template", "buf.gen.yaml", ...process.argv.slice(2)], {
  cwd: `${root}/proto`,
  stdio: "inherit",
  env: { ...process.env, PATH: `${root}/node_modules/.bin:${process.env.PATH}` },
});
