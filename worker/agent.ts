import type { Metadata } from "@grpc/grpc-js";
import type { Logger } from "pino";
import { limits } from "#core/domain/limits.ts";
import type { ServerMessage, WorkerAgentServiceClient, WorkerMessage } from "#proto/hodei.ts";
import { heartbeatMessage, jobCommand, selfTerminateMessage } from "./codec.ts";
import type { WorkerConfig } from "./config.ts";
import { Executions } from "./executions.ts";
import { EXIT_CODE } from "./exit-code.ts";
import { Fence } from "./fence.ts";
import { FenceChecks } from "./fence-checks.ts";
import { sessionMetadata } from "./gateway-client.ts";
import { settleLeftovers } from "./leftovers.ts";
import { type Machine, realMachine } from "./machine.ts";
import type { Registration } from "./registration.ts";
import { Reporter } from "./reporter.ts";
import { Session } from "./session.ts";
import { unregister } from "./unregister.ts";

/** A worker that must leave tries this long to deliver its result and its logs. */
const LEAVE_DELIVERY_MS = 8_000; // with the longest grace (110 s) within the 120 s that Fargate gives
/** A fenced worker that is connected tries this long to deliver a result it already has. */
const FENCED_DELIVERY_MS = 2_000;

export interface AgentOptions {
  readonly config: WorkerConfig;
  readonly registration: Registration;
  /** The agent's environment; jobs see an allow-list of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** What the machine is to the agent; by default the real one. */
  readonly machine?: Machine;
}

