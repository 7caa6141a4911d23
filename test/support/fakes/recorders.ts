import type { Log, LogFields } from "#core/ports/log.ts";
import type { Telemetry } from "#core/ports/telemetry.ts";

export interface Line {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: LogFields;
  readonly message: string;
}

/** A log that can be read. */
export function recordingLog(): Log & { readonly lines: Line[] } {
  const lines: Line[] = [];
  const at = (level: Line["level"]) => (fields: LogFields, message: string) =>
    void lines.push({ level, fields, message });
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Counters that can be read: `counted("launches_total", { outcome: "launched" })`. */
export function recordingTelemetry(): Telemetry & {
  counted(name: string, labels?: Readonly<Record<string, string>>): number;
  readonly observed: Map<string, number>;
} {
  const counts = new Map<string, number>();
  const observed = new Map<string, number>();
  const key = (name: string, labels: object) => `${name} ${JSON.stringify(labels)}`;
  return {
    observed,
    count: (name, labels = {}, by = 1) =>
      void counts.set(key(name, labels), (counts.get(key(name, labels)) ?? 0) + by),
    observe: (name, value) => void observed.set(name, value),
    gauge: (name, value) => void observed.set(name, value),
    counted: (name, labels = {}) => counts.get(key(name, labels)) ?? 0,
  };
}
