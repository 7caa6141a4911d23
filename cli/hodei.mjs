#!/usr/bin/env node
/**
 * Starts the command line. The sources are TypeScript that Node runs as it is from version 24 on;
 * an older Node hands over to the one that is among the project's own dependencies.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module, { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MAJOR_MIN = 24;

if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR_MIN) {
  // Kept beside the dependencies, not in a directory that others can write to. Saves three quarters
  // of the time a command needs.
  module.enableCompileCache?.(
    fileURLToPath(new URL("../node_modules/.cache/compile", import.meta.url)),
  );
  const { main } = await import("./main.ts");
  process.exitCode = await main(process.argv.slice(2));
} else {
  handOver(ownNode());
}

/** Path of the project's own Node, null when it is not installed. */
function ownNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve("node/package.json");
    const binary = join(dirname(manifest), "bin", "node");
    return existsSync(binary) ? binary : null;
  } catch {
    return null;
  }
}

/** Runs this file again under `node`: same streams, same arguments, signals and exit code passed on. */
function handOver(node) {
  if (node === null) {
    process.stderr.write(
      `hodei: needs Node.js ${NODE_MAJOR_MIN} or newer, this is ${process.version}. Run \`npm install\` in the project to get its own.\n`,
    );
    process.exitCode = 1;
    return;
  }
  const file = fileURLToPath(import.meta.url);
  const child = spawn(node, [file, ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal sends Ctrl-C to both processes; `interrupt.ts` takes the pair for one.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => {
    process.stderr.write(`hodei: cannot start ${node}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
