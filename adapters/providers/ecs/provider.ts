import type { DesiredStatus, ECSClient } from "@aws-sdk/client-ecs";
import {
  type Machine,
  type MachineFact,
  type Provider,
  ProviderError,
} from "#core/ports/provider.ts";
import type { EcsCalls } from "./ecs-calls.ts";
import type { EcsConfig } from "./ecs-config.ts";
import {
  conflictingTask,
  failuresToProviderError,
  guarded,
  isTaskNotFound,
  toProviderError,
} from "./ecs-errors.ts";
import { lazyEcsCalls } from "./lazy-ecs-calls.ts";
import { machineOf } from "./machine.ts";
import { runTaskInput } from "./run-task-input.ts";
import { formatStartedBy } from "./started-by.ts";

const DESCRIBE_TASKS_MAX = 100; // ids in one DescribeTasks
const REASON_CHARS_MAX = 255;

/**
 * Machines as Fargate tasks, one task for one worker row. `client` is for tests and for settings
 * of one's own; without it one is made on the first call, from the region and the environment.
 */
export function createEcsProvider(config: EcsConfig, client?: ECSClient): Provider {
  const ecs = lazyEcsCalls(config.region, client);
  return {
    name: "ecs",
    async launch(request, bootstrapToken) {
      const input = runTaskInput(request, bootstrapToken, config);
      try {
        const { tasks, failures } = await (await ecs()).runTask(input);
        const externalId = tasks?.[0]?.taskArn;
        if (!externalId) throw failuresToProviderError(failures ?? []);
        return { externalId };
      } catch (error) {
        const externalId = conflictingTask(error);
        if (externalId) return { externalId };
        throw withoutSecret(toProviderError(error), bootstrapToken);
      }
    },
    describe: (externalIds) => guarded(async () => describe(await ecs(), config, externalIds)),
    find: (installId, workerId) =>
      guarded(async () => {
        const calls = await ecs();
        const startedBy = formatStartedBy({ installId, workerId });
        // The only filter: ECS refuses startedBy together with family. A task told to stop still
        // runs for a while and is listed under STOPPED.
        const running = await listArns(calls, config, { startedBy, desiredStatus: "RUNNING" });
        const stopping = await listArns(calls, config, { startedBy, desiredStatus: "STOPPED" });
        const facts = await describe(calls, config, [...running, ...stopping]);
        return facts.filter(isRunning);
      }),
    list: () =>
      guarded(async () => {
        const calls = await ecs();
        const arns = await listArns(calls, config, { family: config.family });
        return (await describe(calls, config, arns)).filter(isRunning);
      }),
    stop: (externalId, reason) =>
      guarded(async () => {
        const input = { cluster: config.cluster, task: externalId };
        try {
          await (await ecs()).stopTask({ ...input, reason: reason.slice(0, REASON_CHARS_MAX) });
        } catch (error) {
          if (!isTaskNotFound(error)) throw error;
        }
      }),
  };
}

async function describe(
  ecs: EcsCalls,
  { cluster }: EcsConfig,
  externalIds: readonly string[],
): Promise<MachineFact[]> {
  const facts = new Map<string, MachineFact>();
  const unique = [...new Set(externalIds)];
  for (let from = 0; from < unique.length; from += DESCRIBE_TASKS_MAX) {
    const chunk = unique.slice(from, from + DESCRIBE_TASKS_MAX);
    const { tasks = [], failures = [] } = await ecs.describeTasks({ cluster, tasks: chunk });
    for (const task of tasks) facts.set(task.taskArn ?? "", machineOf(task));
    for (const { arn = "", reason } of failures) {
      if (reason === "MISSING") facts.set(arn, { externalId: arn, state: "missing" });
    }
  }
  return externalIds.map((externalId) => {
    const fact = facts.get(externalId);
    // "missing" ends a worker row: never inferred from silence or from a failure of another kind.
    if (!fact)
      throw new ProviderError("unavailable", `DescribeTasks said nothing of ${externalId}`);
    return fact;
  });
}

const isRunning = (fact: MachineFact): fact is Machine =>
  fact.state !== "missing" && fact.state !== "stopped";

async function listArns(
  ecs: EcsCalls,
  { cluster }: EcsConfig,
  filter: { startedBy?: string; family?: string; desiredStatus?: DesiredStatus },
): Promise<string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecs.listTasks({ cluster, ...filter, nextToken });
    arns.push(...(page.taskArns ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  return arns;
}

/** ECS may quote the refused overrides, and these hold the worker's one-shot secret. */
function withoutSecret(error: ProviderError, secret: string): ProviderError {
  if (!secret || !error.message.includes(secret)) return error;
  return new ProviderError(error.kind, error.message.replaceAll(secret, "[secret]"));
}
