import pg from "pg";
import { until } from "../support/until.ts";
import type { Row, RowChange, Table } from "./entry.ts";

const POLL_MS = 300;
const PAGE = 5_000;
const LAST_WITHIN_MS = 60_000;

type Columns = readonly (readonly [name: string, sql: string])[];
const plain = (...names: string[]): Columns => names.map((name) => [name, `R.${name}`]);
const instant = (...names: string[]): Columns => names.map((name) => [name, `hodei.ms(R.${name})`]);

/** What of each row is kept; `R` stands for the old or the new one. A change of nothing here is none. */
const CHANGING: Readonly<Record<Exclude<Table, "log_chunk">, Columns>> = {
  run: [
    ...plain("id", "phase", "reason", "fence", "event_seq", "exit_code", "verdict_phase"),
    ...plain("idempotency_key", "blocked_by"),
    ...instant("finished_at"),
  ],
  attempt: [
    ...plain("run_id", "fence", "execution_id", "worker_id", "phase", "failure", "exit_code"),
    ...plain("result_id", "log_last_seq"),
    ...instant("started_at", "ended_at"),
  ],
  worker: [
    ...plain(
      "id",
      "phase",
      "external_id",
      "session_sha256",
      "session_epoch",
      "run_id",
      "run_fence",
    ),
    ...instant("terminated_at"),
  ],
  control: plain("launch_epoch", "scheduler_version"),
};

/** Said once, with the insert: they never change, and taking a spec apart costs. */
const AT_BIRTH: Columns = [
  ["backoffLimit", "(R.spec->>'backoffLimit')::integer"],
  ["replacement", "R.spec->>'replacement'"],
];

const CHUNK: Columns = [
  ...plain("run_id", "fence", "seq"),
  ["md5", "md5(R.data)"],
  ["lines", "cardinality(string_to_array(encode(R.data, 'escape'), E'\\n')) - 1"],
  ["truncated", "R.dropped_bytes is not null"],
];

const documentOf = (columns: Columns, row: string) =>
  `jsonb_build_object(${columns
    .map(([name, sql]) => `'${name}', ${sql.replaceAll("R.", `${row}.`)}`)
    .join(", ")})`;

const tupleOf = (columns: Columns, row: string) =>
  `(${columns.map(([, sql]) => sql.replaceAll("R.", `${row}.`)).join(", ")})`;

function triggersOf(table: Exclude<Table, "log_chunk">): string {
  const columns = CHANGING[table];
  const born = table === "run" ? [...columns, ...AT_BIRTH] : columns;
  const trigger = (when: string, condition: string) => `
    create trigger history_${when} after ${when} on hodei.${table} for each row ${condition}
    execute function hodei_history.${table}_changed();`;
  return `
    create function hodei_history.${table}_changed() returns trigger
    language plpgsql security definer as $f$ begin
      insert into hodei_history.change (table_name, old, new) values ('${table}',
        case when tg_op <> 'INSERT' then ${documentOf(columns, "old")} end,
        case tg_op when 'INSERT' then ${documentOf(born, "new")}
          when 'UPDATE' then ${documentOf(columns, "new")} end);
      return null;
    end $f$;
    ${trigger("insert", "")}${trigger("delete", "")}
    ${trigger("update", `when (${tupleOf(columns, "old")} is distinct from ${tupleOf(columns, "new")})`)}`;
}

const chunkTriggers = (["insert", "update", "delete"] as const)
  .map((when) => {
    const tables = {
      insert: "new table as fresh",
      delete: "old table as gone",
      update: "old table as gone new table as fresh",
    }[when];
    const put = (column: string, from: string) =>
      `insert into hodei_history.change (table_name, ${column})
        select 'log_chunk', ${documentOf(CHUNK, "c")} from ${from} c;`;
    return `
      create function hodei_history.chunk_${when}() returns trigger
      language plpgsql security definer as $f$ begin
        ${when === "insert" ? "" : put("old", "gone")} ${when === "delete" ? "" : put("new", "fresh")}
        return null;
      end $f$;
      create trigger history_${when} after ${when} on hodei.log_chunk referencing ${tables}
      for each statement execute function hodei_history.chunk_${when}();`;
  })
  .join("\n");

