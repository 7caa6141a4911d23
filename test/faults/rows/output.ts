import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { memoryOf } from "../../support/memory-of.ts";
import { bounds, type Row } from "../row.ts";
import type { Scene } from "../scene.ts";
import type { Stand } from "../stand.ts";

const of = "Output and disks";

const MIB = 1024 * 1024;

/** A process may have grown by this much at most: the buffers of the output, and what Node keeps of them. */
const GROWTH_MIB_MAX = 200;
const FLOOD_BYTES = 300_000_000;
const LINE_BYTES = 1_000_000_000;

const peakMib = (pid: number | undefined) => memoryOf(pid, "VmHWM") / MIB;

/** Runs a job of its own output to its end, and holds the memory of its worker and of the gateway. */
const spill = (shell: string): Row["inject"] => {
  return async (stand, scene) => {
    const ids = await scene.start(1, {
      shell: `${scene.held()}; ${shell}`,
      resources: { memory: "1Gi" },
    });
    const [worker = ""] = await scene.workersOf(ids);
    const { pid } = stand.machineOf(worker);
    const before = [peakMib(pid), peakMib(stand.gateway.pid)];
    const from = Date.now();
    scene.release();
    await scene.untilFinal(ids);
    const after = [peakMib(pid), peakMib(stand.gateway.pid)];
    const growth = after.map((mib, n) => mib - (before[n] ?? 0));
    for (const mib of growth) expect(Number.isNaN(mib) || mib < GROWTH_MIB_MAX).toBe(true);
    return from;
  };
};

interface Stored {
  readonly bytes: number;
  readonly dropped: number;
  readonly chunks: number;
  readonly last: number;
  readonly said: number;
}

async function storedOf(stand: Stand, scene: Scene): Promise<Stored> {
  const sql = `select coalesce(sum(octet_length(data)), 0)::int8::text as bytes, coalesce(sum(dropped_bytes), 0)::text as dropped,
      count(*)::int as chunks, max(seq)::int as last,
      (select log_last_seq::int from hodei.attempt a where a.run_id = $1) as said
    from hodei.log_chunk where run_id = $1`;
  const [row] = await stand.rows<Stored>(sql, [scene.ids[0]]);
  if (!row) throw new Error("no output was stored");
  return { ...row, bytes: Number(row.bytes), dropped: Number(row.dropped) };
}

const expectTruncated = (written: number) => async (stand: Stand, scene: Scene) => {
  const { bytes, dropped, chunks, last, said } = await storedOf(stand, scene);
  expect(bytes).toBe(limits.logBytesPerAttemptMax);
  expect(bytes + dropped).toBe(written);
  expect([last, said]).toEqual([chunks, chunks]);
};

export const outputRows: readonly Row[] = [
  {
    of,
    name: "disk full on the worker",
    injected: "the file of the result is /dev/full: every write to it fails with ENOSPC",
    holds: "the result is sent from memory",
    bound: bounds.restart,
    ...{ repetitions: 3, short: true },
    inject: async (_stand, scene) => {
      // Of <work>/scratch/<execution>/work, where a job begins, to <work>/results/<execution>.json.new
      const full = `d=$(dirname "$PWD"); ln -s /dev/full "$d/../../results/$(basename "$d").json.new"`;
      const ids = await scene.start(2, { shell: `${full} && ${scene.held()}` });
      const from = Date.now();
      scene.release();
      await scene.untilFinal(ids);
      return from;
    },
  },
  {
    of,
    name: "a flood of output",
    injected: `yes, ${FLOOD_BYTES / 1e6} MB as fast as anybody reads`,
    holds: `100 MiB are stored, the rest is counted in one record; worker and gateway grow by less than ${GROWTH_MIB_MAX} MiB`,
    bound: bounds.output,
    repetitions: 1,
    inject: spill(`yes | head -c ${FLOOD_BYTES}`),
    check: expectTruncated(FLOOD_BYTES),
  },
  {
    of,
    name: "a line of 1 GB",
    injected: "1 GB without a line end",
    holds: `as a flood: cut into pieces, counted beyond 100 MiB; worker and gateway grow by less than ${GROWTH_MIB_MAX} MiB`,
    bound: bounds.output,
    repetitions: 1,
    inject: spill(`head -c ${LINE_BYTES} /dev/zero | tr '\\0' x`),
    check: expectTruncated(LINE_BYTES),
  },
  {
    of,
    name: "binary output",
    injected: "5 MB of random bytes",
    holds: "every byte is stored as it was",
    bound: bounds.machine,
    ...{ repetitions: 2, short: true },
    inject: async (stand, scene) => {
      const from = Date.now();
      const digest = join(stand.stateDir, "digest");
      const shell = `head -c 5000000 /dev/urandom > f && sha256sum < f > ${digest} && cat f`;
      await scene.submit({ shell });
      return from;
    },
    check: async (stand, scene) => {
      const sql = `select encode(sha256(string_agg(data, ''::bytea order by seq)), 'hex') as digest
        from hodei.log_chunk where run_id = $1`;
      const [stored] = await stand.rows<{ digest: string }>(sql, [scene.ids[0]]);
      const wanted = readFileSync(join(stand.stateDir, "digest"), "utf8").slice(0, 64);
      expect(stored?.digest).toBe(wanted);
    },
  },
];
