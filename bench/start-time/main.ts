/** `node bench/start-time/main.ts`: how long things take to start, as a table. */
import Table from "cli-table3";
import { measureStartTimes, type StartTimes } from "./measure-start-times.ts";

const whole = (ms: number): string => ms.toFixed(0);
const kib = (bytes: number): string => `${(bytes / 1024).toFixed(0)} KiB`;

function tableOf({ rounds, bareNode, worker, handlers }: StartTimes): string {
  const table = new Table({
    head: [`median of ${rounds}`, "wall ms", "× bare", "CPU ms", "× bare", "read", "in all"],
    style: { head: [], border: [] },
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
    colAligns: ["left", "right", "right", "right", "right", "right", "right"],
  });
  const ratio = (ms: number, bare: number) => (ms / bare).toFixed(1);
  const step = (name: string, wallMs: number) =>
    table.push([name, whole(wallMs), ratio(wallMs, bareNode.wallMs), "", "", "", ""]);
  table.push(["bare node", whole(bareNode.wallMs), "1.0", whole(bareNode.cpuMs), "1.0", "", ""]);
  step("worker: bundle evaluated", worker.loadedMs);
  step("worker: registered", worker.registeredMs);
  step("worker: stream opened", worker.attachedMs);
  const spent = (wallMs: number, cpuMs: number) => [
    whole(wallMs),
    ratio(wallMs, bareNode.wallMs),
    whole(cpuMs),
    ratio(cpuMs, bareNode.cpuMs),
  ];
  const workerKib = kib(worker.bytes);
  table.push(["worker: ready", ...spent(worker.readyMs, worker.cpuMs), workerKib, workerKib]);
  for (const [name, { wallMs, cpuMs, bytes, eagerBytes }] of Object.entries(handlers))
    table.push([`import of ${name}`, ...spent(wallMs, cpuMs), kib(eagerBytes), kib(bytes)]);
  return table.toString();
}

if (import.meta.main) process.stdout.write(`${tableOf(await measureStartTimes())}\n`);
