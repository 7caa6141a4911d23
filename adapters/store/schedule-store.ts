import { actorOf } from "#core/domain/audit/audit-event.ts";
import { limits } from "#core/domain/limits.ts";
import type { ScheduleStore, ScheduleToFire, ScheduleView } from "#core/ports/schedule-store.ts";
import { domainQuery } from "./domain-query.ts";
import { insertNumbered } from "./insert-numbered.ts";
import {
  listSchedules,
  readDueSchedules,
  readNextDue,
  readNow,
  readSchedule,
} from "./reads/schedules.ts";
import type { SqlClient, SqlParameters, Statement } from "./sql-client.ts";
import { changeSchedule, createSchedule, deleteSchedule } from "./transitions/change-schedules.ts";
import { fireSchedule } from "./transitions/insert-template-run.ts";

/** The schedule store over either driver. */
export function createScheduleStore(sql: SqlClient): ScheduleStore {
  const query = domainQuery(sql);
  const runs = limits.scheduleRunsMax;
  const isApplied = async (statement: Statement, parameters: SqlParameters): Promise<boolean> =>
    (await query(statement, parameters)).length === 1;
  return {
    createSchedule: ({ nextFireAt, ...schedule }) =>
      isApplied(createSchedule, {
        doc: JSON.stringify({
          ...{ ...schedule, nextFireAt: instant(nextFireAt), actor: actorOf(schedule.createdBy) },
        }),
        max: limits.schedulesMax,
      }),
    changeSchedule: ({ nextFireAt, failuresSince, lastAt, audit, ...change }) =>
      isApplied(changeSchedule, {
        doc: JSON.stringify({
          ...{ ...change, nextFireAt: instant(nextFireAt), failuresSince: instant(failuresSince) },
          ...{ lastAt: instant(lastAt), audit: audit?.type ?? null },
          actor: audit === null ? null : actorOf(audit.by),
        }),
      }),
    deleteSchedule: (id, by) => isApplied(deleteSchedule, { id, actor: actorOf(by) }),
    fire: ({ run, scheduleId, version, scheduledFor, nextFireAt, message }) =>
      insertNumbered(query, fireSchedule, run, {
        ...{ scheduleId, scheduleVersion: version, firingMessage: message },
        ...{ scheduledFor: instant(scheduledFor), nextFireAt: instant(nextFireAt) },
      }),
    schedule: async (reference) => {
      const { id = null, name = null } = { id: null, name: null, ...reference };
      const parameters = { id, name, secrets: false, runs };
      const [row] = await query<ScheduleToFire>(readSchedule, parameters);
      return row ? withoutSecrets(row) : null;
    },
    scheduleToFire: async (id) => {
      const parameters = { id, name: null, secrets: true, runs };
      return (await query<ScheduleToFire>(readSchedule, parameters))[0] ?? null;
    },
    schedules: (filter) => query<ScheduleView>(listSchedules, { ...filter, runs }),
    dueSchedules: (limit) => query<ScheduleToFire>(readDueSchedules, { limit, runs }),
    now: async () => (await query<number>(readNow))[0] ?? Number.NaN,
    nextDueInMs: async () => (await query<{ ms: number }>(readNextDue, {}))[0]?.ms ?? null,
  };
}

/** A statement reads an instant as text, the same whatever the zone of its session. */
const instant = (epochMs: number | null): string | null =>
  epochMs === null ? null : new Date(epochMs).toISOString();

const withoutSecrets = ({ secrets: _secrets, ...view }: ScheduleToFire): ScheduleView => view;
