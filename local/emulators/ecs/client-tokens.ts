import { createHash } from "node:crypto";
import type { RunTaskRequest } from "./wire.ts";

/** What one clientToken was used for. */
export interface TokenUse {
  readonly token: string;
  /** Of all other parameters, so that a repeat with others is noticed. */
  readonly digest: string;
  readonly taskArns: readonly string[];
  readonly usedAt: number;
  /** When the last of its tasks stopped; null = one lives. */
  readonly endedAt: number | null;
}

const DAY_MS = 24 * 3600_000;
const HOUR_MS = 3600_000;

/** Lifetime of a token, as ECS documents it: min(24 h, life of the task + 1 h). */
const isSpent = (use: TokenUse, now: number): boolean =>
  now >= use.usedAt + DAY_MS || (use.endedAt !== null && now >= use.endedAt + HOUR_MS);

/** Idempotency of RunTask. */
export class ClientTokens {
  readonly #uses = new Map<string, TokenUse>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  remember(use: TokenUse): void {
    this.#uses.set(use.token, use);
  }

  find(token: string): TokenUse | null {
    this.#forgetSpent();
    return this.#uses.get(token) ?? null;
  }

  all(): TokenUse[] {
    this.#forgetSpent();
    return [...this.#uses.values()];
  }

  taskStopped(arn: string): void {
    for (const use of this.#uses.values()) {
      if (use.taskArns.includes(arn)) this.remember({ ...use, endedAt: this.#now() });
    }
  }

  #forgetSpent(): void {
    for (const use of this.#uses.values()) {
      if (isSpent(use, this.#now())) this.#uses.delete(use.token);
    }
  }
}

/** The same parameters give the same digest, in whatever order their names travel. */
export function requestDigest({ clientToken: _, ...parameters }: RunTaskRequest): string {
  return createHash("sha256").update(JSON.stringify(parameters, sortedKeys)).digest("hex");
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
