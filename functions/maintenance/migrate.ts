import { Environment } from "#adapters/environment/environment.ts";
import { readLogLevel } from "#adapters/environment/settings.ts";
import { createSecretsManager } from "#adapters/secrets/aws-secrets.ts";
import { makeRoles } from "#adapters/store/database-roles.ts";
import { createDataApiClient } from "#adapters/store/drivers/data-api.ts";
import { migrate } from "#adapters/store/migrate.ts";
import { readMigrations } from "#adapters/store/read-migrations.ts";
import { createLogger } from "#adapters/telemetry/logger.ts";

/** What a deployment sends; the digest makes it call again when a file comes. */
export interface MigrateEvent {
  readonly action: "migrate";
  readonly digest?: string;
}

export interface MigrateAnswer {
  /** Names of the files that this call applied, in order. */
  readonly applied: readonly string[];
}

function readMigrateConfig(variables: NodeJS.ProcessEnv) {
  const environment = new Environment(variables);
  const config = {
    resourceArn: environment.text("HODEI_DB_RESOURCE_ARN"),
    secretArn: environment.text("HODEI_DB_SECRET_ARN"),
    database: environment.text("HODEI_DB_NAME", "hodei"),
    region: environment.text("AWS_REGION"),
    functionsSecretArn: environment.text("HODEI_FUNCTIONS_DB_SECRET_ARN"),
    folder: environment.text("HODEI_MIGRATIONS_DIR", "migrations"),
    logLevel: readLogLevel(environment),
  };
  return environment.done(() => config);
}

/** The functions' password out of the secret that Secrets Manager keeps for the Data API. */
function passwordOf(secret: string): string {
  try {
    const { password } = JSON.parse(secret) as { password?: unknown };
    if (typeof password === "string" && password !== "") return password;
  } catch {
    // The parser's own message quotes what it read.
  }
  throw new Error("the secret of the functions' role holds no JSON with a password");
}

/**
 * Called by the deployment, as the master of the database: brings it to the newest schema, then makes
 * the roles that everything else signs in as. Throws with the name of the file that failed, and so
 * fails the deployment before anything of it needs the new schema.
 */
export async function handler(event: MigrateEvent): Promise<MigrateAnswer> {
  if (event?.action !== "migrate") throw new Error('the event has no action "migrate"');
  const { region, functionsSecretArn, folder, logLevel, ...database } = readMigrateConfig(
    process.env,
  );
  const log = createLogger("migrate", logLevel);
  const sql = createDataApiClient({ ...database, config: { region }, isPatient: true });
  try {
    const files = await migrate(sql, readMigrations(folder));
    const applied = files.map(({ name }) => name);
    log.info({ applied }, "migrated");
    await makeRoles(sql, passwordOf(await createSecretsManager({ region })(functionsSecretArn)));
    log.info("roles made");
    return { applied };
  } finally {
    await sql.close();
  }
}
