import type { Telemetry } from "#core/ports/telemetry.ts";

/** One telemetry that hands each measurement to all of these. */
export function telemetryToAll(all: readonly Telemetry[]): Telemetry {
  return {
    count: (...measured) => {
      for (const telemetry of all) telemetry.count(...measured);
    },
    observe: (...measured) => {
      for (const telemetry of all) telemetry.observe(...measured);
    },
    gauge: (...measured) => {
      for (const telemetry of all) telemetry.gauge(...measured);
    },
  };
}
