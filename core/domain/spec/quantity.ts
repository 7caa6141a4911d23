/**
 * Quantities as Kubernetes writes them: a decimal number with a binary (Ki … Ei), decimal
 * (n u m k M G T P E) or exponent (e3, E-3) suffix. Kept as an exact fraction: `0.1` cores must
 * not become 101 millicores by way of a floating point number.
 */
export interface Quantity {
  readonly numerator: bigint;
  readonly denominator: bigint;
  /** The suffix as written, "" for none. */
  readonly suffix: string;
}

const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d{1,2}))?$/;
const CHARS_MAX = 64;
export const QUANTITY_FORM = {
  type: ["string", "number"],
  maxLength: CHARS_MAX,
  pattern: QUANTITY.source,
};
const BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

/** The exact value of a quantity; null when the text is none. */
export function parseQuantity(text: string): Quantity | null {
  const match = text.length > CHARS_MAX ? null : QUANTITY.exec(text);
  if (match === null) return null;
  const [, sign, whole = "", fraction = "", binary, decimal, exponent] = match;
  if (whole === "" && fraction === "") return null;
  const power = Number(exponent ?? DECIMAL[decimal ?? ""] ?? 0) - fraction.length;
  const scale = binary === undefined ? 1n : 1024n ** BigInt(BINARY.indexOf(binary) + 1);
  const digits = BigInt(`0${whole}${fraction}`) * scale * (sign === "-" ? -1n : 1n);
  return {
    numerator: power > 0 ? digits * 10n ** BigInt(power) : digits,
    denominator: power < 0 ? 10n ** BigInt(-power) : 1n,
    suffix: binary ?? decimal ?? "",
  };
}

const MIB = 1024n * 1024n;

/** Thousandths of a core, rounded up: nobody gets less than asked for. */
export const cpuMillisOf = (quantity: Quantity): bigint =>
  divideUp(quantity.numerator * 1000n, quantity.denominator);

/** MiB, rounded up. */
export const memoryMibOf = (quantity: Quantity): bigint =>
  divideUp(quantity.numerator, quantity.denominator * MIB);

/** `500` → `500m`, `2000` → `2`: reads back as the same number of millicores. */
export const formatCpu = (cpuMillis: number): string =>
  cpuMillis % 1000 === 0 ? String(cpuMillis / 1000) : `${cpuMillis}m`;

/** `512` → `512Mi`, `2048` → `2Gi`: reads back as the same number of MiB. */
export const formatMemory = (memoryMib: number): string =>
  memoryMib % 1024 === 0 ? `${memoryMib / 1024}Gi` : `${memoryMib}Mi`;

function divideUp(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator; // towards zero, so already rounded up below zero
  return numerator > 0n && numerator % denominator !== 0n ? quotient + 1n : quotient;
}
