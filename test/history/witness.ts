import { readFileSync } from "node:fs";
import type { WitnessLine } from "./entry.ts";

/**
 * A job that tells the disk, apart from the platform, when its code starts and when it ends:
 * appended lines, so that their order in the file is the order in which they happened. `work` is a
 * line for the shell; its exit code is the job's. Give the run the label `witness: "yes"`.
 */
export const witnessed = (file: string, work: string): string =>
  `${note("start", file)}; ( ${work} ); code=$?; ${note("end", file)}; exit $code`;

/** The same as `witnessed` writes, of any other event. */
export const note = (event: string, file: string): string =>
  `echo "${event} $HODEI_RUN_ID $HODEI_ATTEMPT $(date +%s%3N)" >> ${file}`;

/** The lines of a witness; none when nothing was ever written. */
export function readWitness(file: string): WitnessLine[] {
  return textOf(file)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [event = "", runId = "", fence, at] = line.split(" ");
      return { kind: "witness", event, runId, fence: Number(fence), atMs: Number(at) };
    });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
