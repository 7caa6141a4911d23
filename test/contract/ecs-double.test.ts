import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  ClientException,
  ClusterNotFoundException,
  ConflictException,
  InvalidParameterException,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { requestDigest } from "#local/emulators/ecs/client-tokens.ts";
import {
  cluster,
  describeTask,
  FOREVER,
  HandClock,
  isAlive,
  run,
  runInput,
  startEcsFixture,
  taskBecomes,
  taskPrints,
  withEnvironment,
} from "./ecs-fixture.ts";

describe("a task", () => {
  test("is a real process with the given environment and nothing of the host's", async () => {
    vi.stubEnv("HODEI_TEST_HOST_SECRET", "leaked");
    onTestFinished(() => void vi.unstubAllEnvs());
    const ecs = await startEcsFixture("env | cut -d= -f1 | sort | tr '\\n' ' '; echo END; exit 3");

    const { taskArn } = await run(ecs, withEnvironment({ GREETING: "hello" }));

    const task = await taskBecomes(ecs.client, taskArn, "STOPPED");
    expect(task).toMatchObject({ stopCode: "EssentialContainerExited", desiredStatus: "STOPPED" });
    expect(task.containers?.[0]).toMatchObject({ name: "worker", exitCode: 3 });
    const [names] = await taskPrints(ecs.stateDir, taskArn, /^.*END/m);
    expect(names.split(" ").filter((name) => !/^(_|PWD|SHLVL|OLDPWD)$/.test(name))).toEqual([
      "ECS_FAKE_TASK_ID",
      "GREETING",
      "HOME",
      "PATH",
      "TMPDIR",
      "END",
    ]);
  });

  test("tells of every state it reaches, once and in order", async () => {
    const ecs = await startEcsFixture("exit 0");
    const { taskArn } = await run(ecs, { startedBy: "hodei/i/w" });
    await taskBecomes(ecs.client, taskArn, "STOPPED");

    expect(ecs.events.map((event) => event.detail.lastStatus)).toEqual([
      "PROVISIONING",
      "PENDING",
      "RUNNING",
      "DEACTIVATING",
      "STOPPED",
    ]);
    expect(ecs.events.map((event) => event.detail.version)).toEqual([1, 2, 3, 4, 5]);
    expect(ecs.events.at(-1)).toMatchObject({
      version: "0",
      source: "aws.ecs",
      "detail-type": "ECS Task State Change",
      region: "eu-west-1",
      resources: [taskArn],
      detail: {
        taskArn,
        clusterArn: "arn:aws:ecs:eu-west-1:000000000000:cluster/hodei",
        startedBy: "hodei/i/w",
        desiredStatus: "STOPPED",
        stopCode: "EssentialContainerExited",
        stoppedReason: "Essential container in task exited",
        containers: [{ name: "worker", exitCode: 0, lastStatus: "STOPPED" }],
      },
    });
  });

  test("keeps its environment out of events and out of the state file", async () => {
    const ecs = await startEcsFixture(FOREVER);
    const { taskArn } = await run(ecs, withEnvironment({ HODEI_TOKEN: "one-shot-secret" }));
    await taskBecomes(ecs.client, taskArn, "RUNNING");
    await ecs.emulator.close(0);

    const file = join(ecs.stateDir, "tasks.json");
    const saved = await readFile(file, "utf8");
    expect(saved).toContain(taskArn);
    expect(saved + JSON.stringify(ecs.events)).not.toContain("one-shot-secret");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test("that cannot be started says why", async () => {
    const ecs = await startEcsFixture(FOREVER);
    const { taskArn } = await run(ecs, {
      overrides: { containerOverrides: [{ name: "worker", command: ["/no/such/program"] }] },
    });
    const task = await taskBecomes(ecs.client, taskArn, "STOPPED");
    expect(task.stopCode).toBe("TaskFailedToStart");
    expect(task.stoppedReason).toMatch(/CannotStartContainerError: .*ENOENT/);
  });

  test("dies whole when its main process ends: group, and what left the group", async () => {
    const ecs = await startEcsFixture("setsid sleep 3600 & echo $!; sleep 3600 & echo $!; exit 0");
    const { taskArn } = await run(ecs);
    await taskBecomes(ecs.client, taskArn, "STOPPED");
    const [, left, stayed] = await taskPrints(ecs.stateDir, taskArn, /(\d+)\n(\d+)/);
    expect([await isAlive(Number(left)), await isAlive(Number(stayed))]).toEqual([false, false]);
  });

  test("dies whole when it is killed from outside, with jobs of a clean environment", async () => {
    const job = 'setsid env -i TMPDIR="$TMPDIR" sleep 3600';
    const ecs = await startEcsFixture(`${job} & echo $!; touch "$TMPDIR/f"; kill -9 $$`);
    const { taskArn } = await run(ecs);
    const task = await taskBecomes(ecs.client, taskArn, "STOPPED");
    expect(task.containers?.[0]?.exitCode).toBe(137);
    const [, pid] = await taskPrints(ecs.stateDir, taskArn, /(\d+)/);
    expect(await isAlive(Number(pid))).toBe(false);
    expect(await readdir(join(ecs.stateDir, "tasks"))).toEqual([`${taskArn.slice(-32)}.log`]);
  });

  test("is forgotten an hour after it stopped", async () => {
    const clock = new HandClock();
    const ecs = await startEcsFixture("exit 0", { now: clock.now });
    const { taskArn } = await run(ecs);
    await taskBecomes(ecs.client, taskArn, "STOPPED");
    clock.advance(3_600_001);
    const { failures } = await describeTask(ecs, taskArn);
    expect(failures).toEqual([{ arn: taskArn, reason: "MISSING" }]);
  });
});

describe("RunTask", () => {
  test("answers the first task to a repeated clientToken", async () => {
    const ecs = await startEcsFixture(FOREVER);
    const first = await run(ecs, { clientToken: "token-1" });
    const again = await run(ecs, { clientToken: "token-1" });
    const other = await run(ecs, { clientToken: "token-2" });
    expect(again.taskArn).toBe(first.taskArn);
    expect(other.taskArn).not.toBe(first.taskArn);
  });

  test("refuses a clientToken with other parameters and names the first task", async () => {
    const ecs = await startEcsFixture(FOREVER);
    const first = await run(ecs, { clientToken: "token-1" });
    const error = await run(ecs, { clientToken: "token-1", startedBy: "other" }).catch((e) => e);
    expect(error).toBeInstanceOf(ConflictException);
    expect(error.resourceIds).toEqual([first.taskArn]);
  });

  test("compares parameters, not the order they were written in", () => {
    const one = { clientToken: "1", cluster, overrides: { cpu: "256", memory: "512" } };
    const two = { overrides: { memory: "512", cpu: "256" }, cluster, clientToken: "2" };
    expect(requestDigest(one)).toBe(requestDigest(two));
    expect(requestDigest(one)).not.toBe(requestDigest({ ...one, startedBy: "me" }));
  });

  test("forgets a clientToken an hour after its task, or after a day", async () => {
    const clock = new HandClock();
    const ecs = await startEcsFixture(FOREVER, { now: clock.now });
    const short = await run(ecs, { clientToken: "short" });
    const long = await run(ecs, { clientToken: "long" });
    await taskBecomes(ecs.client, short.taskArn, "RUNNING");
    await ecs.client.send(new StopTaskCommand({ cluster, task: short.taskArn }));
    await taskBecomes(ecs.client, short.taskArn, "STOPPED");

    clock.advance(3_599_999);
    expect((await run(ecs, { clientToken: "short" })).taskArn).toBe(short.taskArn);
    clock.advance(1);
    expect((await run(ecs, { clientToken: "short" })).taskArn).not.toBe(short.taskArn);
    clock.advance(22 * 3_600_000);
    expect((await run(ecs, { clientToken: "long" })).taskArn).toBe(long.taskArn);
    clock.advance(3_600_000);
    expect((await run(ecs, { clientToken: "long" })).taskArn).not.toBe(long.taskArn);
  });

  test("answers HTTP 200 with failures when there is no room", async () => {
    const ecs = await startEcsFixture(FOREVER, { capacity: { tasksMax: 2, vcpuMax: 1 } });
    const large = { overrides: { cpu: "1024", memory: "2048" } };
    await run(ecs);
    const cpu = await ecs.client.send(new RunTaskCommand(runInput(large)));
    await run(ecs);
    const room = await ecs.client.send(new RunTaskCommand(runInput()));
    expect(cpu).toMatchObject({
      tasks: [],
      failures: [{ reason: expect.stringMatching(/vCPUs you can run/) }],
    });
    expect(room.tasks).toEqual([]);
    expect(room.failures?.[0]?.reason).toMatch(/^Capacity is unavailable at this time/);
  });

  test.each([
    ["an unknown cluster", { cluster: "nope" }, ClusterNotFoundException],
    ["an unknown task definition", { taskDefinition: "nope" }, ClientException],
    ["no subnet", { networkConfiguration: undefined }, InvalidParameterException],
    ["a long startedBy", { startedBy: "x".repeat(129) }, InvalidParameterException],
    ["a startedBy with a colon", { startedBy: "a:b" }, InvalidParameterException],
    ["a long clientToken", { clientToken: "x".repeat(65) }, InvalidParameterException],
    ["11 tasks", { count: 11 }, InvalidParameterException],
    ["a size Fargate lacks", { overrides: { cpu: "256", memory: "4096" } }, ClientException],
    [
      "launch type and capacity provider together",
      { capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT" }] },
      InvalidParameterException,
    ],
    [
      "a container the definition lacks",
      { overrides: { containerOverrides: [{ name: "nope" }] } },
      InvalidParameterException,
    ],
    [
      "overrides beyond 8192 characters",
      withEnvironment({ A: "x".repeat(8192) }),
      InvalidParameterException,
    ],
  ])("refuses %s", async (_what, input, type) => {
    const ecs = await startEcsFixture(FOREVER);
    await expect(run(ecs, input as Partial<RunTaskCommandInput>)).rejects.toBeInstanceOf(type);
  });

  test("is throttled by calls, and by launches, and recovers with time", async () => {
    const clock = new HandClock();
    const rates = { runTask: { burst: 3, perSecond: 2 }, launch: { burst: 2, perSecond: 1 } };
    const ecs = await startEcsFixture("exit 0", { now: clock.now, rates });
    const name = (call: Promise<unknown>) =>
      call.then(
        () => "ok",
        (error) => error.name,
      );
    const calls = () => [name(run(ecs)), name(run(ecs)), name(run(ecs)), name(run(ecs))];

    const throttled = "ThrottlingException";
    expect((await Promise.all(calls())).sort()).toEqual([throttled, throttled, "ok", "ok"]);
    clock.advance(1000);
    expect((await Promise.all(calls())).sort()).toEqual([throttled, throttled, throttled, "ok"]);
  });
});

describe("reads", () => {
  test("do not see a young task", async () => {
    const clock = new HandClock();
    const ecs = await startEcsFixture(FOREVER, { now: clock.now, consistencyDelayMs: 5000 });
    const { taskArn } = await run(ecs, { startedBy: "me" });
    const listed = async () =>
      (await ecs.client.send(new ListTasksCommand({ cluster, startedBy: "me" }))).taskArns;

    clock.advance(4999);
    expect((await describeTask(ecs, taskArn)).failures).toEqual([
      { arn: taskArn, reason: "MISSING" },
    ]);
    expect(await listed()).toEqual([]);
    clock.advance(1);
    expect((await describeTask(ecs, taskArn)).tasks).toHaveLength(1);
    expect(await listed()).toEqual([taskArn]);
  });

  test("list in pages, by family or by who started, never by both", async () => {
    const ecs = await startEcsFixture(FOREVER);
    await ecs.client.send(new RunTaskCommand(runInput({ count: 5, startedBy: "a" })));
    const { taskArn } = await run(ecs, { startedBy: "b" });
    const page = (input: object) => ecs.client.send(new ListTasksCommand({ cluster, ...input }));

    const first = await page({ family: "worker", maxResults: 4 });
    const second = await page({ family: "worker", maxResults: 4, nextToken: first.nextToken });
    expect(first.taskArns).toHaveLength(4);
    expect(new Set([...first.taskArns!, ...second.taskArns!]).size).toBe(6);
    expect(second.nextToken).toBeUndefined();
    expect((await page({ startedBy: "b" })).taskArns).toEqual([taskArn]);
    await expect(page({ startedBy: "b", family: "worker" })).rejects.toThrow("only filter");
  });
});

describe("StopTask", () => {
  test("sends SIGTERM to the main process, waits for its end, and drops the tags", async () => {
    const ecs = await startEcsFixture(
      "trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.05; done",
    );
    const { taskArn } = await run(ecs, { tags: [{ key: "k", value: "v" }] });
    await taskPrints(ecs.stateDir, taskArn, /up/);
    expect((await describeTask(ecs, taskArn)).tasks?.[0]?.tags).toEqual([{ key: "k", value: "v" }]);

    const { task } = await ecs.client.send(
      new StopTaskCommand({ cluster, task: taskArn, reason: "scale in" }),
    );
    expect(task).toMatchObject({ desiredStatus: "STOPPED", lastStatus: "DEACTIVATING" });
    const stopped = await taskBecomes(ecs.client, taskArn, "STOPPED");
    expect(stopped).toMatchObject({ stopCode: "UserInitiated", stoppedReason: "scale in" });
    expect(stopped.containers?.[0]?.exitCode).toBe(7);
    expect((await describeTask(ecs, taskArn)).tasks?.[0]?.tags).toEqual([]);
    await taskPrints(ecs.stateDir, taskArn, /bye/);
  });

  test("kills a deaf task and all its processes after the stop timeout", async () => {
    const deaf = "trap '' TERM; setsid sleep 3600 & echo $!; echo $$; while :; do sleep 0.05; done";
    const ecs = await startEcsFixture(deaf, { stopTimeoutMs: 50 });
    const { taskArn } = await run(ecs);
    const [, child, main] = await taskPrints(ecs.stateDir, taskArn, /(\d+)\n(\d+)/);

    await ecs.client.send(new StopTaskCommand({ cluster, task: taskArn }));
    const stopped = await taskBecomes(ecs.client, taskArn, "STOPPED");
    expect(stopped.containers?.[0]?.exitCode).toBe(137);
    expect([await isAlive(Number(child)), await isAlive(Number(main))]).toEqual([false, false]);
  });

  test("stops a task before it starts, takes a second stop, refuses an unknown task", async () => {
    const ecs = await startEcsFixture(FOREVER, { launchDelayMs: 3_600_000 });
    const { taskArn } = await run(ecs);
    const stop = (task: string) => ecs.client.send(new StopTaskCommand({ cluster, task }));
    expect((await stop(taskArn)).task?.lastStatus).toBe("STOPPED");
    expect((await stop(taskArn)).task?.lastStatus).toBe("STOPPED");
    await expect(stop("0".repeat(32))).rejects.toThrow("The referenced task was not found.");
    expect(ecs.events.map((event) => event.detail.lastStatus)).not.toContain("RUNNING");
  });
});
