import { actorOf } from "#core/domain/audit/audit-event.ts";
import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type { FailingProfile, FleetWorker } from "#core/domain/reconcile/snapshot.ts";
import { DEFAULT_TIMINGS, type Timings } from "#core/domain/timings.ts";
import type * as port from "#core/ports/control-store.ts";
import { domainQuery } from "./domain-query.ts";
import { createManualAttempts } from "./manual-attempts.ts";
import { placementLooks } from "./placement-looks.ts";
import { readDispatches, readHeldByWorker } from "./reads/dispatches.ts";
import { readFences } from "./reads/fences.ts";
import { readControl, readFailingProfiles, readFleet, readWorkersByIds } from "./reads/fleet.ts";
import { readIdle } from "./reads/idle.ts";
import {
  readAttemptContexts,
  readHeldAttempts,
  readOverdueRuns,
  readTroubledAttempts,
} from "./reads/troubled.ts";
import { closingDoc, documentOf, insertedRuns, logDoc, newRunDocs } from "./rows.ts";
import { createRunChanges } from "./run-changes.ts";
import type { SqlClient, SqlParameters, Statement } from "./sql-client.ts";
import { acceptAttempts } from "./transitions/accept-attempts.ts";
import { deleteOldUsage } from "./transitions/add-usage.ts";
import { appendLogs } from "./transitions/append-logs.ts";
import { assignRuns } from "./transitions/assign-runs.ts";
import { attachWorker, detachWorkers } from "./transitions/attach-worker.ts";
import { beatGateway, leaveGateway } from "./transitions/beat-gateway.ts";
import { beatWorkers } from "./transitions/beat-workers.ts";
import { createWorkers } from "./transitions/create-workers.ts";
import { endAttempts } from "./transitions/end-attempts.ts";
import { endMachines, unblockRuns } from "./transitions/end-machines.ts";
import { endWorkers, stopsAsked } from "./transitions/end-workers.ts";
import { findRuns, insertRuns } from "./transitions/insert-runs.ts";
import { claimLaunches, launchesAccepted, launchesFailed } from "./transitions/launch-workers.ts";
import type { InsertRunsRow } from "./transitions/new-runs.ts";
import { noteWaiting } from "./transitions/note-waiting.ts";
import { recordResults, resultVerdicts } from "./transitions/record-results.ts";
import { inspectToken, registerWorker } from "./transitions/register-worker.ts";
import { requestStops } from "./transitions/request-stops.ts";
import {
  claimSweep,
  countPending,
  deleteEndedWorkers,
  deleteExpiredOutput,
  deleteExpiredRuns,
  deleteOldApiKeys,
  deleteOldAuditEvents,
} from "./transitions/sweep-rows.ts";

const NO_ID = "00000000-0000-0000-0000-000000000000";
const FLEET_PAGE = 500;
const LAUNCH_CLAIM_MS = 30_000;

