/** `npm run db:migrate`: brings the database to the newest schema. */
import { fileURLToPath } from "node:url";
import { migrate } from "#adapters/store/migrate.ts";
import { readMigrations } from "#adapters/store/read-migrations.ts";
import { databaseClient } from "./database-client.ts";

const sql = databaseClient("db:migrate");
try {
  const folder = fileURLToPath(new URL("../migrations", import.meta.url));
  const applied = await migrate(sql, readMigrations(folder));
  const names = applied.map(({ name }) => name).join(", ");
  process.stdout.write(applied.length === 0 ? "nothing to do\n" : `applied ${names}\n`);
} finally {
  await sql.close();
}
