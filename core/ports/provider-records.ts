import type {
  ProviderKind,
  ProviderRecord,
  ProviderSettings,
  ProviderStatus,
} from "#core/domain/provider/provider-record.ts";

export interface NewProvider extends ProviderSettings {
  readonly id: string;
  readonly kind: ProviderKind;
}

/**
 * The providers that are known: the install's own, and those registered beside it. Methods throw
 * DomainError StoreUnavailable when the database cannot be reached. Changes are recorded in the audit log;
 * `by`: who asked, null = nobody was asked who they are.
 */
export interface ProviderRecords {
  /** Every provider, higher priority first, then by name. */
  all(): Promise<ProviderRecord[]>;
  /** false: the name is taken, or there are as many as may be. */
  insert(provider: NewProvider, by: string | null): Promise<boolean>;
  /** Name and `maxWorkers` of the install's own stay as they are. */
  update(
    id: string,
    settings: ProviderSettings,
    by: string | null,
  ): Promise<"updated" | "not-found" | "name-taken">;
  /** false: there is no such provider. */
  setStatus(id: string, status: ProviderStatus, by: string | null): Promise<boolean>;
  /** Forgets it, unless it is the install's own; harmless when there is none. */
  remove(id: string, by: string | null): Promise<void>;
}
