import type { Scheduling, Toleration } from "../spec/run-spec.ts";
import type { Taint } from "./profile.ts";

/** What placement looks at in a run. */
export interface Placement {
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  readonly dedicatedWorker: boolean;
  /** What it would like besides; absent = nothing, and then no preference costs anything. */
  readonly prefer?: Scheduling;
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

/** One thing that a run needs and an offer does not have; `key` of a label or taint. */
export interface Misfit {
  readonly what: "cpu" | "memory" | "label" | "taint";
  readonly key: string | null;
  readonly need: string;
  readonly have: string;
}

/** Every reason why this offer does not do for this run; empty = it fits. */
export function misfitsOf(placement: Placement, offer: Offer): Misfit[] {
  const found: Misfit[] = [];
  const lack = (what: Misfit["what"], key: string | null, need: string, have: string) =>
    found.push({ what, key, need, have });
  if (offer.cpuMillis < placement.cpuMillis)
    lack("cpu", null, `${placement.cpuMillis}m`, `${offer.cpuMillis}m`);
  if (offer.memoryMib < placement.memoryMib)
    lack("memory", null, `${placement.memoryMib}Mi`, `${offer.memoryMib}Mi`);
  for (const [key, value] of Object.entries(placement.nodeSelector))
    if (offer.labels[key] !== value) lack("label", key, value, offer.labels[key] ?? "none");
  for (const taint of offer.taints)
    if (!placement.tolerations.some((toleration) => tolerates(toleration, taint)))
      lack("taint", taint.key, "a toleration", taint.value);
  return found;
}

/** A misfit as a sentence about the run and the offer. */
export function misfitText({ what, key, need, have }: Misfit): string {
  if (what === "taint") return `does not tolerate taint ${key}=${have}`;
  if (what === "label") return `needs label ${key}=${need}, has ${have}`;
  return `needs ${need} ${what}, has ${have}`;
}

/** The misfits as text. */
export const misfits = (placement: Placement, offer: Offer): string[] =>
  misfitsOf(placement, offer).map(misfitText);

export const fits = (placement: Placement, offer: Offer): boolean =>
  misfitsOf(placement, offer).length === 0;

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
