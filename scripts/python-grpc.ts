/**
 * A Python with grpcio, for the tests that call the gateway through gRPC's C core: the system's, or
 * one in a virtual environment under `node_modules/.cache`, made once. `node scripts/python-grpc.ts`
 * makes it ahead of the tests and prints what came of it.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Complaint, runProgram as run } from "./run-program.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const REQUIREMENTS = join(root, "test/support/python/requirements.txt");
const ENVIRONMENT = join(root, "node_modules/.cache/python-grpc");

export type PythonGrpc = { readonly python: string } | { readonly lack: string };

/** A Python that can import grpc, installed if need be; else why there is none. */
export function pythonWithGrpc(): PythonGrpc {
  const own = join(ENVIRONMENT, "bin/python");
  for (const python of [own, "python3"]) if (hasGrpc(python)) return { python };
  if (run("python3", ["--version"]) !== null) return { lack: "there is no python3" };
  const byPip = installByPip(own);
  if (byPip === null && hasGrpc(own)) return { python: own };
  const byApt = installByApt();
  if (byApt === null && hasGrpc("/usr/bin/python3")) return { python: "/usr/bin/python3" };
  return { lack: `grpcio could not be installed: pip: ${byPip}; apt-get: ${byApt}` };
}

const hasGrpc = (python: string): boolean =>
  run(python, ["-c", "import grpc, google.protobuf"]) === null;

function installByPip(own: string): Complaint {
  rmSync(ENVIRONMENT, { recursive: true, force: true });
  mkdirSync(join(ENVIRONMENT, ".."), { recursive: true });
  return (
    run("python3", ["-m", "venv", ENVIRONMENT]) ??
    run(own, ["-m", "pip", "install", "--quiet", "--only-binary=:all:", "-r", REQUIREMENTS])
  );
}

function installByApt(): Complaint {
  if (process.getuid?.() !== 0) return "only root may";
  const packages = ["python3-grpcio", "python3-protobuf"];
  const install = () =>
    run("apt-get", ["install", "--yes", "--no-install-recommends", ...packages]);
  return install() && (run("apt-get", ["update"]) ?? install());
}

if (import.meta.main) {
  const found = pythonWithGrpc();
  process.stdout.write("python" in found ? `${found.python}\n` : `${found.lack}\n`);
}
