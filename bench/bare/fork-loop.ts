import { spawn } from "node:child_process";
import { once } from "node:events";

/** fork, exec and wait, and a counter: the least that starting a program costs. */
const LOOP = `i=0; while [ $i -lt "$2" ]; do "$1"; i=$((i + 1)); done`;

export interface ForkLoop {
  readonly pid: number;
  /** Resolves when all were started and ended. */
  readonly ended: Promise<void>;
}

/** A shell that starts a program so many times, one after the other. */
export function startForkLoop(program: string, times: number): ForkLoop {
  const shell = spawn("/bin/sh", ["-c", LOOP, "sh", program, String(times)], { stdio: "ignore" });
  return { pid: shell.pid ?? Number.NaN, ended: once(shell, "exit").then(() => {}) };
}
