/** Fields that identify what a line is about always travel under these keys. */
export interface LogFields {
  readonly runId?: string | undefined;
  readonly workerId?: string | undefined;
  readonly attempt?: number | undefined;
  readonly fence?: number | undefined;
  readonly [key: string]: unknown;
}

/** Structured log: a constant message, values as fields. pino satisfies it as it is. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
