import { defineStatement } from "../sql-client.ts";

/** Chunks after a cursor, as many as fit `bytesMax` of data, at least one. */
export const viewLogs = defineStatement(
  "view-logs",
  `with page as materialized (
    select c.*, sum(octet_length(c.data)) over (order by c.fence, c.seq) as total,
      row_number() over (order by c.fence, c.seq) as n
    from (select * from hodei.log_chunk c where c.run_id = :id::uuid
      and (c.fence, c.seq) > (:attempt::bigint, :seq::bigint)
      order by c.fence, c.seq limit :rows::bigint) c
  )
  select jsonb_build_object('attempt', p.fence, 'seq', p.seq, 'stderr', p.is_stderr, 'at', hodei.ms(p.at),
    'data', encode(p.data, 'base64'), 'droppedBytes', p.dropped_bytes, 'droppedLines', p.dropped_lines) as doc
  from page p where p.n = 1 or p.total <= :bytesMax::bigint order by p.fence, p.seq`,
);

/**
 * What is known of the output of the attempts from `attempt` on, and whether the run has ended. A run
 * without such attempts is one row without one. The worker's row of an attempt by hand, or of one long
 * ago, does not exist: nobody is left who could send anything.
 */
export const viewLogEnds = defineStatement(
  "view-log-ends",
  `select jsonb_build_object('final', r.finished_at is not null, 'expired', coalesce(r.expires_at <= t.now, false),
    'now', hodei.ms(t.now), 'attempt', a.fence, 'started', a.started_at is not null, 'endedAt', hodei.ms(a.ended_at),
    'endedAgoMs', hodei.ms(t.now) - hodei.ms(a.ended_at), 'announcedSeq', a.log_last_seq,
    'workerGoneAgoMs', hodei.ms(t.now) - hodei.ms(case when w.id is null then a.ended_at else w.terminated_at end)) as doc
  from (select hodei.clock() as now) t, hodei.run r
  left join hodei.attempt a on a.run_id = :id::uuid and a.fence >= :attempt::bigint
  left join hodei.worker w on w.id = any(array[a.worker_id])
  where r.id = :id::uuid order by a.fence limit :limit::bigint`,
);
