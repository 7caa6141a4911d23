import { beforeEach, inject } from "vitest";

/** Skips every test of the file, with the reason, where stages cannot be evaluated. */
export function skipWithoutComponents(): boolean {
  const lack = inject("componentsLack");
  beforeEach(({ skip }) => {
    if (lack !== null) skip(lack);
  });
  return lack !== null;
}
