/** What a test may make go wrong. `times` counts the next messages sent that meet the fault. */
export interface SqsFaults {
  /** SendMessage is answered as ever, and nothing is in the queue. */
  lose(times?: number): void;
  /** The message is in the queue this many times. */
  repeat(copies: number, times?: number): void;
  /** The message is seen only after this long, so that younger ones overtake it. */
  delay(seconds: number, times?: number): void;
  /** Forgets every fault that has not happened yet. */
  clear(): void;
}

/** What becomes of one message. */
export interface SendFault {
  readonly lost: boolean;
  readonly copies: number;
  readonly delaySeconds: number;
}

export interface PendingSqsFaults {
  readonly controls: SqsFaults;
  /** Uses up what the next message meets. */
  take(): SendFault;
}

export function pendingSqsFaults(): PendingSqsFaults {
  const losses: true[] = [];
  const copies: number[] = [];
  const delays: number[] = [];
  const push = <T>(list: T[], times: number, item: T) => {
    for (let n = 0; n < times; n++) list.push(item);
  };
  return {
    controls: {
      lose: (times = 1) => push(losses, times, true),
      repeat: (count, times = 1) => push(copies, times, count),
      delay: (seconds, times = 1) => push(delays, times, seconds),
      clear: () => {
        for (const list of [losses, copies, delays]) list.length = 0;
      },
    },
    take: () => ({
      lost: losses.shift() ?? false,
      copies: copies.shift() ?? 1,
      delaySeconds: delays.shift() ?? 0,
    }),
  };
}
