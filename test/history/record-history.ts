import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { checkHistory, type Violation } from "./check-history.ts";
import { recordedFetch } from "./client-calls.ts";
import type { Kind, What } from "./entry.ts";
import { Journal, readJournal } from "./journal.ts";
import { watchRowChanges } from "./row-changes.ts";
import { streamMessage, type TappedMessage } from "./stream-messages.ts";
import { readWitness } from "./witness.ts";

export interface RecordOptions {
  readonly databaseUrl: string;
  /** Where the history goes; absent = a folder of its own, which goes when nothing is found. */
  readonly file?: string;
}

/** A history that is being recorded. */
export interface Recording {
  readonly file: string;
  /** The file that jobs write to; see `witnessed`. */
  readonly witness: string;
  /** For the proxy between workers and gateway: every message, before it is passed on. */
  readonly tap: (message: TappedMessage) => void;
  /** For the clients of the HTTP API. */
  readonly fetch: typeof fetch;
  /** Something was done to the platform, for whoever reads the history. */
  fault(name: string, detail?: string): void;
  /** How much was recorded of each kind: a history without it proves nothing. */
  readonly seen: ReadonlyMap<Kind, number>;
  /** The provider says that this machine is there, or is no more. */
  machine(workerId: string, machineId: string, live: boolean): void;
  /** Nobody asks for anything any more, and everything has had time to end: from now on it is judged. */
  atRest(): void;
  /**
   * Reads what was committed, takes the triggers away, and judges. The database must answer. With a
   * violation, or a file of one's own, the history stays on the disk for study.
   */
  finish(): Promise<readonly Violation[]>;
}

/**
 * Records what happens to one install from now on: rows by triggers, calls by `fetch`, streams by
 * `tap`, the user's code by the witness. What happened before is unknown to it, and not judged.
 */
export async function recordHistory({ databaseUrl, file }: RecordOptions): Promise<Recording> {
  const place = file ?? join(mkdtempSync(join(tmpdir(), "hodei-history-")), "history.jsonl");
  const witness = `${place}.witness`;
  const journal = new Journal(place);
  const seen = new Map<Kind, number>();
  let isOver = false;
  const add = (what: What) => {
    if (isOver) return; // workers go on to talk when nobody listens any more
    seen.set(what.kind, (seen.get(what.kind) ?? 0) + 1);
    journal.add(what);
  };
  const rows = await watchRowChanges(databaseUrl, add);
  return {
    file: place,
    witness,
    seen,
    tap: (message) => add(streamMessage(message)),
    fetch: recordedFetch(add),
    fault: (name, detail = "") => add({ kind: "fault", name, detail }),
    machine: (workerId, machineId, live) => add({ kind: "machine", workerId, machineId, live }),
    atRest: () => add({ kind: "rest" }),
    finish: async () => {
      await rows.finish();
      for (const line of readWitness(witness)) add(line);
      isOver = true;
      await journal.close();
      const violations = checkHistory(await readJournal(place));
      if (file === undefined && violations.length === 0)
        rmSync(dirname(place), { recursive: true, force: true });
      return violations;
    },
  };
}
