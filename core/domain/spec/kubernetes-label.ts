import { limits } from "../limits.ts";

const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

export const LABEL_KEY_RULE = `must be a label key: letters, digits, "-", "_" and ".", at most ${limits.labelValueCharsMax} characters, optionally after a "dns.prefix/"`;
export const LABEL_VALUE_RULE = `must be empty or a label value: letters, digits, "-", "_" and ".", at most ${limits.labelValueCharsMax} characters, with a letter or digit at both ends`;

export const LABEL_VALUE_FORM = {
  type: "string",
  maxLength: limits.labelValueCharsMax,
  pattern: `^$|${NAME.source}`,
};
export const LABEL_NAME_FORM = { ...LABEL_VALUE_FORM, pattern: NAME.source };
export const LABEL_KEY_FORM = {
  type: "string",
  maxLength: limits.labelKeyCharsMax,
  pattern: `^(?:${PREFIX.source.slice(1, -1)}/)?${NAME.source.slice(1)}`,
};

/** `[prefix/]name` as in Kubernetes: a DNS subdomain before the slash, a short name after it. */
export function isLabelKey(key: string): boolean {
  if (key.length > limits.labelKeyCharsMax) return false;
  const slash = key.indexOf("/");
  return isName(key.slice(slash + 1)) && (slash < 0 || PREFIX.test(key.slice(0, slash)));
}

export const isLabelValue = (value: string): boolean => value === "" || isName(value);

const isName = (text: string): boolean =>
  text.length <= limits.labelValueCharsMax && NAME.test(text);
