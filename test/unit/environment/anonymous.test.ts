import { describe, expect, it } from "vitest";
import { readAnonymous } from "#adapters/environment/anonymous.ts";
import { Environment } from "#adapters/environment/environment.ts";
import { readFunctionConfig } from "../../../functions/config.ts";
import { readConfig } from "../../../gateway/config.ts";

type Variables = Readonly<Record<string, string>>;

function read(variables: Variables) {
  const environment = new Environment(variables);
  const scope = readAnonymous(environment);
  return environment.done(() => scope);
}

const local = { HODEI_STAGE: "local" };
const REFUSED: readonly (readonly [string, Variables])[] = [
  ["without a stage", { HODEI_ANONYMOUS: "submit" }],
  ["on another stage", { HODEI_ANONYMOUS: "submit", HODEI_STAGE: "production" }],
  [
    "in Lambda, whatever the stage is called",
    { ...local, HODEI_ANONYMOUS: "read", AWS_LAMBDA_FUNCTION_NAME: "api" },
  ],
  [
    "in ECS, whatever the stage is called",
    { ...local, HODEI_ANONYMOUS: "read", ECS_CONTAINER_METADATA_URI_V4: "http://127.0.0.1/v4" },
  ],
  ["as admin", { ...local, HODEI_ANONYMOUS: "admin" }],
  ["as anything else", { ...local, HODEI_ANONYMOUS: "true" }],
];

describe("HODEI_ANONYMOUS", () => {
  it("is nothing unless it is set", () => {
    for (const variables of [{}, local, { HODEI_ANONYMOUS: "" }])
      expect(read(variables)).toBeNull();
  });

  it.each(["read", "submit"])("lets a local stage %s", (scope) => {
    expect(read({ ...local, HODEI_ANONYMOUS: scope })).toBe(scope);
  });

  it.each(REFUSED)("is refused %s", (_, variables) => {
    expect(() => read(variables)).toThrow("HODEI_ANONYMOUS");
  });

  it.each(REFUSED)("keeps gateway and functions from starting %s", (_, variables) => {
    expect(() => readConfig(variables)).toThrow("HODEI_ANONYMOUS is");
    expect(() => readFunctionConfig(variables)).toThrow("HODEI_ANONYMOUS is");
  });
});
