import type { ClientHttp2Session } from "node:http2";
import { status } from "@grpc/grpc-js";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { createControlStore } from "#adapters/store/control-store.ts";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { launchWorkers } from "../../../bench/hodei/launched-workers.ts";
import { createDatabase } from "../../support/database.ts";
import { fuzzed, fuzzTimeout, oddTexts } from "../../support/fuzz.ts";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import { startGatewayProcess } from "../../support/gateway-process.ts";
import { memoryOf } from "../../support/memory-of.ts";
import { messagesOf, type Rpc, rpcs } from "../../support/message-arbitrary.ts";
import { grpcFrame, type RawAnswer, rawCall, rawConnection } from "../../support/raw-grpc.ts";
import { ScriptedWorker } from "../../support/scripted-worker.ts";

const MIB = 1024 * 1024;
const GROWTH_BYTES_MAX = 200 * MIB;
const ANSWER_WITHIN_MS = 5_000;
const UNKNOWN_RPCS = ["/", "/x", "/hodei.JobExecutionService/Nope", "/hodei.Nope/QueueJob", "//"];
/** What no caller may make of a gateway: its own failure, or one that nobody thought of. */
const OURS = [status.INTERNAL, status.UNKNOWN, status.DATA_LOSS].map(String);

/** How a call ended; streams that would go on are given up. */
async function answerOf(
  session: ClientHttp2Session,
  path: string,
  body: Buffer,
  headers = {},
): Promise<RawAnswer> {
  const timer = Promise.withResolvers<RawAnswer>();
  const late = setTimeout(
    () => timer.resolve({ status: "late", message: "", httpStatus: null }),
    ANSWER_WITHIN_MS,
  );
  const answer = await Promise.race([rawCall(session, path, body, { headers }), timer.promise]);
  clearTimeout(late);
  return answer;
}

const isWatch = ({ path }: Rpc): boolean => /(Stream|SubscribeLogs)/.test(path);

async function tablesOf(gateway: GatewayFixture): Promise<string> {
  const [row] = await gateway.query(`select (select jsonb_agg(to_jsonb(r) order by r.id)
    from hodei.run r) as runs, (select jsonb_agg(to_jsonb(a) order by a.run_id, a.fence)
    from hodei.attempt a) as attempts, (select jsonb_agg(to_jsonb(t) order by t.id)
    from hodei.job_template t) as templates, (select jsonb_agg(to_jsonb(p) order by p.id)
    from hodei.provider p) as providers, (select count(*) from hodei.audit_event) as audit`);
  return JSON.stringify(row);
}

test(
  "typed requests of odd values are answered by a word of the catalogue, never as our failure",
  async () => {
    const gateway = await startGateway({ anonymous: "admin" });
    const worker = await gateway.readyWorker();
    const runId = await gateway.submit();
    const { executionId } = await worker.control.take();
    const known = [runId, executionId, worker.workerId, "cpu", "nightly", "true", "5"];
    const served = rpcs.filter((rpc) => !rpc.isStream && !isWatch(rpc));
    let session = rawConnection(gateway.port);
    const calls = fc
      .constantFrom(...served)
      .chain((rpc) => messagesOf(rpc.input, known).map((bytes) => ({ rpc, bytes })));
    await fc.assert(
      fc.asyncProperty(calls, async ({ rpc, bytes }) => {
        if (session.destroyed || session.closed) session = rawConnection(gateway.port);
        const answer = await answerOf(session, rpc.path, grpcFrame(bytes));
        expect(OURS, `${rpc.path}: ${answer.message}`).not.toContain(answer.status);
        expect(answer.status, rpc.path).not.toBe("late");
        expect(answer.status, rpc.path).not.toBeNull();
      }),
      fuzzed(250),
    );
    const failures = gateway.logLines.filter((line) => line.includes('"level":50'));
    expect(failures).toEqual([]);
    await worker.control.beatUntilAnswered();
  },
  fuzzTimeout(30_000),
);

