/** `npm run db:migrate`: brings the database of DATABASE_URL to the newest schema. */
import { fileURLToPath } from "node:url";
import { migrate } from "#adapters/store/migrate.ts";
import { readMigrations } from "#adapters/store/read-migrations.ts";

const url = process.env.DATABASE_URL;
if (!url) throw new Error("DATABASE_URL is not set");
const folder = fileURLToPath(new URL("../migrations", import.meta.url));
const applied = await migrate(url, readMigrations(folder));
const names = applied.map(({ name }) => name).join(", ");
process.stdout.write(applied.length === 0 ? "nothing to do\n" : `applied ${names}\n`);
