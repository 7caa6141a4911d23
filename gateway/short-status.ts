import { ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import { limits } from "#core/domain/limits.ts";

/**
 * Cuts what a status says. It travels in a header, percent-encoded, and a client drops the whole answer,
 * or the connection, when that is longer than it reads; half of a surrogate pair could not be encoded.
 */
export const shortStatus: ServerInterceptor = (_method, call) =>
  new ServerInterceptingCall(call, {
    sendStatus: (status, next) => next({ ...status, details: shortened(status.details ?? "") }),
  });

function shortened(details: string): string {
  const wellFormed = details.toWellFormed();
  const bytes = Buffer.from(wellFormed);
  if (bytes.length <= limits.statusDetailsBytesMax) return wellFormed;
  const kept = bytes.subarray(0, limits.statusDetailsBytesMax).toString("utf8");
  return `${kept.replace(/\ufffd+$/, "")}…`;
}
