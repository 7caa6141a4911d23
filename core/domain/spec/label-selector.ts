import { isLabelKey, isLabelValue } from "./kubernetes-label.ts";

/** What a label must be, as in Kubernetes: a missing one is in no set. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  /** Of In and NotIn. */
  readonly values: readonly string[];
}

/** Commas that no bracket holds. */
const PARTS = /,(?![^(]*\))/;
const EQUALS = /^([^\s=!(),]+)\s*(=|==|!=)\s*([^\s=!(),]*)$/;
const SET = /^([^\s=!(),]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const THERE = /^(!?)\s*([^\s=!(),]+)$/;

/**
 * `zone in (a, b), tier != spare, gpu, !old` as Kubernetes writes it; every requirement must hold. null:
 * it is none.
 */
export function parseLabelSelector(text: string): LabelRequirement[] | null {
  const requirements = text.split(PARTS).map((part) => parseOne(part.trim()));
  return requirements.every((one) => one !== null) ? requirements : null;
}

function parseOne(text: string): LabelRequirement | null {
  const [, key, sign, value] = EQUALS.exec(text) ?? [];
  if (key !== undefined && value !== undefined)
    return sound({ key, operator: sign === "!=" ? "NotIn" : "In", values: [value] });
  const [, of, word, list] = SET.exec(text) ?? [];
  if (of !== undefined && list !== undefined) {
    const values = list.split(",").map((one) => one.trim());
    return sound({ key: of, operator: word === "in" ? "In" : "NotIn", values });
  }
  const [, not, name] = THERE.exec(text) ?? [];
  if (name === undefined) return null;
  return sound({ key: name, operator: not === "!" ? "DoesNotExist" : "Exists", values: [] });
}

const sound = (requirement: LabelRequirement): LabelRequirement | null =>
  isLabelKey(requirement.key) && requirement.values.every(isLabelValue) ? requirement : null;
