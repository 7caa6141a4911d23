import type { Metadata } from "@grpc/grpc-js";
import { DomainError } from "#core/domain/errors.ts";
import { uuidOf } from "./wire-values.ts";

export interface Credential {
  readonly workerId: string;
  readonly secret: string;
}

/**
 * The credential a call names itself with; null = none, a worker of the original. Throws
 * SessionRefused when there is one that cannot be read.
 */
export function credentialOf(metadata: Metadata): Credential | null {
  const [bearer] = metadata.get("authorization");
  const [id] = metadata.get("hodei-worker-id");
  if (bearer === undefined && id === undefined) return null;
  const secret = /^Bearer (.+)$/.exec(String(bearer ?? ""))?.[1];
  const workerId = uuidOf(String(id ?? ""));
  if (!secret || !workerId) throw new DomainError("SessionRefused", "the credential is malformed");
  return { workerId, secret };
}
