import { Metadata } from "@grpc/grpc-js";
import { DomainError, isDomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import { WorkerMessage } from "#proto/hodei.ts";
import type { Connections } from "./connections.ts";
import { credentialOf } from "./credential.ts";
import type { Hub } from "./hub.ts";
import { Outbox, type WorkerCall } from "./outbox.ts";
import { Session } from "./session.ts";
import { toStatus } from "./status.ts";
import { uuidOf } from "./wire-values.ts";
import { WorkerMessages } from "./worker-messages.ts";

const FIRST_MESSAGE_WITHIN_MS = 30_000;
/** Messages of one stream being dealt with at once; beyond it the stream is not read. */
const UNDER_WAY_MAX = 32;

/** One control stream from its first byte to its end: who it is of, and how fast it is read. */
export class WorkerStream {
  readonly #hub: Hub;
  readonly #call: WorkerCall;
  readonly #outbox: Outbox;
  readonly #connections: Connections;
  readonly #peer: string;
  readonly #silence: NodeJS.Timeout;
  #session: Session | null = null;
  #messages: WorkerMessages | null = null;
  /** Bound, or on the way to be: by its credential, or by the first heartbeat of an original. */
  #bound = false;
  /**
   * Messages wait for this before they are dealt with. The later original hands in the results that
   * an older stream did not take before its first heartbeat says who it is.
   */
  readonly #binding = Promise.withResolvers<void>();
  #underWay = 0;
  /** Bytes of messages that wait for `#binding`. */
  #waiting = 0;

  constructor(hub: Hub, connections: Connections, call: WorkerCall) {
    this.#hub = hub;
    this.#call = call;
    this.#connections = connections;
    this.#peer = call.getPeer();
    this.#outbox = new Outbox(call, () => this.#over());
    this.#silence = setTimeout(() => this.#fail(silent()), FIRST_MESSAGE_WITHIN_MS);
    this.#silence.unref();
  }

  open(): void {
    // Headers at once: the original's client waits for them before it reads anything.
    this.#call.sendMetadata(new Metadata());
    this.#call.on("data", (message: WorkerMessage) => this.#take(message));
    this.#call.on("end", () => this.#outbox.end());
    this.#call.on("error", () => {}); // the outbox hears it
    try {
      const credential = credentialOf(this.#call.metadata);
      if (credential) this.#bind(credential.workerId, this.#hub.deps.digest(credential.secret));
    } catch (error) {
      this.#fail(error);
    }
  }

  #take({ payload }: WorkerMessage): void {
    if (!payload || this.#outbox.over) return; // nothing said is legal; what comes late is void
    if (!this.#bound && payload.$case === "heartbeat")
      this.#bindOriginal(uuidOf(payload.value.workerId?.value) ?? "");
    if (!this.#bound && !this.#hasRoomFor(payload)) return;
    this.#underWay += 1;
    if (this.#underWay >= UNDER_WAY_MAX) this.#holdBack();
    void this.#binding.promise
      .then(() => this.#messages?.handle(payload))
      .then(() => this.#dealtWith());
  }

  #holdBack(): void {
    if (this.#bound) this.#call.pause();
    else this.#fail(new DomainError("MessageRefused", "who says this? A heartbeat comes first"));
  }

  /** Whoever may dial may say much before he says who he is. */
  #hasRoomFor(payload: NonNullable<WorkerMessage["payload"]>): boolean {
    const { strangers } = this.#hub;
    const { length } = WorkerMessage.encode({ payload }).finish();
    this.#waiting += length;
    strangers.bytes += length;
    if (strangers.bytes <= limits.strangerBytesMax) return true;
    this.#fail(new DomainError("RateLimited", "who says this? Too much waits for an answer"));
    return false;
  }

  #nothingWaits(): void {
    this.#hub.strangers.bytes -= this.#waiting;
    this.#waiting = 0;
  }

  #dealtWith(): void {
    this.#underWay -= 1;
    if (this.#underWay < UNDER_WAY_MAX) this.#call.resume();
  }

  /** Bound by the first heartbeat, but only on the connection on which that worker registered. */
  #bindOriginal(workerId: string): void {
    const registered = this.#connections.sessionOf(this.#peer, workerId);
    if (registered) this.#bind(workerId, registered.sessionSha256, registered.returned);
    else
      this.#fail(
        new DomainError("SessionRefused", "this worker did not register on this connection"),
      );
  }

  #bind(workerId: string, secretSha256: string, namesJobs = false): void {
    this.#bound = true;
    this.#nothingWaits();
    const attaching = this.#attach({ workerId, secretSha256, namesJobs });
    this.#binding.resolve(attaching.catch((error) => this.#fail(error)));
  }

  async #attach(who: Pick<Session, "workerId" | "secretSha256" | "namesJobs">): Promise<void> {
    const { deps } = this.#hub;
    const { workerId } = who;
    if (this.#hub.leaving) throw new DomainError("StoreUnavailable", "this gateway is leaving");
    const attached = await deps.store.attachWorker({
      workerId,
      sessionSha256: who.secretSha256,
      gatewayId: deps.gatewayId,
    });
    if (!attached) throw new DomainError("SessionRefused", "this session is not open any more");
    clearTimeout(this.#silence); // whoever says much and never who he is, is ended all the same
    const { epoch } = attached;
    const outbox = this.#outbox;
    const session = new Session({ ...attached, ...who, outbox });
    this.#session = session;
    this.#messages = new WorkerMessages(this.#hub, session);
    this.#hub.sessions.add(session);
    deps.log.info({ workerId, epoch, phase: attached.phase }, "worker stream attached");
    if (this.#hub.leaving)
      outbox.end(); // too late to be told to move
    else if (outbox.over || this.#call.cancelled || this.#call.destroyed) this.#over();
    else if (attached.phase !== "Connecting") await this.#catchUp(session);
    // A Connecting worker has never been placed on: there is nothing it could have missed.
    if (attached.phase === "Ready") this.#hub.ready([session]);
  }

  /** What the rows say of this worker, which an older stream may not have told it. */
  async #catchUp(session: Session): Promise<void> {
    for (const held of await this.#hub.deps.store.heldByWorker(session.workerId)) {
      const { runId, executionId, fence, attemptPhase, stop } = held;
      if (attemptPhase === "Running") session.returnsWith({ runId, executionId, fence });
      if (attemptPhase === "Assigned" || stop) await this.#hub.deliver(held);
    }
  }

  /** The stream cannot go on; its peer learns why. */
  #fail(error: unknown): void {
    if (this.#outbox.over) return;
    const known = isDomainError(error)
      ? error
      : new DomainError("StoreUnavailable", "try again", { cause: error });
    this.#call.emit("error", { ...toStatus(known, this.#hub.deps.log) });
  }

  #over(): void {
    this.#nothingWaits();
    clearTimeout(this.#silence);
    const session = this.#session;
    if (!session || !this.#hub.ended(session)) return;
    if (session.isOriginal) this.#connections.streamOver(this.#peer, session.workerId);
  }
}

const silent = () =>
  new DomainError("MessageRefused", `nothing was said for ${FIRST_MESSAGE_WITHIN_MS / 1000} s`);
