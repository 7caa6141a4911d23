import type { Placement } from "#core/domain/worker/fit.ts";
import { chooseProfile } from "#core/domain/worker/fit.ts";
import type { MachineProfile } from "#core/domain/worker/profile.ts";

/** What a run asks for: two that share a profile, one that needs a large machine, one its own. */
export const KINDS = ["tiny", "small", "large", "own"] as const;
export type Kind = (typeof KINDS)[number];

const placement = (cpuMillis: number, dedicatedWorker = false): Placement => ({
  ...{ cpuMillis, memoryMib: 256, nodeSelector: {}, tolerations: [], dedicatedWorker },
});

export const PLACEMENTS: Readonly<Record<Kind, Placement>> = {
  tiny: placement(100),
  small: placement(900),
  large: placement(3000),
  own: placement(500, true),
};

export const profile = (given: Partial<MachineProfile> & { name: string }): MachineProfile => ({
  ...{ cpuMillis: 1000, memoryMib: 2048, labels: {}, taints: [], minWorkers: 0, maxWorkers: 4 },
  ...{ idleTtlSeconds: 60, maxRunsPerWorker: null, maxAgeSeconds: null, spot: false },
  ...given,
});

/** The profile whose machines are made for runs of this kind. */
export const profileOf = (kind: Kind, profiles: readonly MachineProfile[]): string | undefined =>
  chooseProfile(PLACEMENTS[kind], profiles)?.name;
