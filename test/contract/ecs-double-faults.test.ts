import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ListTasksCommand, RunTaskCommand, ServerException } from "@aws-sdk/client-ecs";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { withDefaults } from "#local/emulators/ecs/ecs-options.ts";
import { PendingFaults } from "#local/emulators/ecs/faults.ts";
import { newTask } from "#local/emulators/ecs/task.ts";
import { TaskRunner } from "#local/emulators/ecs/task-runner.ts";
import { TaskTable } from "#local/emulators/ecs/task-table.ts";
import {
  cluster,
  describeTask,
  ecsClient,
  FOREVER,
  isAlive,
  run,
  runInput,
  startEcsFixture,
  taskBecomes,
  taskPrints,
  temporaryDirectory,
} from "./ecs-fixture.ts";

describe("faults", () => {
  test("failures, throttling and server errors meet the next calls and no more", async () => {
    const ecs = await startEcsFixture(FOREVER);
    ecs.emulator.faults.failures("RESOURCE:MEMORY", 1);
    const refused = await ecs.client.send(new RunTaskCommand(runInput()));
    expect(refused.failures).toEqual([{ reason: "RESOURCE:MEMORY" }]);
    ecs.emulator.faults.throttle();
    await expect(run(ecs)).rejects.toThrow("Rate exceeded");
    ecs.emulator.faults.serverError();
    await expect(run(ecs)).rejects.toBeInstanceOf(ServerException);
    await run(ecs);
  });

  test("a lost answer is repaired by the SDK's own repeat, with one task", async () => {
    const ecs = await startEcsFixture(FOREVER, { maxAttempts: 2 });
    ecs.emulator.faults.loseAnswer();
    const { taskArn } = await run(ecs, { startedBy: "me" });
    const { taskArns } = await ecs.client.send(new ListTasksCommand({ cluster, startedBy: "me" }));
    expect(taskArns).toEqual([taskArn]);
  });

  test("a task that dies before it registers never has a process", async () => {
    const ecs = await startEcsFixture(FOREVER);
    ecs.emulator.faults.dieBeforeRegister();
    const task = await taskBecomes(ecs.client, (await run(ecs)).taskArn, "STOPPED");
    expect(task.stopCode).toBe("TaskFailedToStart");
    expect(task.stoppedReason).toMatch(/^CannotPullContainerError/);
    expect(task.containers?.[0]?.exitCode).toBeUndefined();
  });

  test("an interruption is a SIGTERM with the stop code of Spot", async () => {
    const ecs = await startEcsFixture(FOREVER);
    const { taskArn } = await run(ecs);
    await taskBecomes(ecs.client, taskArn, "RUNNING");
    ecs.emulator.faults.interrupt(taskArn);
    const task = await taskBecomes(ecs.client, taskArn, "STOPPED");
    expect(task.stopCode).toBe("SpotInterruption");
    expect(ecs.events.at(-1)?.detail.stopCode).toBe("SpotInterruption");
  });

  test("lost events are not sent later", async () => {
    const ecs = await startEcsFixture("exit 0");
    ecs.emulator.faults.loseEvents(4);
    await taskBecomes(ecs.client, (await run(ecs)).taskArn, "STOPPED");
    expect(ecs.events.map((event) => event.detail.lastStatus)).toEqual(["STOPPED"]);
  });

  test("a listener that throws does not stop the task's life", async () => {
    const onTaskStateChange = () => {
      throw new Error("listener");
    };
    const ecs = await startEcsFixture("exit 0", { onTaskStateChange });
    await taskBecomes(ecs.client, (await run(ecs)).taskArn, "STOPPED");
  });

  test("a listener that ends a task before its process starts is obeyed", async () => {
    const ecs = await startEcsFixture(FOREVER, {
      onTaskStateChange: ({ detail }) => {
        if (detail.lastStatus === "PENDING") ecs.emulator.faults.interrupt(String(detail.taskArn));
      },
    });
    const task = await taskBecomes(ecs.client, (await run(ecs)).taskArn, "STOPPED");
    expect(task).toMatchObject({ stopCode: "SpotInterruption" });
    expect(task.startedAt).toBeUndefined();
  });
});

