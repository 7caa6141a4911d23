import { readCurrentAttempts } from "#adapters/store/reads/current-attempts.ts";
import { fence } from "../fence.exam.ts";
import { mutant } from "./mutant.ts";

const OWN = fence["a worker asks for its own attempts alone, on its newest stream"];

export const fenceMutants = {
  "current though asked to stop": mutant(
    readCurrentAttempts,
    fence["asked to stop, it is current no more"],
    [" and r.verdict_phase is null", ""],
  ),
  "current under any fence": mutant(
    readCurrentAttempts,
    fence[
      "a running attempt is current; before it runs, after it, and under another fence it is not"
    ],
    [" and r.fence = x.fence", ""],
  ),
  "current by any worker": mutant(
    readCurrentAttempts,
    OWN,
    [' and a.worker_id = x."workerId"', ""],
    [" on w.id = any(array[a.worker_id])", ' on w.id = any(array[x."workerId"])'],
  ),
  "current on any stream": mutant(readCurrentAttempts, OWN, [" and w.session_epoch = x.epoch", ""]),
  "current by a false run id": mutant(readCurrentAttempts, OWN, [
    ' and a.execution_id = any(array[x."executionId"])',
    "",
  ]),
};
