import { defineStatement } from "../sql-client.ts";

/**
 * Writes why waiting runs wait, only where it changed (a condition, not a history: no event for
 * every pass). `doc`: [{runId, reason, message}].
 */
export const noteWaiting = defineStatement(
  "note-waiting",
  `with x as materialized (
    select * from jsonb_to_recordset(:doc::jsonb) as d("runId" uuid, reason text, message text)
  ),
  l as materialized (
    select r.id, x.reason, x.message from hodei.run r join x on r.id = any(array[x."runId"])
    where r.phase = 'Pending' and r.blocked_by is null and r.suspended_at is null
      and (r.pending_reason is distinct from x.reason or r.message is distinct from x.message)
    order by x."runId" for update of r skip locked
  )
  update hodei.run r set pending_reason = l.reason, message = l.message from l where r.id = any(array[l.id])
  returning jsonb_build_object('runId', r.id) as doc`,
);
