import {
  AccessDeniedException,
  ClientException,
  ConflictException,
  InvalidParameterException,
  ServerException,
} from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import {
  conflictingTask,
  failuresToProviderError,
  isTaskNotFound,
  toProviderError,
} from "#adapters/providers/ecs/ecs-errors.ts";
import { ProviderError } from "#core/ports/provider.ts";

const $metadata = { httpStatusCode: 400, requestId: "request-1" };

describe("toProviderError", () => {
  test.each([
    [new ClientException({ $metadata, message: "TaskDefinition not found." }), "bad-request"],
    [
      new ClientException({ $metadata, message: "You've reached the limit on vCPUs" }),
      "no-capacity",
    ],
    [new InvalidParameterException({ $metadata, message: "no" }), "bad-request"],
    [new ConflictException({ $metadata, message: "other parameters" }), "bad-request"],
    [new AccessDeniedException({ $metadata, message: "not authorized" }), "denied"],
    [new ServerException({ $metadata: { httpStatusCode: 500 }, message: "oh" }), "unavailable"],
    [{ name: "ThrottlingException", message: "Rate exceeded", $fault: "client" }, "throttled"],
    [{ name: "SlowDown", $metadata: { httpStatusCode: 429 }, $fault: "client" }, "throttled"],
    [{ name: "LimitExceededException", $fault: "client" }, "no-capacity"],
    [{ name: "CredentialsProviderError", message: "no credentials" }, "denied"],
    [{ name: "ExpiredTokenException", $fault: "client" }, "denied"],
    [{ name: "NewAuthError", $metadata: { httpStatusCode: 403 }, $fault: "client" }, "denied"],
    [{ name: "NewClientError", $fault: "client" }, "bad-request"],
    [{ name: "TimeoutError", message: "socket timed out" }, "unavailable"],
    [Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), "unavailable"],
    ["a thrown text", "unavailable"],
    [undefined, "unavailable"],
  ])("%o", (error, kind) => {
    expect(toProviderError(error)).toMatchObject({ name: "ProviderError", kind });
  });

  test("keeps the name, the text and the request id, and nothing else", () => {
    const error = toProviderError(new ClientException({ $metadata, message: "no such thing" }));
    expect(error.message).toBe("ClientException: no such thing (request request-1)");
    expect(error.cause).toBeUndefined();
  });

  test("leaves a ProviderError as it is", () => {
    const error = new ProviderError("no-capacity", "full");
    expect(toProviderError(error)).toBe(error);
  });
});

describe("failuresToProviderError", () => {
  test.each([
    ["Capacity is unavailable at this time. Please try again later", "no-capacity"],
    ["RESOURCE:MEMORY", "no-capacity"],
    ["You've reached the limit on the number of vCPUs you can run concurrently", "no-capacity"],
    ["MISSING", "bad-request"],
    ["INACTIVE", "bad-request"],
    ["ATTRIBUTE", "bad-request"],
  ])("%s", (reason, kind) => {
    const error = failuresToProviderError([{ arn: "a", reason, detail: "zone a" }]);
    expect(error).toMatchObject({ kind, message: `${reason}: zone a` });
  });

  test("an answer with neither task nor failure is no answer", () => {
    expect(failuresToProviderError([]).kind).toBe("unavailable");
  });
});

describe("conflictingTask", () => {
  test("is the task the token made, and only a conflict has one", () => {
    const conflict = new ConflictException({ $metadata, message: "", resourceIds: ["arn:1"] });
    expect(conflictingTask(conflict)).toBe("arn:1");
    expect(conflictingTask(new ConflictException({ $metadata, message: "" }))).toBeNull();
    expect(conflictingTask({ name: "ServerException", resourceIds: ["arn:1"] })).toBeNull();
    expect(conflictingTask(null)).toBeNull();
  });
});

describe("isTaskNotFound", () => {
  test("tells an unknown task from other invalid parameters", () => {
    const invalid = (message: string) => new InvalidParameterException({ $metadata, message });
    expect(isTaskNotFound(invalid("The referenced task was not found."))).toBe(true);
    expect(isTaskNotFound(invalid("Invalid identifier"))).toBe(false);
    expect(isTaskNotFound(new ClientException({ $metadata, message: "not found" }))).toBe(false);
  });
});
