import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { startBootstrapServer } from "./bootstrap-server.ts";
import type { Graph } from "./graph.ts";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export interface StageOptions {
  readonly stage: string;
  /** Root of the checkout that is evaluated; its `.sst` must be installed. */
  readonly root?: string;
  /** What `sst secret set` would have set. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Evaluation {
  readonly graph: Graph;
  /** Calls that the command line made to AWS. */
  readonly calls: readonly string[];
}

/** Where `sst` looks for an engine, whatever else it is told. */
function installEngine(root: string): { home: string; engine: string } {
  const home = join(root, ".sst/config");
  const engine = join(home, "sst/bin/pulumi");
  const program = join(ROOT, "test/infra/offline/stand-in-engine.ts");
  mkdirSync(dirname(engine), { recursive: true });
  const script = `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`;
  writeFileSync(engine, script, { mode: 0o755 });
  return { home, engine };
}

/** Nothing of this machine's own AWS, SST or Pulumi settings goes along. */
const ownVariables = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(AWS_|SST_|PULUMI_|HODEI_)/.test(name)),
  );

/**
 * The resources of a stage, as the unmodified `sst diff` evaluates them: its own loading of the
 * configuration, bundling of the handlers and checks, with a stand-in for the engine and a loopback
 * server for its own few calls. Throws with its output when the program does not evaluate.
 */
export async function evaluateStage(options: StageOptions): Promise<Evaluation> {
  const { stage, root = ROOT, secrets = {}, environment = {} } = options;
  const aws = await startBootstrapServer();
  const { home, engine } = installEngine(root);
  const graphFile = join(home, `graph-${process.pid}-${stage}.json`);
  const secretVariables = Object.entries(secrets).map(([name, value]) => [
    `SST_SECRET_${name}`,
    value,
  ]);
  const child = spawn(join(root, "node_modules/.bin/sst"), ["diff", "--stage", stage], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...ownVariables(),
      ...{ XDG_CONFIG_HOME: home, SST_PULUMI_PATH: engine, HODEI_GRAPH_FILE: graphFile },
      ...{ SST_SKIP_DEPENDENCY_CHECK: "1", SST_NO_BUN: "1", SST_TELEMETRY_DISABLED: "1" },
      ...{ AWS_ACCESS_KEY_ID: "offline", AWS_SECRET_ACCESS_KEY: "offline" },
      ...{ AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" },
      ...{ AWS_EC2_METADATA_DISABLED: "true", AWS_ENDPOINT_URL: aws.url },
      ...Object.fromEntries(secretVariables),
      ...environment,
    },
  });
  const printed = Promise.all([text(child.stdout), text(child.stderr)]);
  const code = await new Promise((resolve) => child.on("close", resolve));
  aws.close();
  const output = (await printed).join("\n");
  if (code !== 0 || !existsSync(graphFile))
    throw new Error(`sst diff ended with ${code}\n${output}`);
  const graph = JSON.parse(readFileSync(graphFile, "utf8")) as Graph;
  rmSync(graphFile);
  return { graph, calls: aws.calls };
}
