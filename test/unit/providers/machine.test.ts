import type { Task } from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import { machineOf } from "#adapters/providers/ecs/machine.ts";
import { formatStartedBy, parseStartedBy } from "#adapters/providers/ecs/started-by.ts";

const createdAt = new Date("2026-01-01T00:00:00Z");
const task = (fields: Task = {}): Task => ({
  taskArn: "arn:1",
  startedBy: "hodei/install/worker",
  lastStatus: "RUNNING",
  desiredStatus: "RUNNING",
  createdAt,
  ...fields,
});

describe("machineOf", () => {
  test("shows a running task", () => {
    expect(machineOf(task())).toEqual({
      externalId: "arn:1",
      installId: "install",
      workerId: "worker",
      state: "running",
      createdAtMs: createdAt.getTime(),
      stoppedReason: null,
      interrupted: false,
    });
  });

  test.each([
    ["PROVISIONING", "RUNNING", "starting"],
    ["PENDING", "RUNNING", "starting"],
    ["ACTIVATING", "RUNNING", "starting"],
    ["RUNNING", "RUNNING", "running"],
    ["PENDING", "STOPPED", "stopping"],
    ["RUNNING", "STOPPED", "stopping"],
    ["DEACTIVATING", "RUNNING", "stopping"],
    ["STOPPING", "STOPPED", "stopping"],
    ["DEPROVISIONING", "STOPPED", "stopping"],
    ["STOPPED", "STOPPED", "stopped"],
    ["DELETED", "STOPPED", "stopped"],
  ])("%s wanted %s is %s", (lastStatus, desiredStatus, state) => {
    expect(machineOf(task({ lastStatus, desiredStatus })).state).toBe(state);
  });

  test("says why it stopped, with what its containers say", () => {
    const stopped = task({
      lastStatus: "STOPPED",
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      containers: [
        { name: "worker", exitCode: 137, reason: "OutOfMemoryError: killed" },
        { name: "sidecar" },
        { name: "init", exitCode: 0 },
      ],
    });
    expect(machineOf(stopped).stoppedReason).toBe(
      "EssentialContainerExited: Essential container in task exited; " +
        "worker exit code 137: OutOfMemoryError: killed; init exit code 0",
    );
    expect(machineOf(task({ lastStatus: "STOPPED" })).stoppedReason).toBe("no reason given");
  });

  test.each([
    ["SpotInterruption", true],
    ["TerminationNotice", true],
    ["EssentialContainerExited", false],
    ["UserInitiated", false],
    ["TaskFailedToStart", false],
  ] as const)("a stop code %s means interrupted: %s", (stopCode, interrupted) => {
    expect(machineOf(task({ lastStatus: "STOPPED", stopCode })).interrupted).toBe(interrupted);
  });

  test("does not know the owner of a task somebody else started", () => {
    expect(machineOf(task({ startedBy: "ecs-svc/123" }))).toMatchObject({
      installId: null,
      workerId: null,
    });
  });
});

describe("startedBy", () => {
  test("gives back what was written into it", () => {
    const owner = { installId: "prod_1", workerId: "0198c1e2-aaaa" };
    expect(parseStartedBy(formatStartedBy(owner))).toEqual(owner);
  });

  test.each([undefined, "", "hodei/", "hodei/a", "hodei/a/b/c", "other/a/b", "hodei/a/b:c"])(
    "is not ours: %s",
    (text) => {
      expect(parseStartedBy(text)).toBeNull();
    },
  );
});
