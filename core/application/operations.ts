/** What entry points may ask of the control plane on behalf of a caller. */
import type { ErrorCode } from "#core/domain/errors.ts";
import type { Explanation } from "#core/domain/explain/explanation.ts";
import type { StoredScheduler } from "#core/domain/scheduling/scheduler-config.ts";
import type { RunSpec } from "#core/domain/spec/run-spec.ts";
import type { RunDetail } from "#core/ports/run-reader.ts";
import type { BulkCancelOutcome, BulkCancelRequest } from "./cancel-runs.ts";
import type { Foreseen } from "./foresee-placement.ts";
import type { RunChange } from "./patch-run.ts";

/** How a submit ended. `created: false` = the idempotency key had made this run before. */
export interface SubmitOutcome {
  readonly run: RunDetail;
  readonly created: boolean;
}

export interface SubmitRequest {
  /** Unparsed body of the caller: parsed, completed and checked by the use case. */
  readonly spec: unknown;
  readonly idempotencyKey: string | null;
  readonly submittedBy: string | null;
  /** The run that is asked for once more. */
  readonly rerunOf?: string;
}

/** A submit with an id of the caller's own, which is then its idempotency key as well. */
export interface SubmitWithId extends SubmitRequest {
  readonly id?: string;
}

/** Many submits as one: all of them are taken or none. */
export interface BulkRequest<Item> {
  /** Where the items stand in what the caller sent; begins the path of what is refused. */
  readonly field: string;
  readonly items: readonly Item[];
  /** What an item asks for. Throws InvalidSpec and InvalidRequest with paths inside the item. */
  readonly read: (item: Item) => SubmitWithId;
}

/** How one of many submits ended. */
export type ItemOutcome =
  | { readonly id: string; readonly created: boolean }
  /** IdempotencyConflict, QueueFull, or StoreUnavailable: try this one again. */
  | { readonly id: null; readonly error: { readonly code: ErrorCode; readonly message: string } };

/** `stopping`: an attempt lives and is being stopped; the run becomes Cancelled when it is gone. */
export interface CancelOutcome {
  readonly run: RunDetail;
  readonly stopping: boolean;
}

/** What a look would decide about a run that is not stored. */
export interface ForeseenRun extends Foreseen {
  readonly spec: RunSpec;
}

/** `by`: who asked, for the audit log; null = nobody was asked who they are. */
export interface Operations {
  /** Throws InvalidSpec, SpecTooLarge, Unplaceable, IdempotencyConflict, QueueFull. */
  submitRun(request: SubmitRequest): Promise<SubmitOutcome>;
  /** Answers in order. Throws InvalidRequest, InvalidSpec, SpecTooLarge, Unplaceable: nothing stored. */
  submitRuns<Item>(request: BulkRequest<Item>): Promise<ItemOutcome[]>;
  /** Throws RunNotFound, AlreadyFinished. Cancelling twice is harmless. */
  cancelRun(runId: string, reason: string | null, by: string | null): Promise<CancelOutcome>;
  /** Why it waits, or where it is. Throws RunNotFound. */
  explainRun(runId: string): Promise<Explanation>;
  /** Stores nothing. Throws InvalidSpec, SpecTooLarge, Unplaceable. */
  foreseeRun(request: SubmitRequest): Promise<ForeseenRun>;
  /** What is configured of scheduling. */
  scheduler(): Promise<StoredScheduler>;
  /** Replaces it for every process. Throws InvalidRequest, Conflict. */
  configureScheduler(body: unknown, by: string | null): Promise<StoredScheduler>;
  /** Throws Conflict when there are not as many as expected. */
  cancelRuns(request: BulkCancelRequest): Promise<BulkCancelOutcome>;
  /** Throws RunNotFound, AlreadyFinished, and Conflict for a run that does not wait. */
  patchRun(runId: string, change: RunChange, by: string | null): Promise<RunDetail>;
}