/**
 * A registered worker: serves one command after the other, and leaves.
 *
 * Composes the parts and decides when the process ends and with which exit code; what is said to
 * the gateway about a command is decided in `executions.ts`.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #metadata: Metadata;
  readonly #machine: Machine;
  readonly #reporter: Reporter;
  readonly #executions: Executions;
  readonly #session: Session;
  readonly #fence: Fence;
  readonly #tools: ReturnType<Machine["makeTools"]>;
  #registeredClient: WorkerAgentServiceClient | null;
  readonly #exit = Promise.withResolvers<number>();
  #ending = false;
  #fencedNow = false;
  #ready = false;
  #leaveReason = "";
  #deliveryTimer: NodeJS.Timeout | undefined;
  #deliveryOver = false;
  #idleTimer: NodeJS.Timeout | undefined;
  #idleSince = 0;

  constructor(options: AgentOptions) {
    const { config, registration, log, env } = options;
    this.#options = options;
    this.#metadata = sessionMetadata(config.workerId, registration.sessionSecret);
    this.#registeredClient = registration.client;
    this.#machine = options.machine ?? realMachine(config);
    this.#session = this.#makeSession();
    const send = (message: WorkerMessage) => this.#session.send(message);
    const { results: store, execute } = this.#machine;
    const { logs } = this.#session;
    this.#reporter = new Reporter({
      store,
      send,
      log,
      isConnected: () => this.#session.connected,
      onLogsDone: (ring) => logs.remove(ring),
      onSettled: () => this.#review(),
    });
    const checks = new FenceChecks({
      metadata: this.#metadata,
      client: () => this.#session.client,
      current: () => (this.#fence.isOver() ? null : this.#executions.current),
    });
    this.#tools = this.#machine.makeTools((question) => checks.ask(question));
    this.#executions = new Executions({
      ...{ store, reporter: this.#reporter, logs, send, log, execute },
      agentEnv: env,
      tools: () => this.#tools.place,
      mayStart: () => !this.#fence.isOver(),
      onIdle: () => this.#review(),
    });
    this.#fence = new Fence({
      marginMs: limits.selfFenceMarginMs,
      now: () => performance.now(),
      onFenced: () => this.#fenced(),
    });
  }

  /** Serves until the worker has to end; resolves with the exit code. */
  async run(): Promise<number> {
    const { registration, log } = this.#options;
    this.#fence.renew(registration.sentAt, registration.leaseMs);
    await settleLeftovers(this.#machine.results, this.#reporter, log);
    await this.#tools.open().catch((error: unknown) => {
      log.warn({ err: error }, "jobs cannot ask for their fence here");
    });
    this.#session.open();
    this.#review();
    const code = await this.#exit.promise;
    this.#fence.stop();
    this.#session.close();
    await this.#tools.close().catch(() => undefined); // as much as the disk lets us
    if (code === EXIT_CODE.left) await this.#machine.results.close();
    return code;
  }

  /** Refuses new work, ends what runs, delivers its result, says farewell. */
  leave(reason: string): void {
    this.#options.log.info({ reason }, "leaving");
    this.#leaveReason = reason;
    this.#executions.leave();
    this.#review();
  }

  /** Kills what runs; synchronous, for the last moment of the process. */
  kill(): void {
    this.#executions.kill();
  }

  #makeSession(): Session {
    const { registration, log } = this.#options;
    return new Session({
      metadata: this.#metadata,
      makeClient: () => this.#takeClient(),
      heartbeatPeriodMs: registration.heartbeatPeriodMs,
      log,
      heartbeat: () => this.#heartbeat(),
      onMessage: (message) => this.#receive(message),
      onLease: (sentAt, leaseMs, lost) => this.#leased(sentAt, leaseMs, lost),
      onAttached: () => this.#attached(),
      onLogProgress: () => this.#logsMoved(),
      onVoid: () => this.#end(EXIT_CODE.refused),
    });
  }

  /** The first stream goes on the connection of the registration, every later one makes its own. */
  #takeClient(): WorkerAgentServiceClient {
    const registered = this.#registeredClient;
    this.#registeredClient = null;
    return registered ?? this.#machine.makeClient();
  }

  #heartbeat(): WorkerMessage {
    const { current, draining } = this.#executions;
    const pending = this.#reporter.pending;
    const held = current === null ? pending : [current, ...pending];
    const { workerId } = this.#options.config;
    return heartbeatMessage(workerId, held, draining, this.#machine.usage.look());
  }

  #receive({ payload }: ServerMessage): void {
    if (payload === undefined || this.#ending) return;
    // A fenced worker still listens for one thing: that its last result has arrived.
    if (this.#fence.isOver() && payload.$case !== "resultAck") return;
    switch (payload.$case) {
      case "runJob":
        this.#offered(payload.value);
        return;
      case "start":
        this.#executions.start(payload.value);
        return;
      case "cancel":
        this.#executions.cancel(payload.value);
        return;
      case "resultAck":
        void this.#reporter.acknowledged(payload.value.executionId, payload.value.resultId);
        return;
      case "drain":
        this.#options.log.info({ reason: payload.value.reason }, "draining");
        this.#leaveReason ||= "drained";
        this.#executions.drain();
        this.#review();
        return;
    }
  }

  #offered(wire: Parameters<typeof jobCommand>[0]): void {
    if (wire.executionId === "") {
      this.#options.log.warn({ runId: wire.jobId }, "command without execution id ignored");
      return;
    }
    clearTimeout(this.#idleTimer);
    this.#executions.offered(jobCommand(wire, performance.now(), limits.logBytesPerAttemptMax));
    this.#review();
  }

  #attached(): void {
    this.#options.log.info("attached to a gateway");
    this.#executions.repeatAccept();
    this.#reporter.attached();
  }

  #leased(sentAt: number, leaseMs: number, lostExecutionIds: readonly string[]): void {
    this.#fence.renew(sentAt, leaseMs > 0 ? leaseMs : this.#options.registration.leaseMs);
    if (this.#fence.isOver()) return;
    this.#noteReady();
    for (const executionId of lostExecutionIds) this.#executions.lose(executionId);
    this.#executions.repeatAccept();
  }

  /** Once: from now on the control plane may give this worker a run. */
  #noteReady(): void {
    if (this.#ready) return;
    this.#ready = true;
    const { user, system } = process.cpuUsage();
    const cpuMs = Math.round((user + system) / 1000);
    this.#options.log.info({ startMs: Math.round(performance.now()), cpuMs }, "ready");
  }

  #logsMoved(): void {
    this.#executions.resumeOutput();
    this.#reporter.offer();
    this.#review();
  }

  /** Looks whether the worker may end now, or begins to count its idle time. */
  #review(): void {
    const { idle, draining } = this.#executions;
    if (this.#ending || !idle) return;
    if (this.#fencedNow) {
      if (this.#reporter.pending.length === 0) this.#end(EXIT_CODE.fenced);
      return;
    }
    if (!draining) {
      this.#armIdleTimer();
      return;
    }
    const delivered = this.#reporter.pending.length === 0 && this.#session.logs.drained;
    if (delivered || this.#deliveryOver) void this.#farewell();
    else this.#deliveryTimer ??= setTimeout(() => this.#giveUpDelivery(), LEAVE_DELIVERY_MS);
  }

  #giveUpDelivery(): void {
    this.#options.log.warn("leaving before everything was delivered");
    this.#deliveryOver = true;
    this.#review();
  }

  #armIdleTimer(): void {
    const { cleanupTimeoutMs } = this.#options.config;
    if (cleanupTimeoutMs === 0 || this.#reporter.pending.length > 0) return;
    clearTimeout(this.#idleTimer);
    this.#idleSince = performance.now();
    this.#idleTimer = setTimeout(() => this.#idleForLong(), cleanupTimeoutMs);
  }

  #idleForLong(): void {
    const { workerId, cleanupTimeoutMs } = this.#options.config;
    const waitedMs = Math.round(performance.now() - this.#idleSince);
    const lastJobId = this.#executions.lastRunId;
    this.#session.send(selfTerminateMessage({ workerId, lastJobId, cleanupTimeoutMs, waitedMs }));
    this.leave("idle");
  }

  async #farewell(): Promise<void> {
    this.#ending = true;
    this.#fence.stop();
    const { config, log } = this.#options;
    const client = this.#session.client ?? this.#machine.makeClient();
    const farewell = { workerId: config.workerId, reason: this.#leaveReason };
    await unregister(client, this.#metadata, farewell, log);
    this.#end(EXIT_CODE.left);
  }

  #fenced(): void {
    this.#options.log.error("no heartbeat was answered in time: killing the job and leaving");
    this.#fencedNow = true;
    this.#executions.kill();
    if (this.#session.connected && this.#reporter.pending.length > 0) {
      this.#reporter.sendAll();
      setTimeout(() => this.#end(EXIT_CODE.fenced), FENCED_DELIVERY_MS);
    } else this.#end(EXIT_CODE.fenced);
  }

  #end(code: number): void {
    this.#ending = true;
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#deliveryTimer);
    this.#executions.kill();
    this.#exit.resolve(code);
  }
}