const INSTALL = `
  drop schema if exists hodei_history cascade;
  create schema hodei_history;
  create table hodei_history.change (
    xact xid8 not null default pg_current_xact_id(),
    seq bigint generated always as identity,
    table_name text not null,
    old jsonb,
    new jsonb,
    primary key (xact, seq)
  );
  ${triggersOf("run")} ${triggersOf("attempt")} ${triggersOf("worker")} ${triggersOf("control")}
  ${chunkTriggers}`;

const UNINSTALL = "drop schema if exists hodei_history cascade";

/**
 * Of transactions that are all over: none of them can bring another row. So a cursor over
 * (transaction, number) misses nothing and gives nothing twice.
 */
const READ = `
  select c.xact::text, c.seq, c.table_name as table, c.old, c.new from hodei_history.change c
  where c.xact < pg_snapshot_xmin(pg_current_snapshot()) and (c.xact, c.seq) > ($1::xid8, $2::bigint)
  order by c.xact, c.seq limit ${PAGE}`;
const FORGET = "delete from hodei_history.change where (xact, seq) <= ($1::xid8, $2::bigint)";

export interface RowChanges {
  /** Reads what was committed until now, and takes the triggers away. Of a living database only. */
  finish(): Promise<void>;
}

/**
 * Tells every change of the rows that the protocol speaks of, by triggers in a schema of their own.
 * What is read is forgotten, so the table stays small. The server may be killed meanwhile: what was
 * committed is told when it is back. One at a time for a database.
 */
export async function watchRowChanges(
  databaseUrl: string,
  onChange: (change: RowChange) => void,
): Promise<RowChanges> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  pool.on("error", () => {}); // it is killed in tests; the next look connects again
  await pool.query(INSTALL);
  let cursor: readonly [string, string] = ["0", "0"];
  const look = async (): Promise<number> => {
    const { rows } = await pool.query<ReadRow>(READ, [...cursor]);
    for (const { table, seq, old, new: fresh } of rows)
      onChange({ kind: "row", seq: Number(seq), table, old, new: fresh });
    const last = rows.at(-1);
    if (last) {
      cursor = [last.xact, last.seq];
      await pool.query(FORGET, [...cursor]);
    }
    return rows.length;
  };
  const looking = repeat(look);
  return {
    finish: async () => {
      await looking.stop();
      const target = await snapshotOf(pool, "xmax");
      await until(
        "every transaction is over and told",
        async () => {
          const reached = (await snapshotOf(pool, "xmin")) >= target;
          while ((await look()) > 0);
          return reached;
        },
        LAST_WITHIN_MS,
      );
      // It wants every table at once, and may lose against those who write.
      await until("the triggers are gone", async () => Boolean(await pool.query(UNINSTALL)));
      await pool.end();
    },
  };
}

interface ReadRow {
  readonly xact: string;
  readonly seq: string;
  readonly table: Table;
  readonly old: Row | null;
  readonly new: Row | null;
}

async function snapshotOf(pool: pg.Pool, end: "xmin" | "xmax"): Promise<bigint> {
  const { rows } = await pool.query(`select pg_snapshot_${end}(pg_current_snapshot())::text as x`);
  return BigInt(rows[0]?.x);
}

/** Calls it again and again, also when it fails; `stop` waits for the call under way. */
function repeat(look: () => Promise<unknown>): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<unknown> = Promise.resolve();
  let stopped = false;
  const next = () => {
    underWay = look()
      .catch(() => {})
      .then(() => {
        if (!stopped) timer = setTimeout(next, POLL_MS);
      });
  };
  next();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
