/** `npm run db:check`: the invariants of the protocol against the database. */
import { readViolations } from "#adapters/store/reads/invariants.ts";
import { databaseClient } from "./database-client.ts";

const SHOWN_MAX = 1000;

const sql = databaseClient("db:check");
const violations = await sql.query(readViolations, { limit: SHOWN_MAX });
await sql.close();
for (const violation of violations) process.stdout.write(`${JSON.stringify(violation)}\n`);
process.stdout.write(`${violations.length} violations\n`);
process.exitCode = violations.length === 0 ? 0 : 1;
