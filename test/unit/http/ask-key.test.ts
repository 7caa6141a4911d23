import { describe, expect, it } from "vitest";
import type { Authorise } from "#core/application/authorise-call.ts";
import { DomainError, type ErrorCode } from "#core/domain/errors.ts";
import { askKey } from "../../../functions/http/ask-key.ts";

const refusing = (code: ErrorCode): Authorise => {
  return async () => {
    throw new DomainError(code, "no");
  };
};
const headers = { authorization: "Bearer hodei_k" };

describe("what API Gateway asks of a key", () => {
  it("lets a good one through, whatever it may do", async () => {
    const asked: unknown[] = [];
    const authorise: Authorise = async (...question) => {
      asked.push(question);
      return { keyId: "k", label: "k", scope: "read" };
    };
    expect(await askKey(authorise)({ headers })).toEqual({ isAuthorized: true });
    expect(asked).toEqual([["Bearer hodei_k", "read"]]);
  });

  it("turns away what is no good key, or none", async () => {
    const ask = askKey(refusing("Unauthenticated"));
    expect(await ask({ headers })).toEqual({ isAuthorized: false });
    expect(await ask({ headers: {} })).toEqual({ isAuthorized: false });
  });

  it.each<ErrorCode>(["RateLimited", "StoreUnavailable", "Forbidden"])(
    "leaves %s to the API, which says it in its own words",
    async (code) => {
      expect(await askKey(refusing(code))({ headers })).toEqual({ isAuthorized: true });
    },
  );
});
