import { ApiError, badRequest } from "./api-error.ts";
import type { WireRequest } from "./operation.ts";

/** The one cluster this double plays. */
export interface DataApiTarget {
  readonly resourceArn: string;
  /** Also what keeps other users of the machine out: it ends in a random part, as real ones do. */
  readonly secretArn: string;
  readonly database: string;
}

/** Refuses a request for another cluster, secret or database. */
export function checkTarget(request: WireRequest, target: DataApiTarget): void {
  if (request.resourceArn !== target.resourceArn) {
    throw badRequest(`HttpEndpoint is not enabled for cluster ${request.resourceArn}`);
  }
  if (request.secretArn !== target.secretArn) {
    throw new ApiError("ForbiddenException", 403, "The secret is not one of this cluster");
  }
  if (request.database !== undefined && request.database !== target.database) {
    throw badRequest(`FATAL: database "${request.database}" does not exist; SQLState: 3D000`);
  }
  if (request.schema) throw badRequest("The schema parameter isn't supported");
}
