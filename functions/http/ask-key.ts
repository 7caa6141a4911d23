import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerResult,
} from "aws-lambda";
import type { Authorise } from "#core/application/authorise-call.ts";
import { isDomainError } from "#core/domain/errors.ts";

/**
 * Whether the key of a call is good for anything at all. It spares the API what has no business there, and
 * is no more than that: everything else, scopes, rates, a database that does not answer, is the API's to
 * say, in its own words.
 */
export const askKey =
  (authorise: Authorise) =>
  async ({
    headers,
  }: Pick<
    APIGatewayRequestAuthorizerEventV2,
    "headers"
  >): Promise<APIGatewaySimpleAuthorizerResult> => {
    try {
      await authorise(headers?.authorization, "read");
      return { isAuthorized: true };
    } catch (error) {
      return { isAuthorized: !(isDomainError(error) && error.code === "Unauthenticated") };
    }
  };
