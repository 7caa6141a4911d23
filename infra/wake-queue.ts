import { limits } from "../core/domain/limits.ts";

const DAY_SECONDS = 24 * 3600;
/** Tries before a message is put aside. */
const RECEIVES_MAX = 5;

export const deadLetters = new sst.aws.Queue("DeadLetters", {
  transform: {
    queue: (queue) => {
      queue.messageRetentionSeconds = 14 * DAY_SECONDS;
      queue.sqsManagedSseEnabled = true;
    },
  },
});

export const wakeQueue = new sst.aws.Queue("WakeQueue", {
  // AWS asks for six times the time-out of the function, so that its retries have room.
  visibilityTimeout: `${6 * limits.reconcileTimeoutSeconds} seconds`,
  dlq: { queue: deadLetters.arn, retry: RECEIVES_MAX },
  transform: {
    queue: (queue) => {
      queue.messageRetentionSeconds = DAY_SECONDS; // a wake is stale when the next tick has looked
      queue.sqsManagedSseEnabled = true;
    },
  },
});
