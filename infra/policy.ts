import { type Grant, permissionsOf } from "./grants.ts";

/** These grants as the one inline policy of a role. */
export const inlinePolicy = (grants: readonly Grant<$util.Input<string>>[]) =>
  grants.length === 0
    ? []
    : [
        {
          name: "grants",
          policy: aws.iam.getPolicyDocumentOutput({ statements: permissionsOf(grants) }).json,
        },
      ];
