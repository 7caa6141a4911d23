/** What the HTTP API says of the invariants and of the platform. Instants are RFC 3339 text in UTC. */
import type { Scope } from "../access/scope.ts";
import type { InvariantKind } from "../invariants.ts";

export interface ViolationBody {
  /** Of the run, worker or template that the invariant speaks of. */
  readonly id: string;
  readonly detail: string;
}

export interface InvariantBody {
  readonly name: string;
  /** `state`: rows contradict each other. `clock`: nobody did what a clock is for. */
  readonly kind: InvariantKind;
  /** What holds, in words. */
  readonly says: string;
  /** 0 = it holds. */
  readonly violations: number;
  /** The first of them. */
  readonly first: readonly ViolationBody[];
}

export interface GatewayBody {
  readonly id: string;
  readonly beatAt: string;
  /** It was heard within the last seconds. */
  readonly lives: boolean;
}

/** How the parts are that answer to nobody's request. */
export interface PlatformBody {
  readonly version: string;
  readonly schemaVersion: number;
  /** What this release was written for. */
  readonly schemaExpected: number;
  /** Heard within the last hour. */
  readonly gateways: readonly GatewayBody[];
  /** When a tick last swept: every few minutes, unless the stage sleeps; null = never. */
  readonly sweptAt: string | null;
  /** No tick swept for so long that several were missed. */
  readonly sweepIsLate: boolean;
  readonly launching: boolean;
  /** Machines that were asked for and not made, and what the provider said of the last. */
  readonly launchFailures: { readonly workers: number; readonly message: string | null };
}

/** Of `/v1/invariants`. */
export interface InvariantsBody {
  readonly checkedAt: string;
  readonly runs: number;
  readonly workers: number;
  /** There are more than were looked at. */
  readonly isCut: boolean;
  readonly violations: number;
  /** All of them, in the same order always. */
  readonly invariants: readonly InvariantBody[];
  readonly platform: PlatformBody;
  /** What the caller's key allows. */
  readonly scope: Scope;
}
