import { EXIT } from "./cli-error.ts";

const SAME_PRESS_MS = 300;

/**
 * Calls `handler` for every Ctrl-C until the answer is called. Two signals within a moment are one
 * press: the terminal sends it to the whole process group, and a launcher passes it on as well.
 */
export function onInterrupt(handler: () => void): () => void {
  let lastAt = Number.NEGATIVE_INFINITY;
  const listener = (): void => {
    const now = performance.now();
    const isNewPress = now - lastAt > SAME_PRESS_MS;
    lastAt = now;
    if (isNewPress) handler();
  };
  process.on("SIGINT", listener);
  return () => process.off("SIGINT", listener);
}

/**
 * Does something that only shows until it is done or Ctrl-C is pressed, which `abort` ends it by; answers
 * the exit code. Nothing else is touched by the press.
 */
export async function untilInterrupted(
  abort: () => void,
  show: () => Promise<void>,
): Promise<number> {
  let interrupted = false;
  const stopListening = onInterrupt(() => {
    interrupted = true;
    abort();
  });
  try {
    await show();
    return EXIT.ok;
  } catch (error) {
    if (interrupted) return EXIT.interrupted;
    throw error;
  } finally {
    stopListening();
  }
}
