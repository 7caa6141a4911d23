import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Logger } from "pino";
import type { Wake } from "#core/ports/wake.ts";

export interface SqsWakeOptions {
  readonly queueUrl: string;
  readonly region: string;
  /** For tests and settings of one's own; without it one is made on the first wake. */
  readonly client?: SQSClient;
  readonly log: Pick<Logger, "warn">;
}

/** Says "look again" and nothing else: the database holds what to do. */
const MESSAGE = { kind: "wake", version: 1 } as const;

const DELAY_SECONDS_MAX = 900; // the limit of SQS for DelaySeconds
// A wake follows a commit the caller waits for: two quick tries, then the tick must do.
const ATTEMPTS_MAX = 2;
const CONNECT_TIMEOUT_MS = 1_000;
const ANSWER_TIMEOUT_MS = 3_000;

/** true: this message body is a wake of a version this code knows. Never throws. */
export function isWakeMessage(body: string): boolean {
  try {
    const message: unknown = JSON.parse(body);
    if (typeof message !== "object" || message === null) return false;
    const { kind, version } = message as { kind?: unknown; version?: unknown };
    return kind === MESSAGE.kind && version === MESSAGE.version;
  } catch {
    return false;
  }
}

/**
 * Wakes the reconciler through a queue. While one message without delay is being sent, all further
 * immediate wakes share ONE message sent after it: it is the last that must come after the last
 * commit, the ones between say nothing new.
 */
export function createSqsWake(options: SqsWakeOptions): Wake {
  const post = createPost(options);
  let sending: Promise<void> | null = null;
  let followUp: Promise<void> | null = null;

  function sendNow(): Promise<void> {
    sending = post(0).finally(() => {
      sending = null;
    });
    return sending;
  }

  function joinFollowUp(current: Promise<void>): Promise<void> {
    followUp = current.then(() => {
      followUp = null;
      return sendNow();
    });
    return followUp;
  }

  return {
    async wake(delayMs = 0) {
      const seconds = Math.min(DELAY_SECONDS_MAX, Math.ceil(delayMs / 1000));
      if (seconds > 0) return post(seconds);
      return followUp ?? (sending ? joinFollowUp(sending) : sendNow());
    },
  };
}

/** Sends one message; a failure is logged and forgotten. */
function createPost({ queueUrl, region, client, log }: SqsWakeOptions) {
  let loaded: SQSClient | undefined = client;
  return async (delaySeconds: number): Promise<void> => {
    try {
      const sdk = await import("@aws-sdk/client-sqs");
      loaded ??= createClient(sdk, region);
      const command = new sdk.SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify(MESSAGE),
        DelaySeconds: delaySeconds,
      });
      await loaded.send(command);
    } catch (error) {
      log.warn({ err: error, delaySeconds }, "wake not sent: the tick looks again instead");
    }
  };
}

function createClient(sdk: typeof import("@aws-sdk/client-sqs"), region: string): SQSClient {
  return new sdk.SQSClient({
    region,
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: ANSWER_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
}
