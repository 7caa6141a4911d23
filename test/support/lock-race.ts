import type pg from "pg";
import type { ControlStore } from "#core/ports/control-store.ts";

type Move<Store, T> = (store: Store) => Promise<T>;

export interface Raced<F, S> {
  readonly first: F;
  readonly second: S;
  /** true: the second was seen waiting for a lock that the first held. */
  readonly waited: boolean;
}

/**
 * Runs `first` in a transaction that stays open, starts `second`, waits until that either answered
 * or waits for the first one's locks, then commits. What `second` then answers was decided on rows
 * that changed under it: the case that a snapshot gets wrong.
 */
export type Race<Store = ControlStore> = <F, S>(
  first: Move<Store, F>,
  second: Move<Store, S>,
) => Promise<Raced<F, S>>;

export interface RaceConnections<Store> {
  readonly watcher: pg.Client;
  readonly first: pg.Client;
  readonly second: pg.Client;
  readonly storeOver: (connection: pg.Client) => Store;
}

export function lockRace<Store>(connections: RaceConnections<Store>): Race<Store> {
  const { watcher, first, second, storeOver } = connections;
  let backends: Promise<[number, number]> | null = null;
  return async (holds, waits) => {
    backends ??= Promise.all([backendOf(first), backendOf(second)]);
    const [holder, waiter] = await backends;
    await first.query("begin");
    let open = true;
    try {
      const answer = await holds(storeOver(first));
      const running = { settled: false };
      const pending = waits(storeOver(second)).finally(() => {
        running.settled = true;
      });
      pending.catch(() => {}); // told below; must not count as unhandled meanwhile
      const waited = await untilBlocked(watcher, holder, waiter, running);
      await first.query("commit");
      open = false;
      return { first: answer, second: await pending, waited };
    } finally {
      if (open) await first.query("rollback");
    }
  };
}

async function backendOf(connection: pg.Client): Promise<number> {
  const { rows } = await connection.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]?.pid ?? 0;
}

async function untilBlocked(
  watcher: pg.Client,
  holder: number,
  waiter: number,
  running: { readonly settled: boolean },
): Promise<boolean> {
  const sql = "select $1::int = any (pg_blocking_pids($2)) as blocked";
  while (!running.settled) {
    const { rows } = await watcher.query<{ blocked: boolean }>(sql, [holder, waiter]);
    if (rows[0]?.blocked) return true;
  }
  return false;
}
