import pino from "pino";

/** Names whose values never reach a log, wherever they stand in the fields. */
const SECRET_FIELDS = [
  "token",
  "authToken",
  "sessionSecret",
  "authorization",
  "password",
  "secret",
];

/** JSON lines on standard output, one constant message each, values as fields. */
export function createLogger(component: string, level = "info"): pino.Logger {
  return pino({
    level,
    base: { component },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]), censor: "[redacted]" },
    serializers: { err: pino.stdSerializers.errWithCause },
  });
}
