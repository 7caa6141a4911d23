import { createDataApiClient } from "#adapters/store/drivers/data-api.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import type { SqlClient } from "#adapters/store/sql-client.ts";

/**
 * The database that an operator's tool works on: that of DATABASE_URL, or, where only AWS reaches it,
 * the one that HODEI_DB_RESOURCE_ARN and HODEI_DB_SECRET_ARN name, through the Data API, with the
 * credentials and the region of the environment. Patient: migrations take as long as they take. Throws
 * when the environment says neither.
 */
export function databaseClient(tool: string): SqlClient {
  const { DATABASE_URL, HODEI_DB_RESOURCE_ARN, HODEI_DB_SECRET_ARN, HODEI_DB_NAME } = process.env;
  if (DATABASE_URL)
    return createPgClient({
      ...{ url: DATABASE_URL, poolSize: 1, applicationName: `hodei ${tool}`, isPatient: true },
    });
  if (!HODEI_DB_RESOURCE_ARN || !HODEI_DB_SECRET_ARN)
    throw new Error(
      "neither DATABASE_URL is set, nor HODEI_DB_RESOURCE_ARN and HODEI_DB_SECRET_ARN",
    );
  return createDataApiClient({
    ...{ resourceArn: HODEI_DB_RESOURCE_ARN, secretArn: HODEI_DB_SECRET_ARN, isPatient: true },
    database: HODEI_DB_NAME || "hodei",
  });
}
