import { randomFillSync } from "node:crypto";
import { v7 } from "uuid";

const RANDOM_BYTES = 16;
/** Asking the system for random bytes costs ten times what the rest of an id does. */
const IDS_PER_FILL = 256;
const SEQUENCE_LIMIT = 2 ** 31;
const SEQUENCE_AT = 6;

/**
 * Makes ids in order of time (UUID version 7): those of one maker only rise, within a millisecond
 * and when the clock is set back as well, so that the newest lie together in every index.
 */
export function createOrderedIds(now: () => number = Date.now): () => string {
  const pool = Buffer.alloc(RANDOM_BYTES * IDS_PER_FILL);
  let used = pool.length;
  let msecs = Number.NEGATIVE_INFINITY;
  let seq = 0;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const random = pool.subarray(used, used + RANDOM_BYTES);
    used += RANDOM_BYTES;
    const at = now();
    if (at > msecs) {
      msecs = at;
      seq = random.readUInt32BE(SEQUENCE_AT) % SEQUENCE_LIMIT; // room above it for the next ones
    } else {
      seq += 1;
    }
    return v7({ msecs, seq, random });
  };
}
