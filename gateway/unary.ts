import type { handleUnaryCall, ServerUnaryCall } from "@grpc/grpc-js";
import type { Log } from "#core/ports/log.ts";
import { toStatus } from "./status.ts";

/** A unary method from an async function: its errors become the catalogue's status. */
export function unary<Request, Response>(
  log: Log,
  handle: (request: Request, call: ServerUnaryCall<Request, Response>) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    handle(call.request, call).then(
      (response) => callback(null, response),
      (error) => callback(toStatus(error, log)),
    );
  };
}
