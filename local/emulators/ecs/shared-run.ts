/**
 * Runs `work` one at a time. All callers that come while it runs share ONE next run, so each gets
 * an answer begun after its call and a burst of callers costs two runs.
 */
export function sharedRun<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | null = null;
  return () => {
    next ??= running.then(() => {
      next = null;
      const run = work();
      running = run.catch(() => {}); // its own callers see the error; the next run starts anyway
      return run;
    });
    return next;
  };
}
