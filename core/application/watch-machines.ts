import { limits } from "#core/domain/limits.ts";
import { decideMachines } from "#core/domain/reconcile/decide-fleet.ts";
import type { FleetWorker } from "#core/domain/reconcile/snapshot.ts";
import type { AttemptContext, EndedMachine, MachineEnd } from "#core/ports/control-store.ts";
import type { Machine, MachineFact } from "#core/ports/provider.ts";
import { closingOf } from "./close-attempt.ts";
import type { ReconcileDeps } from "./reconcile-deps.ts";

/**
 * Compares leaving and silent workers with what the provider says of their machines: what stopped
 * is gone (and its attempt with it), what should go is asked to stop.
 */
export async function watchMachines(
  deps: ReconcileDeps,
  fleet: readonly FleetWorker[],
): Promise<number> {
  const plan = decideMachines(fleet);
  const facts = await lookUp(deps, plan.look);
  const gone = [...plan.look].flatMap((worker) =>
    goneOf(worker, facts.get(worker.externalId ?? "")),
  );
  const found = await searchUnknown(deps, plan.search);
  const ended = await endGone(deps, [...gone, ...found]);
  const stopped = new Set(ended.map(({ workerId }) => workerId));
  await stopLeaving(
    deps,
    plan.stop.filter(({ id }) => !stopped.has(id)),
  );
  return ended.length;
}

/** An event said something about these machines: look at them now. */
export async function lookAtWorkers(
  deps: ReconcileDeps,
  workers: readonly FleetWorker[],
): Promise<number> {
  const known = workers.filter((worker) => worker.externalId !== null);
  const facts = await lookUp(deps, known);
  const gone = known.flatMap((worker) => goneOf(worker, facts.get(worker.externalId ?? "")));
  return (await endGone(deps, gone)).length;
}

async function lookUp(deps: ReconcileDeps, workers: readonly FleetWorker[]) {
  const ids = workers.flatMap(({ externalId }) => externalId ?? []);
  const facts = ids.length === 0 ? [] : await deps.provider.describe(ids);
  return new Map(facts.map((fact) => [fact.externalId, fact]));
}

interface Gone {
  readonly worker: FleetWorker;
  readonly reason: string;
  readonly detail: string | null;
}

/** A missing machine counts as gone only when the provider had time to know it. */
function goneOf(worker: FleetWorker, fact: MachineFact | undefined): Gone[] {
  if (!fact) return [];
  if (fact.state === "stopped") {
    const reason = fact.interrupted ? "Interrupted" : "MachineStopped";
    return [{ worker, reason, detail: fact.stoppedReason }];
  }
  const age = worker.now - (worker.launchedAt ?? worker.now);
  if (fact.state === "missing" && age >= limits.machineMissingGraceMs)
    return [
      { worker, reason: "MachineMissing", detail: "the provider does not know this machine" },
    ];
  return [];
}

async function endGone(deps: ReconcileDeps, gone: readonly Gone[]): Promise<EndedMachine[]> {
  if (gone.length === 0) return [];
  const held = await deps.store.heldAttempts(gone.map(({ worker }) => worker.id));
  const byWorker = new Map(held.map((context) => [context.workerId, context]));
  const ended = await deps.store.endMachines(
    gone.map((one) => machineEnd(one, byWorker.get(one.worker.id), deps.random())),
  );
  if (ended.length > 0) await deps.store.unblockRuns();
  for (const end of ended) noteGone(deps, end, held.length > 0);
  return ended;
}

function machineEnd(gone: Gone, held: AttemptContext | undefined, draw: number): MachineEnd {
  const base = { workerId: gone.worker.id, reason: gone.reason, detail: gone.detail };
  if (!held) return { ...base, attempt: null };
  const detail = `the worker's machine is gone${gone.detail ? `: ${gone.detail}` : ""}`;
  const end = { failure: "worker-lost", exitCode: null, signal: null, detail } as const;
  const closing = closingOf(held, end, draw);
  // The machine is gone already: a successor need not wait for it.
  const next =
    closing.next.phase === "Pending" ? { ...closing.next, blockUntilGone: false } : closing.next;
  return {
    ...base,
    attempt: {
      runId: held.runId,
      fence: held.fence,
      expected: held.phase === "Assigned" ? "Assigned" : "Running",
      ...closing,
      next,
    },
  };
}

function noteGone({ log, telemetry }: ReconcileDeps, end: EndedMachine, heldAny: boolean): void {
  const { workerId, runId, fence } = end;
  telemetry.count("workers_ended_total", { reason: "gone" });
  if (runId !== null && heldAny) telemetry.count("workers_lost_total");
  if (end.phase !== null && end.phase !== "Pending")
    telemetry.count("runs_finished_total", { phase: end.phase, reason: end.reason ?? "" });
  log.info({ workerId, runId: runId ?? undefined, fence: fence ?? undefined }, "machine is gone");
}

/**
 * Leaving workers whose launch never answered: a machine may exist all the same. Found → written
 * down and stopped by the next pass; not found, and the launch can no longer be repeated or was
 * never made → gone.
 */
async function searchUnknown(
  deps: ReconcileDeps,
  workers: readonly FleetWorker[],
): Promise<Gone[]> {
  const gone: Gone[] = [];
  for (const worker of workers.slice(0, limits.launchesPerTickMax)) {
    if (worker.firstLaunchAt === null) {
      gone.push({ worker, reason: "NeverLaunched", detail: worker.message });
      continue;
    }
    const machines = await deps.provider.find(deps.installId, worker.id);
    const [machine] = machines.filter((one: Machine) => one.state !== "stopped");
    if (machine)
      await deps.store.launchesAccepted([{ workerId: worker.id, externalId: machine.externalId }]);
    else if (worker.now - worker.firstLaunchAt >= limits.machineMissingGraceMs)
      gone.push({ worker, reason: "NeverLaunched", detail: worker.message });
  }
  return gone;
}

async function stopLeaving(deps: ReconcileDeps, workers: readonly FleetWorker[]): Promise<void> {
  const asked: string[] = [];
  for (const worker of workers) {
    if (worker.externalId === null) continue;
    try {
      await deps.provider.stop(worker.externalId, worker.reason ?? "worker is leaving");
      deps.telemetry.count("machines_stopped_total", { cause: "leaving" });
      asked.push(worker.id);
    } catch (error) {
      deps.log.warn({ workerId: worker.id, err: error }, "stopping a machine failed, will repeat");
    }
  }
  await deps.store.stopsAsked(asked);
}
