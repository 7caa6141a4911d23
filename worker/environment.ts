import type { JobCommand } from "./job-command.ts";
import type { JobToolsPlace } from "./job-tools.ts";

/** What a process needs to find programs, its home and its language; nothing of the agent's own. */
const INHERITED = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"] as const;

/** Marks every process of an execution, also those that left its process group. */
export const EXECUTION_ID_VARIABLE = "HODEI_EXECUTION_ID";

type Variables = Readonly<Record<string, string | undefined>>;

/** What lies on this machine for the job; null = nothing does. */
export interface JobFiles {
  readonly parametersFile: string | null;
  readonly tools: JobToolsPlace | null;
}

/**
 * The whole environment of a job: an allow-list of the agent's, then the run's own, then the names
 * the platform sets, which win, because the clean-up after an attempt and the fence rely on them. `hodei`
 * is on the path, behind everything else: a job that brings one of its own finds that. Never holds a token,
 * a session secret or any other variable of the agent.
 */
export function jobEnvironment(
  agent: Variables,
  command: JobCommand,
  { parametersFile, tools }: JobFiles,
): Record<string, string> {
  const base: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = agent[name];
    if (value !== undefined) base[name] = value;
  }
  const named = { ...base, ...command.env };
  return {
    ...named,
    ...(tools !== null && toolVariables(tools, named.PATH)),
    HODEI_RUN_ID: command.runId,
    HODEI_RUN_NAME: command.runName,
    HODEI_ATTEMPT: String(command.attempt),
    ...(parametersFile === null ? {} : { HODEI_PARAMS: parametersFile }),
    [EXECUTION_ID_VARIABLE]: command.executionId,
    HODEI_FENCE: String(command.fence),
  };
}

/** Without a path programs are looked for where the system says; one of ours alone would hide that. */
const toolVariables = ({ binDir, socket }: JobToolsPlace, path: string | undefined) => ({
  ...(path && { PATH: `${path}:${binDir}` }),
  HODEI_FENCE_SOCKET: socket,
});
