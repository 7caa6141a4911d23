import { describe, expect, onTestFinished, test } from "vitest";
import type { Wake } from "#core/ports/wake.ts";

/** One implementation in its world, and the far end of it. */
export interface WakeBench {
  readonly wake: Wake;
  /** How many wakes arrive within `waitMs`, at least the first as soon as it is there. */
  receive(waitMs: number): Promise<number>;
  /** From now on nothing can be sent. */
  breakDown(): Promise<void>;
  close(): Promise<void>;
}

export function wakeExam(name: string, setup: () => Promise<WakeBench>): void {
  const start = async () => {
    const bench = await setup();
    onTestFinished(() => bench.close());
    return bench;
  };

  describe(`${name} wakes`, () => {
    test("the far end, once for one call", async () => {
      const bench = await start();
      await bench.wake.wake();
      expect(await bench.receive(5_000)).toBe(1);
      expect(await bench.receive(0)).toBe(0);
    });

    test("after a delay, not before", async () => {
      const bench = await start();
      const asked = performance.now();
      await bench.wake.wake(1_001); // rounded up to 2 s
      expect(await bench.receive(0)).toBe(0);
      expect(await bench.receive(10_000)).toBe(1);
      expect(performance.now() - asked).toBeGreaterThanOrEqual(1_001);
    });

    test("now when the delay is nothing or less", async () => {
      const bench = await start();
      await bench.wake.wake(0);
      expect(await bench.receive(5_000)).toBe(1);
      await bench.wake.wake(-5);
      expect(await bench.receive(5_000)).toBe(1);
    });

    test("at least once after the last of many calls, and far less often", async () => {
      const bench = await start();
      const calls = Array.from({ length: 50 }, () => bench.wake.wake());
      await Promise.all(calls);
      const received = (await bench.receive(5_000)) + (await bench.receive(0));
      expect(received).toBeGreaterThanOrEqual(1);
      expect(received).toBeLessThanOrEqual(2);
    });

    test("nobody, and does not throw, when nothing can be sent", async () => {
      const bench = await start();
      await bench.breakDown();
      await bench.wake.wake();
      await bench.wake.wake(1_000);
      await Promise.all([bench.wake.wake(), bench.wake.wake(), bench.wake.wake()]);
    });
  });
}
