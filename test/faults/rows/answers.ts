import { expect } from "vitest";
import { until } from "../../support/until.ts";
import type { MessageFate, MessageFault } from "../message-path.ts";
import { bounds, type Row } from "../row.ts";

const of = "One answer is lost";

/** Messages whose payload is of this case; any message with "". */
const ofCase = (name: string) => (message: object) =>
  name === "" || (message as { payload?: { $case?: string } }).payload?.$case === name;

const down = (kind: "drop" | "lose", method: string, payload = "", times = 2): MessageFault => ({
  ...{ fate: { kind } as MessageFate, direction: "down", method, times },
  matches: ofCase(payload),
});

async function injectInto(row: Parameters<Row["inject"]>, faults: readonly MessageFault[]) {
  const [stand, scene] = row;
  for (const one of faults) stand.wire.inject(one);
  const from = Date.now();
  await scene.start(2);
  scene.release();
  await until("the answers were lost", () => faults.every(({ times }) => times === 0), 60_000);
  return from;
}

const answerRow = (
  name: string,
  injected: string,
  holds: string,
  faults: () => readonly MessageFault[],
  isShort = true,
): Row => ({
  ...{ of, name, injected, holds, bound: bounds.machine, repetitions: 3 },
  ...(isShort && { short: true }),
  inject: (...row) => injectInto(row, faults()),
});

export const answerRows: readonly Row[] = [
  {
    of,
    name: "answer of a registration lost",
    injected: "a new worker's token is spent, and the call breaks before the answer",
    holds: "the same call again, with the same digest, is answered: one session",
    bound: bounds.machine,
    ...{ repetitions: 3, short: true },
    inject: async (stand, scene) => {
      const fault = down("lose", "/Register", "", 1);
      stand.wire.inject(fault);
      const from = Date.now();
      await scene.submit({ command: ["true"], dedicatedWorker: true });
      await scene.untilFinal();
      expect(fault.times).toBe(0);
      return from;
    },
  },
  answerRow(
    "answer of an accept lost",
    "Running is committed, and start does not come through: once with the stream, twice silently",
    "the accept is repeated; the code starts once",
    () => [down("lose", "/WorkerStream", "start", 1), down("drop", "/WorkerStream", "start")],
    false,
  ),
  answerRow(
    "acknowledgement of a result lost",
    "the result is committed, and its acknowledgement does not come through: once with the stream, twice silently",
    "the result is repeated and found a duplicate",
    () => [
      // With the stream first: the result comes again at once, before a heartbeat can settle it.
      down("lose", "/WorkerStream", "resultAck", 1),
      down("drop", "/WorkerStream", "resultAck"),
    ],
  ),
  {
    of,
    name: "acknowledgement of output lost",
    injected: "the output stream breaks before its first acknowledgement, twice",
    holds: "output is sent again and stored once, without a gap",
    bound: bounds.machine,
    ...{ repetitions: 3, short: true },
    inject: async (stand, scene) => {
      const fault = down("lose", "/StreamLogs");
      stand.wire.inject(fault);
      const from = Date.now();
      await scene.submit({ shell: "seq 1 20000" });
      await scene.untilFinal();
      expect(fault.times).toBe(0);
      return from;
    },
    check: async (stand, scene) => {
      const [id] = scene.ids;
      const stored = await stand.rows<{ text: string }>(
        `select encode(string_agg(data, ''::bytea order by seq), 'escape') as text
         from hodei.log_chunk where run_id = $1`,
        [id],
      );
      const wanted = Array.from({ length: 20_000 }, (_, n) => `${n + 1}\n`).join("");
      expect(stored[0]?.text === wanted).toBe(true);
    },
  },
];
