import type { JobCommand } from "./job-command.ts";

/** What a process needs to find programs, its home and its language; nothing of the agent's own. */
const INHERITED = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"] as const;

/** Marks every process of an execution, also those that left its process group. */
export const EXECUTION_ID_VARIABLE = "HODEI_EXECUTION_ID";

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The whole environment of a job: an allow-list of the agent's, then the run's own, then the names
 * the platform sets, which win, because the clean-up after an attempt relies on them. Never holds a
 * token, a session secret or any other variable of the agent.
 */
export function jobEnvironment(
  agent: Variables,
  command: JobCommand,
  parametersFile: string | null,
): Record<string, string> {
  const base: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = agent[name];
    if (value !== undefined) base[name] = value;
  }
  return {
    ...base,
    ...command.env,
    HODEI_RUN_ID: command.runId,
    HODEI_RUN_NAME: command.runName,
    HODEI_ATTEMPT: String(command.attempt),
    ...(parametersFile === null ? {} : { HODEI_PARAMS: parametersFile }),
    [EXECUTION_ID_VARIABLE]: command.executionId,
  };
}