/** The control store over either driver: the port, assembled from one statement per move. */
export function createControlStore(
  sql: SqlClient,
  timings: Timings = DEFAULT_TIMINGS,
): port.ControlStore {
  const query = domainQuery(sql);
  /** Statements over lists: an empty list needs no round trip. */
  const batch = async <T>(
    statement: Statement,
    items: readonly object[],
    parameters: SqlParameters = {},
  ): Promise<T[]> =>
    items.length === 0 ? [] : query<T>(statement, { doc: documentOf(items), ...parameters });
  const ageingSeconds = limits.priorityAgeingSecondsPerPoint;
  const { gatewayDeadMs } = limits;
  const ids = (key: string, values: readonly string[]) => values.map((value) => ({ [key]: value }));

  return {
    ...createRunChanges(query),
    ...createManualAttempts(query),
    insertRuns: async (runs, by) =>
      insertedRuns(
        runs,
        await batch<InsertRunsRow>(insertRuns, newRunDocs(runs, by), {
          ...{
            ageingSeconds,
            gatewayDeadMs,
            notify: by === undefined,
            self: by?.gatewayId ?? null,
          },
          acceptDeadlineMs: timings.acceptDeadlineMs,
          pendingMax: limits.pendingRunsMax,
        }),
      ),
    findRuns: async (wanted) => {
      const keys = wanted.map(({ id, idempotencyKey }) => ({ id, idempotencyKey }));
      const rows = await batch<port.RunHolder & { wanted: string }>(findRuns, keys);
      return new Map(rows.map(({ wanted: id, ...holder }) => [id, holder]));
    },
    requestStops: (stops) =>
      batch<port.RequestedStop>(
        requestStops,
        stops.map(({ by, ...stop }) => ({
          ...stop,
          actor: stop.rule === "cancel" ? actorOf(by) : null,
        })),
      ),
    overdueRuns: async (limit) =>
      (await query<{ runId: string }>(readOverdueRuns, { limit })).map(({ runId }) => runId),

    placement: placementLooks(query),
    assignRuns: (pairs, self, byHand) =>
      batch<port.Assigned>(assignRuns, pairs, {
        acceptDeadlineMs: timings.acceptDeadlineMs,
        self: self ?? NO_ID,
        actor: byHand ? actorOf(byHand.by) : null,
      }),
    noteWaiting: async (notes) => void (await batch(noteWaiting, notes)),
    unblockRuns: async () => (await query(unblockRuns, { limit: limits.tickBatchMax })).length,

    acceptAttempts: (accepts) =>
      batch<port.Accepted>(acceptAttempts, accepts, { stopMarginMs: timings.stopMarginMs }),
    checkFences: (claims) => batch<port.CheckedFence>(readFences, claims),
    recordResults: (results) =>
      batch<port.RecordedResult>(
        recordResults,
        results.map(({ end, next, attemptPhase, ...claim }) => ({
          ...claim,
          ...closingDoc({ end, next, attemptPhase }),
        })),
        { ageingSeconds },
      ),
    resultVerdicts: async (claims) =>
      new Map(
        (
          await batch<{ executionId: string; verdict: "duplicate" | "retry" | "fenced" }>(
            resultVerdicts,
            claims,
          )
        ).map((row) => [row.executionId, row.verdict]),
      ),
    troubledAttempts: (limit) =>
      query<port.TroubledAttempt>(readTroubledAttempts, {
        limit,
        stopMarginMs: timings.stopMarginMs,
        reportedLimitMs: timings.reportedLimitMs,
      }),
    attemptContexts: (executionIds) =>
      batch<port.AttemptContext>(readAttemptContexts, ids("executionId", executionIds)),
    heldAttempts: (workerIds) =>
      batch<port.AttemptContext>(readHeldAttempts, ids("workerId", workerIds)),
    endAttempts: (ends) =>
      batch<port.EndedAttempt>(
        endAttempts,
        ends.map(({ end, next, attemptPhase, ...guard }) => ({
          ...guard,
          ...closingDoc({ end, next, attemptPhase }),
        })),
        {
          ageingSeconds,
          reportedLimitMs: timings.reportedLimitMs,
          stopMarginMs: timings.stopMarginMs,
        },
      ),
    appendLogs: (chunks) => batch<port.StoredLogs>(appendLogs, chunks.map(logDoc)),

    control: async () => {
      const [view] = await query<port.ControlView>(readControl, {
        burst: limits.launchBurst,
        perSecond: limits.launchPerSecond,
      });
      if (!view) throw new DomainError("Internal", "the control row is missing");
      return view;
    },
    fleet: async () => {
      const fleet: FleetWorker[] = [];
      for (;;) {
        const after = fleet.at(-1)?.id ?? NO_ID;
        const page = await query<FleetWorker>(readFleet, {
          after,
          limit: FLEET_PAGE,
          gatewayDeadMs,
        });
        fleet.push(...page);
        if (page.length < FLEET_PAGE) return fleet;
      }
    },
    idleMs: async () => (await query<number | null>(readIdle))[0] ?? null,
    failingProfiles: () =>
      query<FailingProfile>(readFailingProfiles, { windowMs: limits.failingProfileWindowMs }),
    createWorkers: async (workers, launchEpoch) =>
      (await batch<{ id: string }>(createWorkers, workers, { launchEpoch })).map(({ id }) => id),
    claimLaunches: (limit) =>
      query<port.ClaimedLaunch>(claimLaunches, {
        limit,
        burst: limits.launchBurst,
        perSecond: limits.launchPerSecond,
        claimMs: LAUNCH_CLAIM_MS,
        reuseMs: limits.launchTokenReuseMs,
      }),
    launchesAccepted: async (launched) =>
      void (await batch(launchesAccepted, launched, {
        registerMs: timings.registerDeadlineMs,
        tokenMs: limits.tokenLifetimeMs,
      })),
    launchesFailed: async (failures) => void (await batch(launchesFailed, failures)),
    registerWorker: async ({ info, ...registration }) =>
      (
        await query(registerWorker, {
          ...registration,
          info: JSON.stringify(info),
          leaseMs: timings.leaseMs,
          connectMs: timings.connectDeadlineMs,
        })
      ).length === 1,
    inspectToken: async (workerId, tokenSha256) =>
      (await query<port.TokenView>(inspectToken, { workerId, tokenSha256 }))[0] ?? null,
    attachWorker: async (attachment) =>
      (await query<port.Attached>(attachWorker, { ...attachment, leaseMs: timings.leaseMs }))[0] ??
      null,
    detachWorkers: async (streams) => void (await batch(detachWorkers, streams)),
    beatWorkers: (beats) =>
      batch<port.BeatAnswer>(beatWorkers, beats, { leaseMs: timings.leaseMs }),
    endWorkers: (ends) =>
      batch<port.EndedWorker>(endWorkers, ends, { giveUpMs: limits.launchGiveUpMs }),
    stopsAsked: async (workerIds) => void (await batch(stopsAsked, ids("workerId", workerIds))),
    endMachines: (ends) =>
      batch<port.EndedMachine>(
        endMachines,
        ends.map(({ attempt, ...end }) => ({
          ...end,
          ...(attempt && {
            runId: attempt.runId,
            fence: attempt.fence,
            expected: attempt.expected,
            ...closingDoc(attempt),
            detail: attempt.end.detail ?? end.detail,
          }),
        })),
        { ageingSeconds },
      ),
    workersById: (workerIds) => batch(readWorkersByIds, ids("id", workerIds)),

    beatGateway: async (id, address) => {
      const [row] = await query<{ guarded: boolean | null }>(beatGateway, {
        id,
        address,
        leaseMs: timings.leaseMs,
        floorMs: timings.leaseFloorMs,
      });
      return { guarded: row?.guarded ?? false };
    },
    leaveGateway: async (id) => void (await query(leaveGateway, { id })),
    dispatches: (gatewayId) =>
      query<port.Dispatch>(readDispatches, { gatewayId, limit: limits.tickBatchMax }),
    heldByWorker: (workerId) => query<port.Dispatch>(readHeldByWorker, { workerId }),

    claimSweep: async () =>
      (await query(claimSweep, { periodMs: limits.sweepPeriodMs })).length === 1,
    countPending: async () =>
      void (await query(countPending, {
        max: limits.pendingRunsMax,
        periodMs: limits.pendingCountPeriodMs,
      })),
    deleteExpired: async () => {
      const limit = limits.expiredRunsMax;
      const [output] = await query<{ chunks: number }>(deleteExpiredOutput, {
        ...{ limit, chunks: limits.expiredChunksMax },
      });
      return {
        chunks: output?.chunks ?? 0,
        runs: (await query(deleteExpiredRuns, { limit })).length,
        workers: (await query(deleteEndedWorkers, { limit, retentionMs: limits.workerRetentionMs }))
          .length,
        keys: (
          await query(deleteOldApiKeys, {
            limit: limits.expiredApiKeysMax,
            retentionMs: limits.apiKeyRetentionMs,
          })
        ).length,
        usage: (
          await query(deleteOldUsage, {
            limit: limits.expiredUsageMax,
            retentionMs: limits.usageRetentionMs,
          })
        ).length,
        auditEvents: (
          await query(deleteOldAuditEvents, {
            limit: limits.expiredAuditEventsMax,
            retentionMs: limits.auditRetentionMs,
          })
        ).length,
      };
    },
  };
}
