import { randomUUID, X509Certificate } from "node:crypto";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { isUuid } from "#core/domain/spec/uuid.ts";

/** A variable the worker cannot start with; the message names it and never shows a secret. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}

export interface ServerAddress {
  /** host:port */
  readonly target: string;
  /** null = plaintext. */
  readonly tls: TlsFiles | null;
}

/** PEM contents; null = the system's authorities, or no client certificate. */
export interface TlsFiles {
  readonly authority: Buffer | null;
  readonly client: { readonly certificate: Buffer; readonly key: Buffer } | null;
}

export interface WorkerConfig {
  readonly server: ServerAddress;
  /** One-shot bootstrap token. */
  readonly token: string;
  readonly workerId: string;
  readonly workerName: string;
  /** Leave after this long without work; 0 = never, the control plane decides. */
  readonly cleanupTimeoutMs: number;
  readonly workDir: string;
  readonly logLevel: string;
}

/** Both names of the bootstrap token, for whoever must wipe it. */
export const TOKEN_VARIABLES = ["HODEI_OTP_TOKEN", "HODEI_TOKEN"] as const;

const CA_VARIABLES = ["HODEI_CA_CERT", "HODEI_CA_CERT_PATH"] as const;
const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];
const ADDRESS = /^(https?):\/\/(\[[0-9a-f:.]+\]|[^\s/:@?#[\]]+)(?::(\d{1,5}))?\/?$/i;
const PORT_DEFAULT = "50051";

type Variables = Readonly<Record<string, string | undefined>>;
type ReadFile = (path: string) => Buffer;

/**
 * Reads the worker's environment. Every variable of the original's two generations is understood;
 * where both names of one are set, the newer wins. Throws ConfigError.
 */
export function parseConfig(env: Variables, readFile: ReadFile): WorkerConfig {
  const workerId = workerIdOf(env);
  return {
    server: serverAddress(env, readFile),
    token: tokenOf(env),
    workerId,
    workerName:
      first(env, ["HODEI_WORKER_NAME", "WORKER_NAME"])?.value || `worker on ${hostname()}`,
    cleanupTimeoutMs: milliseconds(env, "HODEI_CLEANUP_TIMEOUT_MS", 0),
    workDir: env.HODEI_WORK_DIR || join(tmpdir(), `hodei-${workerId}`),
    logLevel: oneOf(env, "HODEI_LOG_LEVEL", LOG_LEVELS, "info"),
  };
}

function workerIdOf(env: Variables): string {
  const set = first(env, ["HODEI_WORKER_ID", "WORKER_ID"]);
  if (set === null) return randomUUID();
  if (!isUuid(set.value)) throw new ConfigError(`${set.name} must be a UUID`);
  return set.value.toLowerCase();
}

function tokenOf(env: Variables): string {
  const set = first(env, TOKEN_VARIABLES);
  if (set === null || set.value === "") {
    throw new ConfigError(`${set?.name ?? TOKEN_VARIABLES[0]} must hold the bootstrap token`);
  }
  return set.value;
}

function serverAddress(env: Variables, readFile: ReadFile): ServerAddress {
  const { name, value } = first(env, ["HODEI_SERVER_ADDRESS", "HODEI_SERVER"]) ?? {
    name: "HODEI_SERVER_ADDRESS",
    value: "http://localhost:50051",
  };
  const [, scheme, host, port = PORT_DEFAULT] = ADDRESS.exec(value) ?? [];
  if (scheme === undefined || Number(port) > 65_535) {
    throw new ConfigError(`${name} must look like http://host:port or https://host:port`);
  }
  const target = `${host}:${port}`;
  if (scheme.toLowerCase() === "https") return { target, tls: tlsFiles(env, readFile) };
  const authority = CA_VARIABLES.find((variable) => env[variable]);
  if (authority) {
    throw new ConfigError(`${authority} is set, but ${name} is not an https:// address`);
  }
  return { target, tls: null };
}

function tlsFiles(env: Variables, readFile: ReadFile): TlsFiles {
  const file = (name: string): Buffer | null => {
    const path = env[name];
    if (!path) return null;
    try {
      return readFile(path);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
      throw new ConfigError(`${name} names a file that cannot be read: ${path} (${code})`);
    }
  };
  const certificate = file("HODEI_CLIENT_CERT_PATH");
  const key = file("HODEI_CLIENT_KEY_PATH");
  if ((certificate === null) !== (key === null)) {
    const missing = key === null ? "HODEI_CLIENT_KEY_PATH" : "HODEI_CLIENT_CERT_PATH";
    throw new ConfigError(`${missing} is missing: a client certificate needs both files`);
  }
  const client = certificate !== null && key !== null ? { certificate, key } : null;
  return { authority: authorityText(env) ?? file("HODEI_CA_CERT_PATH"), client };
}

/** An authority that is given as its PEM text, as a task definition can hold it. */
function authorityText(env: Variables): Buffer | null {
  const text = env.HODEI_CA_CERT;
  if (!text) return null;
  if (env.HODEI_CA_CERT_PATH)
    throw new ConfigError(`${CA_VARIABLES.join(" and ")} exclude each other`);
  try {
    new X509Certificate(text); // TLS itself would pass over what is no certificate
  } catch {
    throw new ConfigError("HODEI_CA_CERT must hold certificates in PEM");
  }
  return Buffer.from(text);
}

function milliseconds(env: Variables, name: string, byDefault: number): number {
  const value = env[name];
  if (value === undefined || value === "") return byDefault;
  if (!/^\d{1,15}$/.test(value)) {
    throw new ConfigError(`${name} must be a whole number of milliseconds`);
  }
  return Number(value);
}

function oneOf(env: Variables, name: string, allowed: string[], byDefault: string): string {
  const value = env[name] || byDefault;
  if (!allowed.includes(value)) {
    throw new ConfigError(`${name} must be one of ${allowed.join(", ")}`);
  }
  return value;
}

/** The first of these variables that is set; set to nothing counts as set. */
function first(env: Variables, names: readonly string[]): { name: string; value: string } | null {
  for (const name of names) {
    const value = env[name];
    if (value !== undefined) return { name, value };
  }
  return null;
}
