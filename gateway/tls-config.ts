import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { Environment } from "#adapters/environment/environment.ts";

/** PEM texts. */
export interface TlsIdentity {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/** Holds the private key: whoever read it removes it from the environment. */
export const TLS_KEY_VARIABLE = "HODEI_TLS_KEY";

const TEXTS = ["HODEI_TLS_CERT", TLS_KEY_VARIABLE] as const;
const PATHS = ["HODEI_TLS_CERT_PATH", "HODEI_TLS_KEY_PATH"] as const;

/**
 * Certificate and key, as texts or as files; null = plaintext. Half of a pair, both pairs, and what
 * is not a pair of PEM are problems: a gateway that starts without its TLS would be worse.
 */
export function readTls(environment: Environment): TlsIdentity | null {
  const texts = pair(environment, TEXTS);
  const paths = pair(environment, PATHS);
  if (texts && paths)
    environment.problem(`${TEXTS.join(", ")} and ${PATHS.join(", ")} exclude each other`);
  if (texts)
    return checked(
      environment,
      TEXTS,
      texts.map((text) => Buffer.from(text)),
    );
  if (paths) return checked(environment, PATHS, readFiles(environment, paths));
  return null;
}

type Names = readonly [string, string];

function pair(environment: Environment, names: Names): string[] | null {
  const values = names.map((name) => environment.text(name, ""));
  const set = values.filter((value) => value !== "").length;
  if (set === 1) environment.problem(`${names.join(" and ")} go together`);
  return set === 2 ? values : null;
}

function readFiles(environment: Environment, paths: readonly string[]): Buffer[] | null {
  try {
    return paths.map((path) => readFileSync(path));
  } catch (error) {
    const { code = "unreadable", path = "" } = error as NodeJS.ErrnoException;
    environment.problem(
      `${PATHS.join(" or ")} names a file that cannot be read: ${path} (${code})`,
    );
    return null;
  }
}

function checked(
  environment: Environment,
  names: Names,
  pems: Buffer[] | null,
): TlsIdentity | null {
  const [certificate, key] = pems ?? [];
  if (!certificate || !key) return null;
  try {
    createSecureContext({ cert: certificate, key });
  } catch {
    environment.problem(`${names.join(" and ")} are not a PEM certificate and its PEM key`);
  }
  return { certificate, key };
}
