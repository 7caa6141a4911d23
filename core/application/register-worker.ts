import { DomainError } from "#core/domain/errors.ts";
import type { Digest } from "#core/ports/bootstrap-tokens.ts";
import type { ControlStore, TokenView } from "#core/ports/control-store.ts";
import type { Log } from "#core/ports/log.ts";
import type { Telemetry } from "#core/ports/telemetry.ts";

export interface RegisterDeps {
  readonly store: ControlStore;
  readonly digest: Digest;
  readonly log: Log;
  readonly telemetry: Telemetry;
}

export interface RegisterRequest {
  readonly workerId: string;
  readonly token: string;
  /** Of the secret the worker chose itself: a repeat with the same one is harmless. */
  readonly sessionSha256: string;
  readonly protocolVersion: number;
  readonly info: unknown;
}

/**
 * Spends a bootstrap token. Whatever is wrong with it, the caller only hears TokenRefused; the log
 * says why. A right token that another session spent already is a replay: somebody read it where
 * it travels, so that worker is drained.
 */
export async function registerWorker(deps: RegisterDeps, request: RegisterRequest): Promise<void> {
  const { workerId, token, sessionSha256, protocolVersion, info } = request;
  if (token === "" || token.startsWith("dev-")) return refuse(deps, workerId, "no-token");
  const tokenSha256 = deps.digest(token);
  const registration = { workerId, tokenSha256, sessionSha256, protocolVersion, info };
  if (await deps.store.registerWorker(registration)) {
    deps.log.info({ workerId, protocolVersion }, "worker registered");
    return;
  }
  const view = await deps.store.inspectToken(workerId, tokenSha256);
  const cause = causeOf(view);
  if (cause === "replayed") {
    const end = {
      workerId,
      rule: "token-replayed",
      reason: "TokenReplayed",
      message: null,
      idleMs: 0,
    } as const;
    await deps.store.endWorkers([end]);
  }
  refuse(deps, workerId, cause);
}

function causeOf(view: TokenView | null): string {
  if (!view) return "unknown-worker";
  if (!view.rightToken) return "wrong-token";
  if (view.phase === "Terminating" || view.phase === "Terminated") return "worker-ended";
  if (view.consumed) return "replayed";
  return view.expired ? "expired" : "moved";
}

function refuse({ log, telemetry }: RegisterDeps, workerId: string, cause: string): never {
  telemetry.count("tokens_refused_total", { cause });
  log.warn({ workerId, cause }, "registration refused");
  throw new DomainError("TokenRefused", "the bootstrap token was refused");
}