/** Frames that are nearly right: cut, lied about, of another message, or nothing at all. */
const brokenFrames: fc.Arbitrary<Buffer> = fc
  .constantFrom(...rpcs)
  .chain(({ input }) => messagesOf(input))
  .chain((bytes) =>
    fc.oneof(
      fc.constant(grpcFrame(bytes)),
      fc.nat(bytes.length).map((to) => grpcFrame(bytes.subarray(0, to))),
      fc.nat(bytes.length + 5).map((to) => grpcFrame(bytes).subarray(0, to)),
      fc.integer({ min: 0, max: 255 }).map((flag) => grpcFrame(bytes, { flag })),
      fc.nat(0xffff_ffff).map((length) => grpcFrame(bytes, { length })),
      fc.constant(Buffer.concat([grpcFrame(bytes), grpcFrame(bytes)])),
      fc.uint8Array({ maxLength: 200 }).map(Buffer.from),
      fc.uint8Array({ maxLength: 200 }).map((noise) => grpcFrame(noise)),
      fc.uint8Array({ maxLength: 50 }).map((noise) => grpcFrame(Buffer.concat([bytes, noise]))),
    ),
  );

const headerTexts = oddTexts.filter((text) => /^[\x21-\x7e]{1,200}$/.test(text));
const headerSets: fc.Arbitrary<Record<string, string>> = fc.dictionary(
  fc.constantFrom(
    ...["authorization", "hodei-worker-id", "grpc-timeout", "grpc-encoding", "x-noise-bin"],
    ...["grpc-accept-encoding", "content-type", "user-agent", "x-noise"],
  ),
  fc.oneof(
    headerTexts,
    fc.constantFrom("gzip", "identity", "Bearer x", "Bearer ", "1S", "0n", "application/grpc+json"),
  ),
  { maxKeys: 3 },
);

test(
  "broken frames crash no gateway and disturb nobody beside",
  async () => {
    const database = await createDatabase();
    const gateway = await startGatewayProcess({
      databaseUrl: database.url,
      queueUrl: "http://127.0.0.1:9",
      env: { HODEI_STAGE: "local", HODEI_ANONYMOUS: "submit", HODEI_LOG_LEVEL: "error" },
    });
    onTestFinished(() => database.drop());
    const sql = createPgClient({ url: database.url, poolSize: 1, applicationName: "test" });
    onTestFinished(() => sql.close());
    const [launched] = await launchWorkers(createControlStore(sql), 1);
    const beside = new ScriptedWorker(gateway.port, launched!);
    onTestFinished(() => beside.close());
    await beside.register();
    await beside.open().beatUntilAnswered();
    const health = rawConnection(gateway.port);
    const memory = () => memoryOf(gateway.child.pid, "VmRSS");
    const before = memory();
    const paths = [...rpcs.map(({ path }) => path), ...UNKNOWN_RPCS];
    const peers = fc.array(
      fc.record({ path: fc.constantFrom(...paths), body: brokenFrames, headers: headerSets }),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(peers, async (calls) => {
        const session = rawConnection(gateway.port);
        const answers = calls.map(({ path, body, headers }) =>
          rawCall(session, path, body, { headers }),
        );
        const served = rawCall(health, "/grpc.health.v1.Health/Check", grpcFrame(Buffer.alloc(0)));
        expect((await served).status).toBe("0");
        await beside.control.beatUntilAnswered();
        session.destroy();
        await Promise.all(answers);
        expect(gateway.child.exitCode).toBeNull();
      }),
      fuzzed(20),
    );
    expect(beside.control.ended).toBeNull();
    expect(memory() - before).toBeLessThan(GROWTH_BYTES_MAX);
  },
  fuzzTimeout(40_000),
);

test(
  "what is refused changes no row",
  async () => {
    const gateway = await startGateway({ anonymous: "admin" });
    const worker = await gateway.readyWorker();
    const runId = await gateway.submit();
    const { executionId } = await worker.control.take();
    const known = [runId, executionId, worker.workerId];
    const session = rawConnection(gateway.port);
    const writing = rpcs.filter(({ path }) =>
      /JobExecutionService|Provider|Template|Scheduler/.test(path),
    );
    const calls = fc
      .constantFrom(...writing.filter((rpc) => !isWatch(rpc)))
      .chain((rpc) => messagesOf(rpc.input, known).map((bytes) => ({ rpc, bytes })));
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(calls, fc.boolean(), async ({ rpc, bytes }, isCut) => {
        const before = await tablesOf(gateway);
        const body = isCut ? bytes.subarray(0, -1) : bytes;
        const answer = await answerOf(session, rpc.path, grpcFrame(body));
        if (answer.status === "0") return;
        refused += 1;
        expect(await tablesOf(gateway)).toBe(before);
      }),
      fuzzed(40),
    );
    expect(refused).toBeGreaterThan(10);
  },
  fuzzTimeout(30_000),
);
