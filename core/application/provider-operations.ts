import { DomainError } from "#core/domain/errors.ts";
import type { ProviderRecord, ProviderStatus } from "#core/domain/provider/provider-record.ts";
import { parseProvider, parseProviderChange } from "#core/domain/spec/parse-provider.ts";
import type { Wake } from "#core/ports/wake.ts";
import {
  listProviders,
  type ProviderDeps,
  registerProvider,
  removeProvider,
  setProviderStatus,
  updateProvider,
} from "./manage-providers.ts";

const SHOWN_CHARS_MAX = 80;

/**
 * What entry points may ask about providers. A reference is an id or a name; an id goes first. `by`: who asks
 * for a change, for the audit log; null = nobody was asked who they are.
 */
export interface ProviderOperations {
  /** Higher priority first, then by name. */
  list(): Promise<ProviderRecord[]>;
  /** Throws ProviderNotFound. */
  find(reference: string): Promise<ProviderRecord>;
  /** `input`: unparsed. Throws InvalidRequest, ProviderNameTaken; QueueFull when there are too many. */
  register(input: unknown, by: string | null): Promise<ProviderRecord>;
  /** Throws InvalidRequest, ProviderNotFound, ProviderNameTaken; ProviderInUse for what the install says. */
  change(reference: string, input: unknown, by: string | null): Promise<ProviderRecord>;
  /** Throws ProviderNotFound. The same status again is harmless. */
  setStatus(reference: string, status: ProviderStatus, by: string | null): Promise<ProviderRecord>;
  /** false: there was none. Throws ProviderInUse for the install's own. */
  remove(reference: string, by: string | null): Promise<boolean>;
}

/** The use cases of providers over what they stand on. */
export function providerOperations(
  deps: ProviderDeps & { readonly wake: Pick<Wake, "wake"> },
): ProviderOperations {
  const known = async (reference: string): Promise<ProviderRecord | undefined> => {
    const all = await listProviders(deps);
    const id = reference.toLowerCase();
    return all.find((one) => one.id === id) ?? all.find(({ name }) => name === reference);
  };
  const find = async (reference: string): Promise<ProviderRecord> => {
    const found = await known(reference);
    if (found) return found;
    const shown = reference.slice(0, SHOWN_CHARS_MAX);
    throw new DomainError("ProviderNotFound", `provider ${shown} does not exist`);
  };
  /** Runs may wait for a machine of it. */
  const wakeFor = async (provider: ProviderRecord): Promise<ProviderRecord> => {
    if (provider.status === "Active") await deps.wake.wake();
    return provider;
  };
  return {
    list: () => listProviders(deps),
    find,
    register: (input, by) => registerProvider(deps, parseProvider(input), by),
    change: async (reference, input, by) => {
      const provider = await find(reference);
      const change = parseProviderChange(input, provider);
      return wakeFor(await updateProvider(deps, provider.id, change, by));
    },
    setStatus: async (reference, status, by) => {
      const { id } = await find(reference);
      return wakeFor(await setProviderStatus(deps, id, status, by));
    },
    remove: async (reference, by) => {
      const found = await known(reference);
      if (found) await removeProvider(deps, found.id, by);
      return found !== undefined;
    },
  };
}
