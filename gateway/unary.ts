import type { handleUnaryCall, ServerUnaryCall } from "@grpc/grpc-js";
import type { Log } from "#core/ports/log.ts";
import { toStatus } from "./status.ts";
import { refuseUnreadable } from "./unreadable-request.ts";

/** A unary method from an async function: its errors become the catalogue's status. */
export function unary<Request, Response>(
  log: Log,
  handle: (request: Request, call: ServerUnaryCall<Request, Response>) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  const answer = async (call: ServerUnaryCall<Request, Response>): Promise<Response> => {
    refuseUnreadable(call);
    return handle(call.request, call);
  };
  return (call, callback) => {
    answer(call).then(
      (response) => callback(null, response),
      (error) => callback(toStatus(error, log)),
    );
  };
}