describe("the end of the emulator", () => {
  test("close ends every process, deaf ones after the grace", async () => {
    const ecs = await startEcsFixture("trap '' TERM; echo $$; while :; do sleep 0.05; done");
    const { taskArn } = await run(ecs);
    const [, pid] = await taskPrints(ecs.stateDir, taskArn, /(\d+)/);
    await run(ecs);
    await ecs.emulator.close(50);
    expect(await isAlive(Number(pid))).toBe(false);
    expect(ecs.events.filter((event) => event.detail.lastStatus === "STOPPED")).toHaveLength(2);
  });

  test("close leaves nothing running of what was asked in the same moment", async () => {
    const ecs = await startEcsFixture(FOREVER);
    const calls = Array.from({ length: 10 }, () => run(ecs).catch(() => null));
    await vi.waitFor(() => expect(ecs.events).not.toEqual([]), { interval: 1 });
    await ecs.emulator.close(0);
    await Promise.all(calls);
    const last = new Map(ecs.events.map(({ detail }) => [detail.taskArn, detail.lastStatus]));
    expect(new Set(last.values())).toEqual(new Set(["STOPPED"]));
  });

  test("close lets no task start that was stored after it began", async () => {
    const settings = withDefaults({ stateDir: "/nowhere", taskDefinitions: {} });
    const tasks = new TaskTable(settings, () => {});
    const runner = new TaskRunner(settings, tasks, new PendingFaults());
    await runner.close(0);
    const identity = { id: "1", arn: "arn:1", cluster, family: "worker", containerName: "worker" };
    const size = { cpu: "256", memory: "512", overrides: {}, tags: [], subnet: "subnet-1" };
    const asked = { group: "", startedBy: null, capacityProvider: null, createdAt: 0 };
    tasks.put(newTask({ ...identity, ...size, ...asked }));
    runner.start("arn:1");
    expect(tasks.get("arn:1")).toMatchObject({ lastStatus: "STOPPED", startedAt: null });
  });

  test("after SIGKILL the next one ends what was left and shows it STOPPED", async () => {
    const stateDir = await temporaryDirectory();
    const first = await startEmulatorProcess(
      stateDir,
      'setsid env -i TMPDIR="$TMPDIR" sleep 3600 & echo $!; echo $$; wait',
    );
    const { taskArn } = await run({ client: ecsClient(first.url) }, { clientToken: "token" });
    const [, child, main] = await taskPrints(stateDir, taskArn, /(\d+)\n(\d+)/);
    await first.kill();
    expect([await isAlive(Number(child)), await isAlive(Number(main))]).toEqual([true, true]);

    const ecs = await startEcsFixture(FOREVER, { stateDir });
    expect([await isAlive(Number(child)), await isAlive(Number(main))]).toEqual([false, false]);
    expect(existsSync(join(stateDir, "tasks", taskArn.slice(-32)))).toBe(false);
    const { tasks } = await describeTask(ecs, taskArn);
    expect(tasks?.[0]).toMatchObject({ lastStatus: "STOPPED", stopCode: "InfrastructureHealth" });
    expect(tasks?.[0]?.stoppedReason).toMatch(/^Host lost/);
    expect((await run(ecs, { clientToken: "token" })).taskArn).toBe(taskArn);
    expect(ecs.events.map((event) => event.detail.taskArn)).toContain(taskArn);
  });
});

/** An emulator in a process of its own, to be killed without a chance to tidy up. */
async function startEmulatorProcess(stateDir: string, shell: string) {
  const options = {
    stateDir,
    taskDefinitions: {
      worker: { containerName: "worker", command: ["/bin/sh", "-c", shell], environment: {} },
    },
  };
  const program = `import { startEcs } from "#local/emulators/ecs/start-ecs.ts";
    const { url } = await startEcs(${JSON.stringify(options)});
    process.stdout.write(url);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [url] = await once(child.stdout, "data");
  const ended = once(child, "exit");
  return {
    url: String(url),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
