import { expect, type TestContext, test as vitestTest } from "vitest";
import { type GatewayFixture, startGateway } from "../../support/gateway-fixture.ts";
import {
  acknowledge,
  firstWorker,
  laterWorker,
  sayBatch,
  sayResult,
} from "../../support/original-peers.ts";
import { type ReflectedServer, reflect } from "../../support/reflected-server.ts";
import { statusOf } from "../../support/scripted-worker.ts";
import { until } from "../../support/until.ts";

/**
 * The command lines of both generations: what each command sends and reads, in its order. Messages
 * are made from what the server says of itself by reflection.
 */

const JOBS = "/hodei.JobExecutionService";
const SCHEDULER = "/hodei.SchedulerService";
const LOGS = "/hodei.LogStreamService";
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A command that needs these methods; where the server lacks one, it says so and is left out. */
function command(
  name: string,
  methods: readonly string[],
  run: (gateway: GatewayFixture, server: ReflectedServer) => Promise<void>,
): void {
  vitestTest(name, async (context: TestContext) => {
    const gateway = await startGateway();
    const server = await reflect(gateway.port);
    for (const method of methods) {
      const lack = await server.lacks(method);
      if (lack) context.skip(lack);
    }
    await run(gateway, server);
  });
}

/** What `job queue` of the first generation makes of --name and --command. */
const firstDefinition = (name: string, line: string, words: readonly string[] = []) => ({
  name,
  description: "",
  command: line,
  arguments: words,
});

/** What every command of the later generation makes: requirements, scheduling and timeout always. */
const laterDefinition = (name: string, line: string, words: readonly string[] = []) => ({
  ...firstDefinition(name, line, words),
  requirements: { cpu_cores: 1, memory_bytes: 1_073_741_824, disk_bytes: 0, gpu_count: 0 },
  scheduling: { priority: 0, scheduler_name: "", preemption_allowed: false },
  timeout: {
    execution_timeout: { seconds: 600 },
    heartbeat_timeout: { seconds: 30 },
    cleanup_timeout: { seconds: 30 },
  },
});

const queued = (jobDefinition: object) => ({ job_definition: jobDefinition, queued_by: "cli" });

/** The id that the first generation's user copies from the printed answer. */
const idIn = (answer: Record<string, unknown>): string => {
  expect(answer).toMatchObject({ success: true });
  const id = /^Job queued: (.*)$/.exec(String(answer.message))?.[1] ?? "";
  expect(id).toMatch(UUID);
  return id;
};

command("job queue", [`${JOBS}/QueueJob`], async (gateway, server) => {
  const worker = await firstWorker(gateway);
  const lines = [
    ["hostname", { cmd: "hostname", args: [] }],
    ["echo hi; exit 3", { cmd: "/bin/sh", args: ["-c", "echo hi; exit 3"] }],
  ] as const;
  for (const [n, [line, value]] of lines.entries()) {
    const answer = await server.call(`${JOBS}/QueueJob`, queued(firstDefinition("t", line)));
    const sent = await worker.control.command(n);
    expect(sent).toMatchObject({ jobId: idIn(answer), command: { commandType: { value } } });
    sayResult(worker.control, sent.jobId);
    await gateway.runBecomes(sent.jobId, "Succeeded");
  }
});

command("job cancel", [`${JOBS}/QueueJob`, `${JOBS}/CancelJob`], async (gateway, server) => {
  const id = idIn(await server.call(`${JOBS}/QueueJob`, queued(firstDefinition("t", "hostname"))));
  for (const executionId of [undefined, { value: id }]) {
    const request = {
      execution_id: executionId,
      job_id: { value: id },
      reason: "Cancelled by CLI",
    };
    expect(await server.call(`${JOBS}/CancelJob`, request)).toMatchObject({ success: true });
  }
  expect(await gateway.run(id)).toMatchObject({ phase: "Cancelled", message: "Cancelled by CLI" });
});

command(
  "worker register, without an id, and worker unregister, of another's",
  [],
  async (gateway, server) => {
    const worker = await firstWorker(gateway);
    const agent = "/hodei.WorkerAgentService";
    const worker_info = { name: "w", version: "1.0.0", hostname: "h" };
    const register = server.call(`${agent}/Register`, { auth_token: worker.token, worker_info });
    expect(await statusOf(register)).toBe("INVALID_ARGUMENT");
    const worker_id = { value: worker.workerId };
    const farewell = { worker_id, reason: "CLI unregister" };
    expect(await statusOf(server.call(`${agent}/UnregisterWorker`, farewell))).toBe(
      "UNAUTHENTICATED",
    );
    expect(await gateway.workerRow(worker.workerId)).toMatchObject({ phase: "Ready" });
  },
);

command("scheduler queue-status", [`${SCHEDULER}/GetQueueStatus`], async (gateway, server) => {
  for (const _ of [1, 2]) await gateway.submit();
  const request = { scheduler_name: "default" };
  let answer: Record<string, unknown> = {};
  await until("two wait", async () => {
    answer = await server.call(`${SCHEDULER}/GetQueueStatus`, request);
    return (answer.status as { pending_jobs: number }).pending_jobs === 2;
  });
  expect(answer).toMatchObject({
    status: { running_jobs: 0, completed_jobs: 0, failed_jobs: 0, cancelled_jobs: 0 },
  });
});

