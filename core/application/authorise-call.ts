import { timingSafeEqual } from "node:crypto";
import { apiKeyIdOf, bearerOf } from "#core/domain/access/api-key.ts";
import { type KeyRefusal, refusalOf } from "#core/domain/access/judge-key.ts";
import { covers, type Scope } from "#core/domain/access/scope.ts";
import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type { ApiKeyStore } from "#core/ports/api-keys.ts";
import type { Digest } from "#core/ports/bootstrap-tokens.ts";
import type { Log } from "#core/ports/log.ts";
import type { Telemetry } from "#core/ports/telemetry.ts";
import { CallRates } from "./call-rates.ts";
import { type KnownKey, KnownKeys } from "./known-keys.ts";

/** Who calls, as far as it was proved. */
export interface Caller {
  /** null = nobody was asked (anonymous calls, on a local stage only). */
  readonly keyId: string | null;
  /** What is stored as the submitter of a run; null = anonymous. */
  readonly label: string | null;
  readonly scope: Scope;
}

/**
 * Lets a call in, or throws Unauthenticated, Forbidden, RateLimited or StoreUnavailable.
 * `authorization` is the header or metadata value as it came; undefined = none came.
 */
export type Authorise = (authorization: string | undefined, needed: Scope) => Promise<Caller>;

export type Door = "http" | "grpc";

export interface AuthoriseDeps {
  readonly keys: Pick<ApiKeyStore, "find" | "noteUse">;
  readonly digest: Digest;
  /** What a call without any key may do; null = nothing, as everywhere but on a local stage. */
  readonly anonymous: Scope | null;
  readonly log: Log;
  /** Where refused calls are counted, and the door they came to; without it nowhere. */
  readonly refusals?: { readonly door: Door; readonly telemetry: Telemetry };
  /** Epoch ms. */
  readonly now?: () => number;
  readonly rates?: CallRates;
}

/**
 * The one door for callers, of HTTP and gRPC alike. Whatever is wrong with a key, its caller hears the
 * same, in about the same time; the log says why.
 */
export function createAuthorise(deps: AuthoriseDeps): Authorise {
  const { anonymous, log, now = Date.now, rates = new CallRates() } = deps;
  const known = new KnownKeys((id) => deps.keys.find(id), now);
  const noted = new WeakSet<KnownKey>();
  const takeCall = (id: string): void => {
    try {
      rates.take(id, now());
    } catch (error) {
      countRefusal(deps, "rate");
      throw error;
    }
  };
  return async (authorization, needed) => {
    if (authorization === undefined && anonymous !== null && covers(anonymous, needed))
      return { keyId: null, label: null, scope: anonymous };
    const text = bearerOf(authorization);
    const id = text === null ? null : apiKeyIdOf(text);
    if (text === null || id === null)
      return refuse(deps, authorization === undefined ? "no-key" : "malformed", null);
    const key = await known.get(id);
    const secretMatches = sameDigest(key?.keySha256 ?? NO_DIGEST, deps.digest(text));
    const cause = refusalOf(key && { ...key, secretMatches }, now());
    if (key === null || cause !== null) return refuse(deps, cause ?? "unknown", id);
    takeCall(id);
    if (!covers(key.scope, needed)) {
      countRefusal(deps, "scope");
      log.warn({ keyId: id, scope: key.scope, needed }, "call refused: the scope is too small");
      throw new DomainError("Forbidden", "this API key does not allow this");
    }
    if (!noted.has(key)) {
      noted.add(key); // once for each look at it
      await noteUse(deps, key);
    }
    return { keyId: id, label: labelOf(key), scope: key.scope };
  };
}

/** Compared with what no key has, so that an unknown id takes as long as a wrong secret. */
const NO_DIGEST = "0".repeat(64);

function sameDigest(stored: string, shown: string): boolean {
  const [a, b] = [Buffer.from(stored), Buffer.from(shown)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The name is for people and may be given twice; the id says which one it was. */
const labelOf = ({ id, name }: KnownKey): string => `${name} (${id})`;

function countRefusal({ refusals }: AuthoriseDeps, cause: KeyRefusal | "scope" | "rate"): void {
  refusals?.telemetry.count("calls_refused_total", { door: refusals.door, cause });
}

function refuse(deps: AuthoriseDeps, cause: KeyRefusal, keyId: string | null): never {
  countRefusal(deps, cause);
  deps.log.warn({ cause, keyId }, "call refused: no valid API key");
  throw new DomainError("Unauthenticated", "this needs a valid API key");
}

/** The note is for people who clean up: a call must not fail for it. */
async function noteUse({ keys, log }: AuthoriseDeps, { id, usedAgoMs }: KnownKey): Promise<void> {
  if (usedAgoMs !== null && usedAgoMs < limits.apiKeyUseNotedMs) return;
  await keys
    .noteUse(id, limits.apiKeyUseNotedMs)
    .catch((err) => log.warn({ err, keyId: id }, "the use of a key was not noted"));
}
