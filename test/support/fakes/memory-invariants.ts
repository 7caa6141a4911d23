import { SCHEMA_VERSION } from "#core/domain/schema-version.ts";
import type { InvariantReader, PlatformView, Survey } from "#core/ports/invariant-reader.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

/** What an operator sees, in the test's hands: all is well until it is changed. */
export function createMemoryInvariants() {
  const seen: { survey: Survey; platform: PlatformView } = {
    survey: { at: NOW, runs: 2, workers: 1, isCut: false, found: [] },
    platform: {
      ...{ now: NOW, schemaVersion: SCHEMA_VERSION, sweptAt: NOW - 60_000, launching: true },
      gateways: [{ id: "00000000-0000-4000-8000-00000000000a", beatAt: NOW - 1000 }],
      launchFailures: { workers: 0, message: null },
    },
  };
  const reader: InvariantReader = {
    survey: async () => seen.survey,
    platform: async () => seen.platform,
  };
  return { seen, reader };
}
