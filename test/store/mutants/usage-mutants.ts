import { addUsage, deleteOldUsage } from "#adapters/store/transitions/add-usage.ts";
import { usage } from "../usage.exam.ts";
import { mutant } from "./mutant.ts";

const SENT_AGAIN = usage["sent again, or late, it changes nothing; so does what is of no attempt"];

export const usageMutants = {
  "usage that was sent again": mutant(addUsage, SENT_AGAIN, [
    "where excluded.first_at > u.last_at",
    "",
  ]),
  "usage of the wrong attempt": mutant(addUsage, SENT_AGAIN, [" and a.fence = x.fence", ""]),
  "usage of the wrong worker": mutant(addUsage, SENT_AGAIN, [
    ' and a.worker_id = x."workerId"',
    "",
  ]),
  "usage in short spans for ever": mutant(
    addUsage,
    usage["an attempt has short spans at first, then long ones"],
    [":longMs::float8", ":shortMs::float8 + 0 * :longMs::float8"],
  ),
  "young usage deleted": mutant(
    deleteOldUsage,
    usage["is deleted after its time, so much at a time"],
    ["hodei.millis(:retentionMs::float8)", "hodei.millis(0.9 * :retentionMs::float8)"],
  ),
};
