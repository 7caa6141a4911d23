import type { Violation } from "../history/check-history.ts";
import { type Recording, recordHistory } from "../history/record-history.ts";
import { readTasks } from "./machine.ts";
import { type Stand, type StandOptions, startStand } from "./stand.ts";

/** A stand and its history: what was asked and answered, every message, every change of a row. */
export interface RecordedStand {
  readonly stand: Stand;
  readonly history: Recording;
  /** Everything has ended: tells the history which machines the provider saw, and has it judged. */
  judgeAtRest(): Promise<readonly Violation[]>;
}

/** Starts a stand that is recorded from its first row on. */
export async function startRecordedStand(
  options: Omit<StandOptions, "tap" | "fetch" | "onDatabase">,
): Promise<RecordedStand> {
  let recording: Recording | undefined;
  const stand = await startStand({
    ...options,
    tap: (message) => recording?.tap(message),
    fetch: (...request) => (recording ? recording.fetch(...request) : fetch(...request)),
    onDatabase: async (databaseUrl) => {
      recording = await recordHistory({ databaseUrl });
    },
  });
  if (!recording) throw new Error("the stand has no database");
  const history: Recording = recording;
  return {
    ...{ stand, history },
    judgeAtRest: () => {
      for (const { arn, startedBy, lastStatus } of readTasks(stand.stateDir))
        history.machine(startedBy?.split("/").at(-1) ?? "", arn, lastStatus !== "STOPPED");
      history.atRest();
      return history.finish();
    },
  };
}
