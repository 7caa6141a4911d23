import { randomUUID } from "node:crypto";
import { createHmacTokens } from "#adapters/tokens/hmac-tokens.ts";
import type { ControlStore, NewWorker } from "#core/ports/control-store.ts";

/** A worker whose machine was just launched: what it gets in its environment. */
export interface LaunchedWorker {
  readonly workerId: string;
  readonly token: string;
}

export type WorkerTraits = Partial<
  Pick<NewWorker, "cpuMillis" | "memoryMib" | "labels" | "maxRuns" | "dedicatedRunId">
>;

const KEY_ID = "k1";
const TOKENS = createHmacTokens({ currentId: KEY_ID, keys: { [KEY_ID]: "a key for tests only" } });

/** Writes worker rows as the reconciler does: intent, claimed launch, accepted launch. */
export async function launchWorkers(
  store: ControlStore,
  count: number,
  traits: WorkerTraits = {},
): Promise<LaunchedWorker[]> {
  const { installId } = await store.control();
  const rows = Array.from({ length: count }, () => newWorker(installId, traits));
  await createAll(store, rows);
  await store.claimLaunches(count);
  await store.launchesAccepted(rows.map(({ id }) => ({ workerId: id, externalId: `test:${id}` })));
  return rows.map(({ id }) => ({
    workerId: id,
    token: TOKENS.derive(KEY_ID, installId, id),
  }));
}

/** Another pass that created workers meanwhile makes this one stale: count again. */
async function createAll(store: ControlStore, rows: readonly NewWorker[]): Promise<void> {
  let created = 0;
  while (created < rows.length) {
    const { launchEpoch } = await store.control();
    created += (await store.createWorkers(rows, launchEpoch)).length;
  }
}

function newWorker(installId: string, traits: WorkerTraits): NewWorker {
  const id = randomUUID();
  const { keyId, sha256 } = TOKENS.issue(installId, id);
  const size = { cpuMillis: 1000, memoryMib: 2048 };
  return {
    id,
    provider: "test",
    profile: "small",
    labels: {},
    taints: [],
    ...size,
    dedicatedRunId: null,
    maxRuns: null,
    maxAgeMs: null,
    launchToken: id,
    launchRequest: {
      workerId: id,
      launchToken: id,
      installId,
      profile: "small",
      ...size,
      spot: false,
      subnetOffset: 0,
      environment: {},
    },
    tokenKeyId: keyId,
    tokenSha256: sha256,
    ...traits,
  };
}
