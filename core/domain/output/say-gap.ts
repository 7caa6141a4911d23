import type { Gap } from "./attempt-output.ts";

/** What a person who reads output is told where pieces are missing. */
export function sayGap({ attempt, from, to, reason }: Gap): string {
  switch (reason) {
    case "lost":
      return `pieces ${from} to ${to} of attempt ${attempt} are missing: they were never stored`;
    case "unknown-end":
      return `attempt ${attempt} may have written more: its worker was lost before it could say`;
    case "stream-broken":
      return `output of attempt ${attempt} may be missing: the connection of its worker broke`;
    case "deleted":
      return `output of attempt ${attempt} was deleted: the run is past its time to live`;
    default:
      return reason satisfies never;
  }
}
