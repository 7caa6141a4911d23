-- For the user's own transaction in this database: whether this attempt is the one that counts, and stays
-- it until the transaction ends. The lock on the run's row keeps out whoever would raise the fence, store a
-- verdict or record a result, and who asks as well: a lock that askers share would let new ones pass by a
-- change that waits, for ever. So all wait in turn, none longer than a transaction is given from here.
-- Compared on the locked row: who asks while a change is under way decides on what it left.
create function hodei.fence_ok(run uuid, fence bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  hold_ms constant integer := 3000;
  given_ms constant bigint := 1000 * extract(epoch from current_setting('transaction_timeout')::interval);
begin
  if given_ms = 0 or given_ms > hold_ms then
    -- A clock that runs is not set anew by another bound, only by none.
    perform set_config('transaction_timeout', '0', true);
    perform set_config('transaction_timeout', hold_ms::text, true);
  end if;
  perform from hodei.run r
  where r.id = $1 and r.fence = $2 and r.phase = 'Running' and r.verdict_phase is null
  for no key update;
  return found;
end
$$;
revoke execute on function hodei.fence_ok(uuid, bigint) from public;
comment on function hodei.fence_ok(uuid, bigint) is 'true: this attempt is the current one, and stays it until the transaction ends, which it must within 3 s.';
