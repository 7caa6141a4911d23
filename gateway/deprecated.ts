import { type handleUnaryCall, Metadata, type ServerUnaryCall } from "@grpc/grpc-js";
import type { GatewayDeps } from "./deps.ts";
import { toStatus } from "./status.ts";

/** The version in which the deprecated calls may go; docs/reference/deprecations.md names it too. */
export const DEPRECATED_UNTIL = "0.3.0";
export const DEPRECATION_KEY = "hodei-deprecated";

/** A unary method that may go: every answer says so in its trailing metadata, and every call is counted. */
export function deprecated<Request, Response>(
  { log, telemetry }: Pick<GatewayDeps, "log" | "telemetry">,
  method: string,
  handle: (request: Request, call: ServerUnaryCall<Request, Response>) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    telemetry.count("deprecated_calls_total", { method });
    const trailer = new Metadata();
    trailer.set(DEPRECATION_KEY, `${method} may go in ${DEPRECATED_UNTIL}`);
    handle(call.request, call).then(
      (response) => callback(null, response, trailer),
      (error) => callback({ ...toStatus(error, log), metadata: trailer }),
    );
  };
}
