// Imports the module it is given, as Lambda does at a cold start, and says what that took.
import { writeSync } from "node:fs";

const url = process.argv[2];
const loadedBefore = new Set(process.moduleLoadList);
const before = process.cpuUsage();
const startedAt = performance.now();
await import(url);
const wallMs = performance.now() - startedAt;
const { user, system } = process.cpuUsage(before);
const nodeModules = process.moduleLoadList
  .filter((name) => name.startsWith("NativeModule ") && !loadedBefore.has(name))
  .map((name) => name.slice("NativeModule ".length));
writeSync(1, `${JSON.stringify({ wallMs, cpuMs: (user + system) / 1000, nodeModules })}\n`);
process.exit(0);
