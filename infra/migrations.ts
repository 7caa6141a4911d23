import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DATABASE_NAME, database, functionsDatabaseSecret } from "./database.ts";
import { queryDatabase, readSecret } from "./grants.ts";
import { lambdaFunction } from "./lambda-function.ts";
import { metricsNamespace } from "./stage.ts";

const FOLDER = "migrations";

/** Changes when a migration comes, and only then. `run()` works in the root of the repository. */
function digest(): string {
  const folder = join(process.cwd(), FOLDER);
  const files = readdirSync(folder).filter((file) => /^\d+_.*[.]sql$/.test(file));
  const hash = createHash("sha256");
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest("hex");
}

const migrate = lambdaFunction("Migrate", {
  handler: "functions/maintenance/migrate.handler",
  timeoutSeconds: 900,
  concurrency: 1,
  copyFiles: [{ from: FOLDER }],
  environment: {
    HODEI_DB_RESOURCE_ARN: database.clusterArn,
    HODEI_DB_SECRET_ARN: database.secretArn,
    HODEI_DB_NAME: DATABASE_NAME,
    HODEI_FUNCTIONS_DB_SECRET_ARN: functionsDatabaseSecret.arn,
    HODEI_MIGRATIONS_DIR: FOLDER,
    HODEI_METRICS_NAMESPACE: metricsNamespace,
    HODEI_STAGE: $app.stage,
  },
  grants: [
    ...queryDatabase<$util.Input<string>>(database.clusterArn, database.secretArn),
    ...readSecret<$util.Input<string>>(
      functionsDatabaseSecret.arn,
      "Gives the functions' role in the database its password.",
    ),
  ],
});

/**
 * Runs in every deployment that brings a migration, once the database answers. Everything that
 * needs the new schema depends on it; what of the last release still runs refuses only a breaking one.
 */
export const migration = new aws.lambda.Invocation(
  "Migration",
  {
    functionName: migrate.name,
    input: JSON.stringify({ action: "migrate", digest: digest() }),
  },
  { dependsOn: [database.nodes.instance!] },
);
