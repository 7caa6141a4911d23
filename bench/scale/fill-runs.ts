import type pg from "pg";
import { limits } from "#core/domain/limits.ts";
import { aRun } from "./store-runs.ts";

/** Runs that wait, written by one statement: thousands of submits would be what is measured. */
export interface Waiting {
  readonly count: number;
  readonly priority?: number;
  /** A label that no worker has: `one` is needed by all, `each` is another one for each run. */
  readonly needsLabel?: "one" | "each";
  /** From now on until they are due. */
  readonly startInMs?: number;
}

/** Stores waiting runs as a submit does, each with its first event. */
export async function fillWaiting(client: pg.Client, waiting: Waiting): Promise<void> {
  const { count, priority = 0, needsLabel, startInMs = 0 } = waiting;
  const run = aRun({ priority, ...(needsLabel && { nodeSelector: { lacking: "0" } }) });
  const each = needsLabel === "each";
  await client.query(
    `with t as materialized (select hodei.clock() as now),
    new_run as (
      insert into hodei.run (id, name, spec, placement, shape, priority, phase, pending_reason, spec_digest,
        not_before, queue_rank, deadline_at, grace_ms, created_at)
      select uuidv7(), $1, $2::json, case when $3 then replace($4, '"0"', '"' || n || '"') else $4 end::json,
        case when $3 then md5(n::text) else $5 end, $6::integer, 'Pending', 'Queued', $7, due.at,
        due.at - make_interval(secs => $6 * ${limits.priorityAgeingSecondsPerPoint}),
        due.at + interval '1 day', 10000, t.now
      from t, generate_series(1, $8::bigint) n, lateral (select t.now + hodei.millis($9::float8) as at) due
      returning id, created_at
    )
    insert into hodei.run_event (run_id, seq, at, type) select id, 1, created_at, 'Submitted' from new_run`,
    [
      ...[run.spec.name, JSON.stringify(run.spec), each, JSON.stringify(run.placement), run.shape],
      ...[priority, run.digest, count, startInMs],
    ],
  );
}

export interface History {
  /** Runs that succeeded within the last days, a second apart or less. */
  readonly runs: number;
  /** How many of the oldest are past their time to live. */
  readonly expired: number;
  /** Output of each expired run. */
  readonly chunksPerExpired: number;
}

const EVENTS = ["Submitted", "Assigned", "Started", "AttemptSucceeded", "Finished"];
const RUNS_PER_STATEMENT = 100_000;

/** Finished runs with their attempts and events, and output of those that are to be deleted. */
export async function fillHistory(client: pg.Client, history: History): Promise<void> {
  await client.query("set session_replication_role = replica"); // no guards: they know no past
  for (let from = 0; from < history.runs; from += RUNS_PER_STATEMENT)
    await fillFinished(client, history, from);
  await client.query(
    `insert into hodei.log_chunk (run_id, fence, seq, is_stderr, at, data)
    select r.id, 1, n, false, r.finished_at, convert_to(repeat(md5(n::text), 16), 'UTF8')
    from hodei.run r, generate_series(1, $1::bigint) n where r.expires_at <= hodei.clock()`,
    [history.chunksPerExpired],
  );
  await client.query("set session_replication_role = origin");
  await client.query("vacuum (analyze) hodei.run, hodei.attempt, hodei.run_event, hodei.log_chunk");
}

async function fillFinished(client: pg.Client, history: History, from: number): Promise<void> {
  const run = aRun();
  const to = Math.min(history.runs, from + RUNS_PER_STATEMENT);
  await client.query(
    `with past as materialized (
      select n, uuidv7(-age.since) as id, uuidv7(-age.since) as worker, hodei.clock() - age.since as at
      from generate_series($1::bigint, $2::bigint) n,
        lateral (select interval '1 hour' + make_interval(secs => ($3::bigint - n) * 0.5) as since) age
    ),
    attempt as (
      insert into hodei.attempt (run_id, fence, execution_id, worker_id, phase, exit_code, result_id,
        log_last_seq, assigned_at, accept_deadline_at, started_at, reported_at, ended_at)
      select id, 1, gen_random_uuid(), worker, 'Succeeded', 0, id::text, 0, at, at, at, at, at from past
    ),
    event as (
      insert into hodei.run_event (run_id, seq, at, type, fence, worker_id)
      select id, e.seq, at, e.type, case when e.seq > 1 then 1 end, case when e.seq > 1 then worker end
      from past, unnest($4::text[]) with ordinality as e(type, seq)
    )
    insert into hodei.run (id, name, spec, placement, shape, phase, reason, fence, event_seq, spec_digest,
      not_before, queue_rank, deadline_at, grace_ms, ttl_ms, worker_id, exit_code, created_at, started_at,
      finished_at, expires_at)
    select id, $5, $6::json, $7::json, $8, 'Succeeded', 'Completed', 1, 5, $9, at, at,
      at + interval '1 day', 10000, 86400000, worker, 0, at, at, at,
      hodei.clock() + case when n <= $10::bigint then interval '-1 second' else interval '1 day' end
    from past`,
    [
      ...[from + 1, to, history.runs, EVENTS],
      ...[run.spec.name, JSON.stringify(run.spec), JSON.stringify(run.placement)],
      ...[run.shape, run.digest, history.expired],
    ],
  );
}

/** Workers that are ready for a run, of a gateway that is never silent; none of them exists. */
export async function fillReady(client: pg.Client, count: number): Promise<void> {
  await client.query(
    `insert into hodei.gateway (id, address, started_at, beat_at)
    select gen_random_uuid(), 'bench', hodei.clock(), hodei.clock() + interval '1 day'
    where not exists (select from hodei.gateway)`,
  );
  await client.query(
    `insert into hodei.worker (id, phase, provider, profile, cpu_millis, memory_mib, launch_token,
      launch_request, launch_after, external_id, launched_at, token_key_id, token_sha256, token_consumed_at, session_sha256,
      gateway_id, lease_expires_at, created_at, ready_at, idle_since, offer)
    select w.id, 'Ready', 'bench', 'small', 1000, 2048, w.id::text, '{}', t.now, w.id::text, t.now, 'k', 'k', t.now, 's',
      g.id, t.now + interval '1 day', t.now, t.now, t.now, hodei.offer_of('small', 1000, 2048, '{}', '[]')
    from (select hodei.clock() as now) t, (select id from hodei.gateway limit 1) g,
      lateral (select uuidv7() as id from generate_series(1, $1::bigint)) w`,
    [count],
  );
}
