/** Longest delay Node accepts; a longer one would fire at once. A run may last 30 days. */
const DELAY_MAX_MS = 2 ** 31 - 1;

/** Calls `action` once after `delayMs`, however long that is. Returns how to call it off. */
export function startTimer(delayMs: number, action: () => void): () => void {
  const dueAt = performance.now() + delayMs;
  let timer: NodeJS.Timeout;
  const arm = () => {
    const leftMs = dueAt - performance.now();
    timer = setTimeout(leftMs > DELAY_MAX_MS ? arm : action, Math.min(leftMs, DELAY_MAX_MS));
  };
  arm();
  return () => clearTimeout(timer);
}
