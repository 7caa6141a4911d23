/** `npm run db:check`: the invariants of the protocol against the database of DATABASE_URL. */
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { readViolations } from "#adapters/store/reads/invariants.ts";

const SHOWN_MAX = 1000;

const url = process.env.DATABASE_URL;
if (!url) throw new Error("DATABASE_URL is not set");
const sql = createPgClient({ url, poolSize: 1, applicationName: "hodei db:check" });
const violations = await sql.query(readViolations, { limit: SHOWN_MAX });
await sql.close();
for (const violation of violations) process.stdout.write(`${JSON.stringify(violation)}\n`);
process.stdout.write(`${violations.length} violations\n`);
process.exitCode = violations.length === 0 ? 0 : 1;
