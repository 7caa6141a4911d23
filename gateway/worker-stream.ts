import { Metadata } from "@grpc/grpc-js";
import { DomainError, isDomainError } from "#core/domain/errors.ts";
import type { WorkerMessage } from "#proto/hodei.ts";
import { ResultVerdict } from "#proto/hodei.ts";
import { attemptEnd, isUuid } from "./codec.ts";
import type { Connections } from "./connections.ts";
import type { Hub } from "./hub.ts";
import { OriginalLogs } from "./original-logs.ts";
import { Outbox, type WorkerCall } from "./outbox.ts";
import { Session } from "./session.ts";
import { toStatus } from "./status.ts";

type Payload = NonNullable<WorkerMessage["payload"]>;
const FIRST_BEAT_WITHIN_MS = 30_000;

/** The credential a stream names itself with; null = a worker of the original, bound later. */
export function credentialOf(metadata: Metadata): { workerId: string; secret: string } | null {
  const [bearer] = metadata.get("authorization");
  const [workerId] = metadata.get("hodei-worker-id");
  if (bearer === undefined && workerId === undefined) return null;
  const secret = /^Bearer (.+)$/.exec(String(bearer ?? ""))?.[1];
  if (!secret || !isUuid(String(workerId ?? "")))
    throw new DomainError("SessionRefused", "the stream's credential is malformed");
  return { workerId: String(workerId), secret };
}

/** One control stream from its first byte to its end. */
export class WorkerStream {
  readonly #hub: Hub;
  readonly #call: WorkerCall;
  readonly #outbox: Outbox;
  readonly #connections: Connections;
  #session: Session | null = null;
  /** Bound, or on the way to be: by its credential, or by the first heartbeat of an original. */
  #bound = false;
  #originalLogs: OriginalLogs | null = null;
  /** Messages are handled one after the other until the stream is bound. */
  #binding: Promise<void> = Promise.resolve();

  constructor(hub: Hub, connections: Connections, call: WorkerCall) {
    this.#hub = hub;
    this.#call = call;
    this.#connections = connections;
    this.#outbox = new Outbox(call);
  }

  open(): void {
    // Headers at once: the original's client waits for them before it reads anything.
    this.#call.sendMetadata(new Metadata());
    const silence = setTimeout(() => this.#fail(silent()), FIRST_BEAT_WITHIN_MS);
    silence.unref();
    this.#call.on("data", (message: WorkerMessage) => {
      clearTimeout(silence);
      this.#take(message);
    });
    this.#call.on("end", () => this.#outbox.end());
    this.#call.on("error", () => this.#closed());
    this.#call.on("close", () => this.#closed());
    this.#call.on("cancelled", () => this.#closed());
    try {
      const credential = credentialOf(this.#call.metadata);
      if (credential) this.#bind(credential.workerId, this.#hub.deps.digest(credential.secret));
    } catch (error) {
      this.#fail(error);
    }
  }

  #take({ payload }: WorkerMessage): void {
    if (!payload) return; // legal and ignored
    if (!this.#bound && payload.$case === "heartbeat")
      this.#bindOriginal(payload.value.workerId?.value ?? "");
    this.#binding = this.#binding
      .then(() => (this.#session ? this.#handle(this.#session, payload) : undefined))
      .catch((error) => this.#fault(error));
    // Back-pressure: the stream reads on when the messages before are dealt with.
    this.#call.pause();
    void this.#binding.finally(() => this.#call.resume());
  }

  /** Bound by the first heartbeat, but only on the connection on which that worker registered. */
  #bindOriginal(workerId: string): void {
    const secretSha256 = this.#connections.sessionOf(this.#call.getPeer(), workerId);
    if (secretSha256) this.#bind(workerId, secretSha256);
    else
      this.#fail(
        new DomainError("SessionRefused", "this worker did not register on this connection"),
      );
  }

  #bind(workerId: string, secretSha256: string): void {
    this.#bound = true;
    this.#binding = this.#binding
      .then(() => this.#attach(workerId, secretSha256))
      .catch((error) => this.#fail(error));
  }

  async #attach(workerId: string, secretSha256: string): Promise<void> {
    const { store, gatewayId, log } = this.#hub.deps;
    const attached = await store.attachWorker({ workerId, sessionSha256: secretSha256, gatewayId });
    if (!attached) throw new DomainError("SessionRefused", "this session is not open any more");
    const { epoch, protocolVersion } = attached;
    const session = new Session({
      workerId,
      epoch,
      protocolVersion,
      secretSha256,
      outbox: this.#outbox,
    });
    this.#session = session;
    this.#hub.sessions.add(session);
    log.info({ workerId, epoch, phase: attached.phase }, "worker stream attached");
    if (session.isOriginal) this.#originalLogs = new OriginalLogs(this.#hub, session);
    if (this.#call.cancelled || this.#call.destroyed) return this.#closed();
    for (const held of await store.heldByWorker(workerId)) {
      if (held.attemptPhase === "Running")
        session.current = { runId: held.runId, executionId: held.executionId, fence: held.fence };
      if (held.attemptPhase === "Assigned" || held.stop) await this.#hub.deliver(held);
    }
  }

  #handle(session: Session, payload: Payload): void {
    switch (payload.$case) {
      case "heartbeat":
        this.#hub.beat(
          session,
          session.isOriginal
            ? session.current
              ? [session.current]
              : []
            : payload.value.executions.filter((held) => isUuid(held.executionId)),
        );
        return;
      case "accept":
        void this.#accept(session, payload.value.executionId, payload.value.fence);
        return;
      case "refuse":
        if (isUuid(payload.value.executionId))
          this.#hub
            .refuse(session, payload.value.executionId, payload.value.reason.slice(0, 200))
            .catch((error) => this.#fault(error));
        return;
      case "result":
        void this.#result(session, payload.value);
        return;
      case "log":
        this.#originalLogs?.add([payload.value]);
        return;
      case "logBatch":
        this.#originalLogs?.add(payload.value.entries);
        return;
      case "selfTerminate":
        void this.#leaving(session);
        return;
      case "stats":
      case "status":
      case "ack":
        return;
      default:
        payload satisfies never;
    }
  }

  /** The accept gate: `start` only after the commit; whatever is stale is discarded. */
  async #accept(session: Session, executionId: string, fence: number): Promise<void> {
    if (!isUuid(executionId))
      return this.#fault(new DomainError("MessageRefused", "accept names no execution"));
    try {
      const accepted = await this.#hub.accepts.add(session.claim(executionId, fence));
      if (accepted) session.outbox.send({ $case: "start", value: { executionId, fence } });
      else session.discard(session.current?.runId ?? "", executionId);
    } catch (error) {
      this.#fault(error); // unanswered: the row comes back with the next look, and so the accept
    }
  }

