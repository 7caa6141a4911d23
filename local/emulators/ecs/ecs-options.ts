import { resolve } from "node:path";
import type { EventBridgeEvent } from "aws-lambda";
import { type Logger, pino } from "pino";

export interface TaskDefinition {
  readonly containerName: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Default: the directory this process runs in. */
  readonly workingDirectory?: string;
}

/** A token bucket: `burst` calls at once, then `perSecond`. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

export interface EcsRates {
  /** Calls of RunTask. */
  readonly runTask: Rate;
  /** Tasks that RunTask really launches. */
  readonly launch: Rate;
  /** StopTask. */
  readonly modify: Rate;
  /** DescribeTasks and ListTasks together. */
  readonly read: Rate;
}

/** Beyond either, RunTask answers HTTP 200 with `failures[]` and no task. */
export interface EcsCapacity {
  readonly tasksMax?: number;
  readonly vcpuMax?: number;
}

export type TaskStateChange = EventBridgeEvent<
  "ECS Task State Change",
  Readonly<Record<string, unknown>>
>;

export interface EcsOptions {
  /** 0 or absent: any free port. */
  readonly port?: number;
  readonly region?: string;
  readonly account?: string;
  /** The one cluster that exists. */
  readonly cluster?: string;
  /**
   * Holds `tasks.json`, `tasks/<task id>.log` and, while a task runs, `tasks/<task id>/` as its
   * TMPDIR; made when absent. One emulator at a time.
   */
  readonly stateDir: string;
  /** By family. */
  readonly taskDefinitions: Readonly<Record<string, TaskDefinition>>;
  /** From RunTask to the start of the process. */
  readonly launchDelayMs?: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutMs?: number;
  /** A new task is MISSING in DescribeTasks and ListTasks for this long. */
  readonly consistencyDelayMs?: number;
  /** A stopped task is shown for this long. */
  readonly stoppedVisibleMs?: number;
  readonly capacity?: EcsCapacity;
  readonly rates?: Partial<EcsRates>;
  /** Only requests signed with this key id are answered; "" = any. It starts processes, after all. */
  readonly accessKeyId?: string;
  /** Epoch milliseconds; drives rates, visibility and token lifetimes, not the timers. */
  readonly now?: () => number;
  /** Called once for each change of a task, in order. */
  readonly onTaskStateChange?: (event: TaskStateChange) => void;
  readonly log?: Logger;
}

export type EcsSettings = Required<Omit<EcsOptions, "rates">> & { readonly rates: EcsRates };

/** What AWS documents for one account and Region. */
const AWS_RATES: EcsRates = {
  runTask: { burst: 20, perSecond: 20 },
  launch: { burst: 100, perSecond: 20 },
  modify: { burst: 100, perSecond: 40 },
  read: { burst: 100, perSecond: 20 },
};

export function withDefaults(options: EcsOptions): EcsSettings {
  return {
    port: 0,
    region: "us-east-1",
    account: "000000000000",
    cluster: "hodei",
    launchDelayMs: 0,
    stopTimeoutMs: 30_000,
    consistencyDelayMs: 0,
    stoppedVisibleMs: 3_600_000,
    capacity: {},
    accessKeyId: "",
    now: Date.now,
    onTaskStateChange: () => {},
    log: pino({ level: "silent" }),
    ...options,
    stateDir: resolve(options.stateDir), // tasks are told of it, and they start elsewhere
    rates: { ...AWS_RATES, ...options.rates },
  };
}
