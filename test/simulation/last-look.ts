import { defineStatement } from "#adapters/store/sql-client.ts";
import type { RunPhase } from "#core/domain/job-run/phase.ts";
import { isFinal } from "#core/domain/spec/api.ts";
import type { World } from "./world.ts";

interface LastAttempt {
  readonly executionId: string;
  readonly phase: string;
  readonly failure: string | null;
  readonly resultId: string | null;
  readonly lastSeq: number | null;
  readonly seqs: readonly number[];
}
interface LastRun {
  readonly id: string;
  readonly key: string | null;
  readonly phase: RunPhase;
  readonly reason: string | null;
  readonly backoffLimit: number;
  readonly infrastructureLimit: number;
  readonly attempts: readonly LastAttempt[];
}

const readLast = defineStatement(
  "simulation-read-last",
  `select jsonb_build_object('id', r.id, 'key', r.idempotency_key, 'phase', r.phase, 'reason', r.reason,
    'backoffLimit', r.spec -> 'backoffLimit', 'infrastructureLimit', r.spec -> 'infrastructureLimit',
    'attempts', coalesce((select jsonb_agg(jsonb_build_object('executionId', a.execution_id,
      'phase', a.phase, 'failure', a.failure, 'resultId', a.result_id, 'lastSeq', a.log_last_seq,
      'seqs', (select coalesce(jsonb_agg(c.seq order by c.seq), '[]') from hodei.log_chunk c
        where c.run_id = a.run_id and c.fence = a.fence)) order by a.fence)
      from hodei.attempt a where a.run_id = r.id), '[]')) as doc
  from hodei.run r order by r.id`,
);

/** When all is quiet: what was promised must be in the rows, and nothing may be left over. */
export async function lastLook(world: World): Promise<void> {
  const runs = await world.ask<LastRun>(readLast);
  for (const run of runs) lookAtRun(world, run);
  const byId = new Map(runs.map((run) => [run.id, run]));
  for (const [key, runId] of world.witness.runs)
    if (byId.get(runId)?.key !== key)
      world.found({ invariant: "acknowledged-run-is-there", detail: `${key} ${runId}` });
  const keys = new Set(runs.map(({ key }) => key));
  if (keys.size !== runs.length)
    world.found({ invariant: "one-run-per-key", detail: `${runs.length} runs` });
}

function lookAtRun(world: World, run: LastRun): void {
  const found = (invariant: string, detail: string) =>
    world.found({ invariant, detail: `${run.id}: ${detail}` });
  if (!isFinal(run.phase)) found("every-run-ends", `${run.phase} ${run.reason ?? ""}`);
  const count = (failures: readonly string[]) =>
    run.attempts.filter(({ failure }) => failures.includes(failure ?? "")).length;
  const charged = count(["app", "oom", "timeout"]);
  if (run.reason === "BackoffLimitExceeded" && charged !== run.backoffLimit + 1)
    found("every-retry-is-given", `${charged} charged of ${run.backoffLimit + 1}`);
  const lost = count(["worker-lost"]);
  if (run.reason === "InfrastructureFailure" && lost !== run.infrastructureLimit + 1)
    found("every-retry-is-given", `${lost} lost of ${run.infrastructureLimit + 1}`);
  for (const attempt of run.attempts) lookAtAttempt(world, attempt, found);
  const told = world.witness.cancels.get(run.id);
  if (told !== undefined && isFinal(told as RunPhase) && told !== run.phase)
    found("what-was-told-stays-true", `told ${told}, is ${run.phase}`);
}

function lookAtAttempt(
  { witness }: World,
  { executionId, phase, resultId, lastSeq, seqs }: LastAttempt,
  found: (invariant: string, detail: string) => void,
): void {
  if (phase === "Succeeded" && !witness.succeeded.has(executionId))
    found("success-is-of-code", `execution ${executionId}`);
  if (seqs.some((seq, index) => seq !== index + 1))
    found("output-without-gaps", `execution ${executionId} has ${seqs.join(" ")}`);
  if (lastSeq !== null && seqs.length > lastSeq)
    found("output-without-gaps", `execution ${executionId} has ${seqs.length} of ${lastSeq}`);
  if (seqs.length < (witness.outputs.get(executionId) ?? 0))
    found("acknowledged-output-is-there", `execution ${executionId}`);
  const acknowledged = witness.results.get(executionId);
  if (acknowledged !== undefined && acknowledged !== resultId)
    found("acknowledged-result-is-there", `execution ${executionId}`);
}
