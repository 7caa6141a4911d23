/** "Look again soon": a hint, never a command. Losing it costs at most one tick of delay. */
export interface Wake {
  /**
   * Asks for a reconcile pass now, or after `delayMs` (rounded up to the implementation's step,
   * cut at its maximum: SQS 15 min). Never throws: a lost hint is logged and forgotten.
   */
  wake(delayMs?: number): Promise<void>;
}
