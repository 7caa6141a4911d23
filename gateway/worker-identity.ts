import type { Metadata } from "@grpc/grpc-js";
import type { Connections } from "./connections.ts";
import { credentialOf } from "./credential.ts";
import type { Hub } from "./hub.ts";

/** What is known of the caller of a unary method. */
export interface Caller {
  readonly metadata: Metadata;
  getPeer(): string;
}

/**
 * Whether a unary call comes from this worker: by its credential while its stream is open, or on the
 * connection on which it registered. The original's workers say goodbye when their stream is over,
 * and take a refusal for a failure.
 */
export function isFrom(
  { sessions, deps }: Hub,
  connections: Connections,
  { call, workerId }: { readonly call: Caller; readonly workerId: string },
): boolean {
  const session = sessions.get(workerId);
  const credential = credentialOf(call.metadata);
  if (credential) return deps.digest(credential.secret) === session?.secretSha256;
  const secretSha256 = connections.sessionLeaving(call.getPeer(), workerId);
  return secretSha256 !== null && (!session || session.secretSha256 === secretSha256);
}
