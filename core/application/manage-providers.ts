import { DomainError, type FieldProblem } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type {
  ProviderKind,
  ProviderRecord,
  ProviderSettings,
  ProviderStatus,
} from "#core/domain/provider/provider-record.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";
import type { ProviderRecords } from "#core/ports/provider-records.ts";

export interface ProviderDeps {
  readonly providers: ProviderRecords;
  /** Of the install: how many workers its own provider may make. */
  readonly profiles: readonly MachineProfile[];
  readonly newId: () => string;
}

const MAX_WORKERS_MAX = 2 ** 32 - 1;

/** Every provider, as its owner and, for the install's own, its machine profiles have it. */
export async function listProviders({
  providers,
  profiles,
}: Pick<ProviderDeps, "providers" | "profiles">): Promise<ProviderRecord[]> {
  const maxWorkers = profiles.reduce((sum, profile) => sum + profile.maxWorkers, 0);
  return (await providers.all()).map((one) => (one.ofInstall ? { ...one, maxWorkers } : one));
}

/** Stores a provider, enabled. `by`: who asked, as in every change here. Throws InvalidRequest, or ProviderNameTaken. */
export async function registerProvider(
  deps: ProviderDeps,
  asked: Omit<ProviderSettings, "status"> & { readonly kind: ProviderKind },
  by: string | null,
): Promise<ProviderRecord> {
  const provider = { ...asked, id: deps.newId(), status: "Active" as const };
  check(provider);
  if (await deps.providers.insert(provider, by)) return required(deps, provider.id);
  const known = await listProviders(deps);
  if (known.some(({ name }) => name === asked.name)) throw nameTaken(asked.name);
  throw new DomainError("QueueFull", `there may be ${limits.providersMax} providers`);
}

/**
 * Replaces what an owner may say of a provider. `status` null = as it is. Throws ProviderNotFound,
 * ProviderNameTaken, InvalidRequest; ProviderInUse where a setting is the install's own.
 */
export async function updateProvider(
  deps: ProviderDeps,
  id: string,
  asked: Omit<ProviderSettings, "status"> & { readonly status: ProviderStatus | null },
  by: string | null,
): Promise<ProviderRecord> {
  const known = await required(deps, id);
  const settings = { ...asked, status: asked.status ?? known.status };
  check(settings);
  if (known.ofInstall && (asked.name !== known.name || asked.maxWorkers !== known.maxWorkers))
    throw new DomainError(
      "ProviderInUse",
      "name and number of workers of this provider are set by the configuration of this install",
    );
  const outcome = await deps.providers.update(id, settings, by);
  if (outcome === "name-taken") throw nameTaken(asked.name);
  return required(deps, id);
}

/** Enables or disables. Throws ProviderNotFound. */
export async function setProviderStatus(
  deps: ProviderDeps,
  id: string,
  status: ProviderStatus,
  by: string | null,
): Promise<ProviderRecord> {
  if (!(await deps.providers.setStatus(id, status, by))) throw notFound(id);
  return required(deps, id);
}

/** Forgets a provider; harmless when there is none. Throws ProviderInUse for the install's own. */
export async function removeProvider(
  deps: ProviderDeps,
  id: string,
  by: string | null,
): Promise<void> {
  await deps.providers.remove(id, by);
  if ((await listProviders(deps)).some((one) => one.id === id))
    throw new DomainError("ProviderInUse", "this install launches its machines with this provider");
}

async function required(deps: ProviderDeps, id: string): Promise<ProviderRecord> {
  const found = (await listProviders(deps)).find((one) => one.id === id);
  if (!found) throw notFound(id);
  return found;
}

function check({ name, maxWorkers, document }: ProviderSettings): void {
  const fields: FieldProblem[] = [];
  const { nameCharsMax, specBytesMax } = limits;
  if (name === "" || name.length > nameCharsMax)
    fields.push({ path: "name", message: `1 to ${nameCharsMax} characters` });
  if (maxWorkers > MAX_WORKERS_MAX)
    fields.push({ path: "max_workers", message: `at most ${MAX_WORKERS_MAX}` });
  const text = JSON.stringify({ name, document });
  if (text.includes("\\u0000")) fields.push({ path: "", message: "holds a NUL" }); // no row can
  const bytes = text.length;
  if (bytes > specBytesMax)
    fields.push({ path: "", message: `is too large: ${bytes} bytes, at most ${specBytesMax}` });
  if (fields.length > 0)
    throw new DomainError("InvalidRequest", "the provider is not valid", { fields });
}

const notFound = (id: string) =>
  new DomainError("ProviderNotFound", `provider ${id} does not exist`);
const nameTaken = (name: string) =>
  new DomainError("ProviderNameTaken", `another provider is named ${name}`);
