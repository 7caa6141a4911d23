import type { InvariantName } from "#core/domain/invariants.ts";

/** What broke one invariant. */
export interface Found {
  readonly invariant: InvariantName;
  readonly violations: number;
  /** The first of them. `id` names the run, worker or template that the invariant speaks of. */
  readonly first: readonly { readonly id: string; readonly detail: string }[];
}

/** What one look at the invariants saw. Instants: epoch ms of the database. */
export interface Survey {
  readonly at: number;
  readonly runs: number;
  readonly workers: number;
  /** There are more rows than were looked at. */
  readonly isCut: boolean;
  /** In any order; those that hold are not in it. */
  readonly found: readonly Found[];
}

/** How the parts are that answer to nobody's request. Instants: epoch ms of the database. */
export interface PlatformView {
  readonly now: number;
  /** Number of the newest migration. */
  readonly schemaVersion: number;
  /** Those that beat within the last hour, the newest beat first, at most 100. */
  readonly gateways: readonly { readonly id: string; readonly beatAt: number }[];
  /** When a tick last swept; null = none ever did. */
  readonly sweptAt: number | null;
  /** The install's provider may launch machines. */
  readonly launching: boolean;
  /** Machines that were asked for and not made: how many, and what the provider last said. */
  readonly launchFailures: { readonly workers: number; readonly message: string | null };
}

/** Reads for operators; nothing is decided on them. Throws StoreUnavailable. */
export interface InvariantReader {
  /** Costs a look at up to `limits.invariantRowsMax` runs, and as many workers. */
  survey(): Promise<Survey>;
  platform(): Promise<PlatformView>;
}
