import { setTimeout as pause } from "node:timers/promises";

const LOOK_MS = 25;

/** Waits for a condition, looking often; throws with its name when it does not come true in time. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  withinMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const held = await Promise.resolve()
      .then(holds)
      .catch((error: unknown) => (performance.now() > deadline ? Promise.reject(error) : false));
    if (held) return;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(LOOK_MS);
  }
}
