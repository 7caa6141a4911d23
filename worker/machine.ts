import type { WorkerAgentServiceClient } from "#proto/hodei.ts";
import type { WorkerConfig } from "./config.ts";
import { type Execute, execute } from "./execution.ts";
import { makeGatewayClient } from "./gateway-client.ts";
import { type AskFence, JobTools } from "./job-tools.ts";
import { MachineUsage } from "./machine-usage.ts";
import { ResultStore, type Results } from "./result-store.ts";

/** Everything outside of the agent's own process that it touches, besides its registration. */
export interface Machine {
  /** A client of some gateway, on a connection of its own. */
  readonly makeClient: () => WorkerAgentServiceClient;
  readonly results: Results;
  readonly usage: Pick<MachineUsage, "look">;
  readonly makeTools: (ask: AskFence) => Pick<JobTools, "open" | "close" | "place">;
  readonly execute: Execute;
}

export function realMachine({ server, workDir }: WorkerConfig): Machine {
  return {
    makeClient: () => makeGatewayClient(server),
    results: new ResultStore(workDir),
    usage: new MachineUsage(),
    makeTools: (ask) => new JobTools(workDir, ask),
    execute,
  };
}
