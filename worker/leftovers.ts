import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { AttemptResult } from "./attempt-result.ts";
import { killEscapees } from "./process-group.ts";
import type { Reporter } from "./reporter.ts";
import type { Results, StartedExecution } from "./result-store.ts";

/**
 * Settles what an earlier agent left in this work directory: finished results are delivered as they
 * are, and what was started and never finished is ended and reported as such. A disk that cannot
 * be read means that nothing was left.
 */
export async function settleLeftovers(
  store: Results,
  reporter: Reporter,
  log: Logger,
): Promise<void> {
  try {
    const { results, unfinished } = await store.open();
    for (const result of results) reporter.adopt(result);
    for (const started of unfinished) {
      log.warn(started, "an execution was started by an earlier agent and not finished");
      killEscapees(started.executionId);
      await reporter.report(agentLost(started), null);
    }
  } catch (error) {
    log.error({ err: error }, "the work directory is not usable");
  }
}

/** The exit code of a process nobody watched is not known: −1, which no process can have. */
function agentLost({ executionId, fence, runId }: StartedExecution): AttemptResult {
  return {
    executionId,
    fence,
    runId,
    resultId: randomUUID(),
    end: "AgentLost",
    exitCode: -1,
    signal: "",
    errorMessage: "the worker agent restarted while the process was running",
    logLastSeq: 0,
    completedAt: new Date().toISOString(),
  };
}
