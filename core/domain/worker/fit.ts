import type { Toleration } from "../spec/run-spec.ts";
import type { Taint } from "./profile.ts";

/** What placement looks at in a run. */
export interface Placement {
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  readonly dedicatedWorker: boolean;
}

/** What placement looks at in a worker or a machine profile. */
export interface Offer {
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

/** As in Kubernetes: an empty key with Exists tolerates everything, an empty effect every effect. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== "" && toleration.effect !== taint.effect) return false;
  if (toleration.key === "") return toleration.operator === "Exists";
  if (toleration.key !== taint.key) return false;
  return toleration.operator === "Exists" || toleration.value === taint.value;
}

/** Every reason why this offer does not do for this run; empty = it fits. */
export function misfits(placement: Placement, offer: Offer): string[] {
  const reasons: string[] = [];
  if (offer.cpuMillis < placement.cpuMillis)
    reasons.push(`needs ${placement.cpuMillis}m cpu, has ${offer.cpuMillis}m`);
  if (offer.memoryMib < placement.memoryMib)
    reasons.push(`needs ${placement.memoryMib}Mi memory, has ${offer.memoryMib}Mi`);
  for (const [key, value] of Object.entries(placement.nodeSelector))
    if (offer.labels[key] !== value)
      reasons.push(`needs label ${key}=${value}, has ${offer.labels[key] ?? "none"}`);
  for (const taint of offer.taints)
    if (!placement.tolerations.some((toleration) => tolerates(toleration, taint)))
      reasons.push(`does not tolerate taint ${taint.key}=${taint.value}`);
  return reasons;
}

export const fits = (placement: Placement, offer: Offer): boolean =>
  misfits(placement, offer).length === 0;

/** Smaller = tighter: the offer that leaves least unused wins, so that large ones stay free. */
export const waste = (placement: Placement, offer: Offer): number =>
  (offer.cpuMillis - placement.cpuMillis) / 1000 + (offer.memoryMib - placement.memoryMib) / 4096;

/** The smallest profile that fits, or null when no profile ever will. */
export function chooseProfile<P extends Offer>(
  placement: Placement,
  profiles: readonly P[],
): P | null {
  const candidates = profiles.filter((profile) => fits(placement, profile));
  return candidates.sort((a, b) => waste(placement, a) - waste(placement, b))[0] ?? null;
}
