/** Sends SIGKILL, or another signal; throws when there is no such process. */
export function kill(pid: number | undefined, signal: NodeJS.Signals = "SIGKILL"): void {
  if (pid === undefined) throw new Error(`nobody is there to get ${signal}`);
  process.kill(pid, signal);
}
