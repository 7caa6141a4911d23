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
