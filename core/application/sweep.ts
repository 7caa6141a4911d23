import { limits } from "#core/domain/limits.ts";
import { decideSweep } from "#core/domain/reconcile/decide-sweep.ts";
import type { Deleted } from "#core/ports/control-store.ts";
import type { ReconcileDeps } from "./reconcile-deps.ts";

/**
 * The periodic clean-up, by whichever process claims the period: machines nobody knows, rows past
 * their time. Both ways: the watch of the fleet ends rows whose machine is gone.
 */
export async function sweep(deps: ReconcileDeps): Promise<void> {
  await deps.store.countPending();
  if (!(await deps.store.claimSweep())) return;
  const deleted = await sweepRows(deps);
  await sweepMachines(deps);
  deps.log.info({ ...deleted }, "swept");
}

/** Rows past their time, as many as there are, until the budget is spent. */
export async function sweepRows({
  store,
  monotonicMs,
}: Pick<ReconcileDeps, "store" | "monotonicMs">): Promise<Deleted> {
  const startedAt = monotonicMs();
  const total = { chunks: 0, runs: 0, workers: 0, keys: 0, usage: 0, auditEvents: 0 };
  for (;;) {
    const { chunks, runs, workers, keys, usage, auditEvents } = await store.deleteExpired();
    total.chunks += chunks;
    total.runs += runs;
    total.workers += workers;
    total.keys += keys;
    total.usage += usage;
    total.auditEvents += auditEvents;
    if (chunks + runs + workers + keys + usage + auditEvents === 0) return total;
    if (monotonicMs() - startedAt > limits.sweepBudgetMs) return total;
  }
}

/** Machines against rows, with the mass-kill breaker. */
export async function sweepMachines(deps: ReconcileDeps): Promise<void> {
  const { store, provider, log, telemetry } = deps;
  const { now } = await store.control();
  const machines = (await provider.list()).filter(({ installId }) => installId === deps.installId);
  const rows = await store.workersById(machines.flatMap(({ workerId }) => workerId ?? []));
  const byId = new Map(rows.map((row) => [row.id, row]));
  const plan = decideSweep(
    machines.map(({ externalId, workerId, createdAtMs }) => ({
      externalId,
      workerId,
      ageMs: now - createdAtMs,
      row: byId.get(workerId ?? "") ?? null,
    })),
  );
  if (plan.breaker)
    log.error({ machines: machines.length }, "too many unknown machines: none was stopped");
  await store.launchesAccepted(
    plan.adopt.flatMap(({ workerId, externalId }) => (workerId ? [{ workerId, externalId }] : [])),
  );
  for (const { externalId, workerId } of plan.stop) {
    log.warn(
      { workerId: workerId ?? undefined, machineId: externalId },
      "stopping an unknown machine",
    );
    telemetry.count("machines_stopped_total", { cause: "unknown" });
    await provider.stop(externalId, "unknown to this install");
  }
}
