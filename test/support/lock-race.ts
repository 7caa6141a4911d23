import type pg from "pg";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { TemplateStore } from "#core/ports/template-store.ts";

/** Asks `hodei.fence_ok`. */
export type FenceOk = (runId: string | null, fence: number | null) => Promise<boolean>;

type Move<Stores extends readonly unknown[], T> = (...stores: Stores) => Promise<T>;

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
export type Race<
  Stores extends readonly unknown[] = readonly [ControlStore, TemplateStore, FenceOk],
> = <F, S>(first: Move<Stores, F>, second: Move<Stores, S>) => Promise<Raced<F, S>>;

export interface RaceConnections<Stores extends readonly unknown[]> {
  readonly watcher: pg.Client;
  readonly first: pg.Client;
  readonly second: pg.Client;
  readonly storesOver: (connection: pg.Client) => Stores;
}

export function lockRace<Stores extends readonly unknown[]>(
  connections: RaceConnections<Stores>,
): Race<Stores> {
  const { watcher, first, second, storesOver } = connections;
  let backends: Promise<[number, number]> | null = null;
  return async (holds, waits) => {
    backends ??= Promise.all([backendOf(first), backendOf(second)]);
    const [holder, waiter] = await backends;
    await first.query("begin");
    let open = true;
    try {
      const answer = await holds(...storesOver(first));
      const running = { settled: false };
      const pending = waits(...storesOver(second)).finally(() => {
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