  async #result(
    session: Session,
    message: Extract<Payload, { $case: "result" }>["value"],
  ): Promise<void> {
    const named = this.#namedBy(session, message);
    if (!named)
      return this.#fault(
        new DomainError("MessageRefused", "result names no execution of this worker"),
      );
    const { executionId, fence, resultId } = named;
    try {
      await this.#originalLogs?.flush();
      const { verdict } = await this.#hub.results.add({
        ...session.claim(executionId, fence),
        resultId,
        end: attemptEnd(message),
        logLastSeq: this.#originalLogs?.lastSeq(executionId) ?? message.logLastSeq,
      });
      if (verdict === "retry") return;
      session.forget(executionId);
      if (!session.isOriginal)
        session.outbox.send({
          $case: "resultAck",
          value: { executionId, resultId, verdict: VERDICTS[verdict] },
        });
    } catch (error) {
      this.#fault(error); // not acknowledged: the worker keeps it and sends it again
    }
  }

  /** Which execution a result is of; the original's workers only name the job. */
  #namedBy(session: Session, message: Extract<Payload, { $case: "result" }>["value"]) {
    if (isUuid(message.executionId) && message.resultId !== "")
      return {
        executionId: message.executionId,
        fence: message.fence,
        resultId: message.resultId.slice(0, 64),
      };
    if (!session.isOriginal || session.current?.runId !== message.jobId) return null;
    const { executionId, fence } = session.current;
    return { executionId, fence, resultId: executionId };
  }

  async #leaving(session: Session): Promise<void> {
    const end = {
      workerId: session.workerId,
      rule: "leaving",
      reason: "SelfTerminated",
      message: null,
      idleMs: 0,
    } as const;
    await this.#hub.deps.store.endWorkers([end]).catch((error) => this.#fault(error));
    await this.#hub.deps.wake.wake();
  }

  /** A message that could not be dealt with: said in the log, the stream goes on. */
  #fault(error: unknown): void {
    const workerId = this.#session?.workerId;
    this.#hub.deps.log.warn({ workerId, err: error }, "a message of a worker was not dealt with");
  }

  /** The stream itself cannot go on. */
  #fail(error: unknown): void {
    const known = isDomainError(error)
      ? error
      : new DomainError("StoreUnavailable", "try again", { cause: error });
    this.#call.emit("error", { ...toStatus(known, this.#hub.deps.log) });
    this.#closed();
  }

  #closed(): void {
    const session = this.#session;
    if (!session || !this.#hub.sessions.remove(session)) return;
    const { workerId, epoch } = session;
    this.#hub.deps.log.info({ workerId, epoch }, "worker stream ended");
    this.#hub.deps.store.detachWorkers([{ workerId, epoch }]).catch((error) => this.#fault(error));
  }
}

const VERDICTS = {
  accepted: ResultVerdict.RESULT_VERDICT_ACCEPTED,
  duplicate: ResultVerdict.RESULT_VERDICT_DUPLICATE,
  fenced: ResultVerdict.RESULT_VERDICT_FENCED,
} as const;

const silent = () =>
  new DomainError("SessionRefused", `no heartbeat within ${FIRST_BEAT_WITHIN_MS / 1000} s`);
