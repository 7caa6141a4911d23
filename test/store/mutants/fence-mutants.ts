import { readFences } from "#adapters/store/reads/fences.ts";
import { fence } from "../fence.exam.ts";
import { mutant } from "./mutant.ts";

const OWN = fence["a worker asks for its own attempts alone"];

export const fenceMutants = {
  "current though asked to stop": mutant(
    readFences,
    fence["asked to stop, it is current no more"],
    [" and r.verdict_phase is null", ""],
  ),
  "current under any fence": mutant(
    readFences,
    fence[
      "a running attempt is current; before it runs, after it, and under another fence it is not"
    ],
    [" and r.fence = x.fence", ""],
  ),
  "current of any worker": mutant(readFences, OWN, [
    ` and a.worker_id = any(array[x."workerId"])`,
    "",
  ]),
  "current by a false execution id": mutant(readFences, OWN, [
    ` and a.execution_id = any(array[x."executionId"])`,
    "",
  ]),
  "current on any stream": mutant(readFences, fence["nobody knows what a superseded stream asks"], [
    " and w.session_epoch = x.epoch",
    "",
  ]),
};
