/** The middle value; of an even number of values the upper one of the two. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Field by field, the median of many measurements of one thing. */
export const medians = <T extends object>(measured: readonly T[]): T =>
  Object.fromEntries(
    Object.keys(measured[0] ?? {}).map((key) => [
      key,
      median(measured.map((one) => Number(one[key as keyof T]))),
    ]),
  ) as T;