for (const [generation, definition] of [
  ["first", firstDefinition("t", "echo", ["hello"])],
  ["later", laterDefinition("t", "sh", ["-c", "echo hello"])],
] as const)
  command(
    `scheduler schedule of the ${generation} generation: the job is not stranded`,
    [`${SCHEDULER}/ScheduleJob`],
    async (gateway, server) => {
      const { worker } = await laterWorker(gateway);
      const request = { job_definition: definition, requested_by: "cli" };
      const answer = await server.call(`${SCHEDULER}/ScheduleJob`, request);
      expect(answer).toMatchObject({ success: true });
      const { jobId } = await worker.control.command();
      expect(answer.decision).toMatchObject({ job_id: { value: jobId } });
      sayResult(worker.control, jobId);
      await gateway.runBecomes(jobId, "Succeeded");
    },
  );

command("scheduler workers", [`${SCHEDULER}/GetAvailableWorkers`], async (gateway, server) => {
  const worker = await firstWorker(gateway);
  const request = { scheduler_name: "default" };
  const answer = await server.call(`${SCHEDULER}/GetAvailableWorkers`, request);
  expect(answer.workers).toMatchObject([
    { worker_id: { value: worker.workerId }, status: "WORKER_STATUS_AVAILABLE" },
  ]);
});

command("job queue of a script file", [`${JOBS}/QueueJob`], async (gateway, server) => {
  const { worker } = await laterWorker(gateway);
  const content = "#!/usr/bin/env bash\nset -e\necho hi\n";
  const answer = await server.call(`${JOBS}/QueueJob`, queued(laterDefinition("s", content)));
  expect(answer).toMatchObject({ job_id: { value: idIn(answer) } });
  expect((await worker.control.command()).command).toEqual({
    commandType: { $case: "script", value: { interpreter: "bash", content } },
  });
});

command(
  "job run: every line once, those before it followed and those after, and the end with the job",
  [`${JOBS}/QueueJob`, `${LOGS}/SubscribeLogs`],
  async (gateway, server) => {
    const { worker } = await laterWorker(gateway);
    const definition = laterDefinition("t", "sh", ["-c", "seq 300; exit 3"]);
    const answer = await server.call(`${JOBS}/QueueJob`, queued(definition));
    const jobId = (answer.job_id as { value: string }).value;
    const { timeoutMs } = await worker.control.command();
    expect(timeoutMs).toBe(600_000);
    acknowledge(worker, jobId);
    const lines = Array.from({ length: 300 }, (_, n) => `${n + 1}`);
    const say = (from: number, to: number) =>
      sayBatch(worker.control, jobId, lines.slice(from, to));
    say(0, 100);
    say(100, 150);
    await stored(gateway, "150");
    const following = server.read(`${LOGS}/SubscribeLogs`, {
      ...{ job_id: jobId, include_history: true, tail_lines: 0 },
    });
    say(150, 250);
    await stored(gateway, "250");
    say(250, 300);
    sayResult(worker.control, jobId, { exitCode: 3 });
    const entries = await following;
    expect(entries.map(({ line }) => line)).toEqual(lines);
    for (const entry of entries) expect(entry).toMatchObject({ job_id: jobId, is_stderr: false });
    expect((await gateway.run(jobId)).exitCode).toBe(3);
  },
);

command(
  "logs follow and logs get of a job that is over",
  [`${LOGS}/SubscribeLogs`, `${LOGS}/GetLogs`],
  async (gateway, server) => {
    const { worker } = await laterWorker(gateway);
    const jobId = await gateway.submit();
    await worker.control.command();
    const lines = Array.from({ length: 120 }, (_, n) => `line ${n}`);
    sayBatch(worker.control, jobId, lines);
    sayResult(worker.control, jobId);
    await gateway.runBecomes(jobId, "Succeeded");
    const follow = { job_id: jobId, include_history: true, tail_lines: 0 };
    const followed = await server.read(`${LOGS}/SubscribeLogs`, follow);
    expect(followed.map(({ line }) => line)).toEqual(lines);
    const last = await server.read(`${LOGS}/SubscribeLogs`, { ...follow, tail_lines: 5 });
    expect(last.map(({ line }) => line)).toEqual(lines.slice(-5));
    const page = await server.call(`${LOGS}/GetLogs`, {
      job_id: jobId,
      limit: 100,
      since_sequence: 0,
    });
    expect((page.entries as { line: string }[]).map(({ line }) => line)).toEqual(
      lines.slice(0, 100),
    );
    expect(page.has_more).toBe(true);
  },
);

command("job get", [`${JOBS}/GetJob`], async (gateway, server) => {
  const jobId = await gateway.submit({ name: "look", command: ["echo", "hi"] });
  expect(await server.call(`${JOBS}/GetJob`, { job_id: { value: jobId } })).toMatchObject({
    job: { name: "look", command: "echo" },
    status: "JOB_STATUS_QUEUED",
  });
});

command("job list", [`${JOBS}/ListJobs`], async (gateway, server) => {
  const ids = [await gateway.submit({ name: "a" }), await gateway.submit({ name: "b" })];
  const answer = await server.call(`${JOBS}/ListJobs`, { limit: 20, offset: 0 });
  expect(answer.total_count).toBe(2);
  const jobs = answer.jobs as { job_id: { value: string }; name: string; status: string }[];
  expect(new Set(jobs.map(({ job_id }) => job_id.value))).toEqual(new Set(ids));
  expect(new Set(jobs.map(({ name }) => name))).toEqual(new Set(["a", "b"]));
  expect(new Set(jobs.map(({ status }) => status))).toEqual(new Set(["JOB_STATUS_QUEUED"]));
});

/** Resolves when this line, and so all before it, is stored. */
const stored = (gateway: GatewayFixture, line: string) =>
  until(`line ${line} is stored`, async () => {
    const rows = await gateway.query(
      "select 1 from hodei.log_chunk where data = convert_to($1, 'utf8')",
      [`${line}\n`],
    );
    return rows.length > 0;
  });
