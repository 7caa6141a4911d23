import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DescribeTasksCommand,
  ECSClient,
  RunTaskCommand,
  type RunTaskCommandInput,
  type Task,
} from "@aws-sdk/client-ecs";
import { onTestFinished, vi } from "vitest";
import type { EcsOptions, TaskStateChange } from "#local/emulators/ecs/ecs-options.ts";
import { readProcessTable } from "#local/emulators/ecs/process-table.ts";
import { type EcsEmulator, startEcs } from "#local/emulators/ecs/start-ecs.ts";

const REGION = "eu-west-1";

/** A clock that stands still until it is moved. */
export class HandClock {
  at = Date.UTC(2026, 0, 1);
  readonly now = (): number => this.at;
  advance(ms: number): void {
    this.at += ms;
  }
}

export interface EcsFixture {
  readonly emulator: EcsEmulator;
  readonly client: ECSClient;
  readonly stateDir: string;
  /** Every event so far, in order. */
  readonly events: TaskStateChange[];
}

/** An emulator with one family `worker`, and the real SDK in front of it; both end with the test. */
export async function startEcsFixture(
  shell: string,
  options: Partial<EcsOptions> & { maxAttempts?: number } = {},
): Promise<EcsFixture> {
  const { maxAttempts = 1, ...rest } = options;
  const stateDir = rest.stateDir ?? (await temporaryDirectory());
  const events: TaskStateChange[] = [];
  const emulator = await startEcs({
    region: REGION,
    taskDefinitions: {
      worker: { containerName: "worker", command: ["/bin/sh", "-c", shell], environment: {} },
    },
    onTaskStateChange: (event) => events.push(event),
    ...rest,
    stateDir,
  });
  onTestFinished(() => emulator.close(0));
  return { emulator, client: ecsClient(emulator.url, maxAttempts), stateDir, events };
}

/** The SDK's own client; one attempt shows every fault, two show what the SDK repairs. */
export function ecsClient(endpoint: string, maxAttempts = 1): ECSClient {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new ECSClient({ endpoint, region: REGION, credentials, maxAttempts });
  onTestFinished(() => client.destroy());
  return client;
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "hodei-ecs-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** The task once DescribeTasks shows this status. */
export async function taskBecomes(
  client: ECSClient,
  arn: string,
  lastStatus: string,
): Promise<Task> {
  return vi.waitFor(
    async () => {
      const command = new DescribeTasksCommand({ cluster: "hodei", tasks: [arn] });
      const task = (await client.send(command)).tasks?.[0];
      if (task?.lastStatus !== lastStatus) throw new Error(`${arn} is ${task?.lastStatus}`);
      return task;
    },
    { timeout: 10_000, interval: 100 },
  );
}

/** The output of a task once it matches. */
export async function taskPrints(
  stateDir: string,
  arn: string,
  pattern: RegExp,
): Promise<RegExpExecArray> {
  const file = join(stateDir, "tasks", `${arn.split("/").at(-1)}.log`);
  return vi.waitFor(
    async () => {
      const match = pattern.exec(await readFile(file, "utf8"));
      if (!match) throw new Error(`${file} does not show ${pattern}`);
      return match;
    },
    { timeout: 10_000, interval: 20 },
  );
}

/** Zombies are dead. */
export async function isAlive(pid: number): Promise<boolean> {
  return (await readProcessTable()).some((entry) => entry.pid === pid);
}

/** What a task runs that ends only when it is stopped. */
export const FOREVER = "sleep 3600";
export const cluster = "hodei";

export function runInput(input: Partial<RunTaskCommandInput> = {}): RunTaskCommandInput {
  return {
    cluster,
    taskDefinition: "worker",
    launchType: "FARGATE",
    networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
    ...input,
  };
}

export const withEnvironment = (
  environment: Record<string, string>,
): Partial<RunTaskCommandInput> => ({
  overrides: {
    containerOverrides: [
      {
        name: "worker",
        environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
      },
    ],
  },
});

/** One task, launched and known by its ARN. */
export async function run(
  { client }: Pick<EcsFixture, "client">,
  input?: Partial<RunTaskCommandInput>,
) {
  const answer = await client.send(new RunTaskCommand(runInput(input)));
  const [task] = answer.tasks ?? [];
  if (!task?.taskArn) throw new Error(`no task: ${JSON.stringify(answer.failures)}`);
  return { ...task, taskArn: task.taskArn };
}

export const describeTask = async ({ client }: EcsFixture, arn: string) =>
  client.send(new DescribeTasksCommand({ cluster, tasks: [arn], include: ["TAGS"] }));
