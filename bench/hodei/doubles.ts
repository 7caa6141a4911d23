/** The process of the AWS doubles: what they cost is counted apart from what we cost. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { LOCAL_DEFAULTS } from "#local/options.ts";
import { startDoubles } from "#local/start-doubles.ts";
import { openStateDir } from "#local/state-dir.ts";
import { serve } from "../stand/served.ts";

const stateDir = mkdtempSync(join(tmpdir(), "hodei-bench-doubles-"));
process.on("exit", () => rmSync(stateDir, { recursive: true, force: true }));
process.on("SIGTERM", () => process.exit(0));

const methods = {
  /** Starts Data API, SQS and ECS; answers what the processes of a stage need to find them. */
  start: async (databaseUrl: string) => {
    const state = openStateDir(stateDir);
    const log = pino({ level: "warn" }, pino.destination(2));
    const options = { ...LOCAL_DEFAULTS, stateDir };
    const parts = { options, state, databaseUrl, worker: "", log };
    const { accessKeyId, dataApi, sqs, ecs } = await startDoubles(parts, () => {});
    const { url, resourceArn, secretArn, database } = dataApi;
    return {
      accessKeyId,
      bootstrapKeys: state.bootstrapKeys,
      dataApi: { url, resourceArn, secretArn, database },
      sqs: { url: sqs.url, wakeQueueUrl: sqs.queueUrl("hodei-wake") },
      ecsUrl: ecs.url,
    };
  },
};
export type Doubles = typeof methods;
export type DoubleAddresses = Awaited<ReturnType<Doubles["start"]>>;

serve(methods);
