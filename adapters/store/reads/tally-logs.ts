import { defineStatement } from "../sql-client.ts";

/**
 * What is stored of a run's output behind a place, by attempt: how much, up to where, and the holes.
 * Looks at `pieces` rows at most; `looked` says how many, so that the caller can go on behind `lastSeq`.
 */
export const tallyLogs = defineStatement(
  "tally-logs",
  `with piece as materialized (
    select c.fence, c.seq, octet_length(c.data) as bytes, c.dropped_bytes, c.dropped_lines,
      coalesce(lag(c.seq) over (partition by c.fence order by c.seq),
        case when c.fence = :attempt::bigint then :seq::bigint else 0 end) as before
    from (select * from hodei.log_chunk c where c.run_id = :id::uuid
      and (c.fence, c.seq) > (:attempt::bigint, :seq::bigint)
      order by c.fence, c.seq limit :pieces::bigint) c
  ),
  hole as (
    select p.fence, p.seq, p.before, row_number() over (order by p.fence, p.seq) as n
    from piece p where p.seq > p.before + 1
  ),
  listed as (
    select h.fence, count(*) as n,
      jsonb_agg(jsonb_build_object('after', h.before, 'seq', h.seq) order by h.seq)
        filter (where h.n <= :gaps::bigint) as holes
    from hole h group by h.fence
  ),
  tally as (
    select p.fence, count(*) as pieces, sum(p.bytes) as bytes, max(p.seq) as last_seq,
      sum(p.dropped_bytes) as dropped_bytes, sum(p.dropped_lines) as dropped_lines
    from piece p group by p.fence
  )
  select jsonb_build_object('attempt', t.fence, 'pieces', t.pieces, 'bytes', t.bytes, 'lastSeq', t.last_seq,
    'droppedBytes', t.dropped_bytes, 'droppedLines', t.dropped_lines,
    'holes', coalesce(l.holes, '[]'::jsonb), 'gapCount', coalesce(l.n, 0)) as doc
  from tally t left join listed l on l.fence = t.fence order by t.fence`,
);
