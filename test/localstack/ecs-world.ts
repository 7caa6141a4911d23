import { randomUUID } from "node:crypto";
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  type Task,
} from "@aws-sdk/client-ecs";
import { onTestFinished } from "vitest";
import type { EcsConfig } from "#adapters/providers/ecs/ecs-config.ts";
import { clientOf, REGION } from "./use-double.ts";

export interface EcsWorld {
  readonly client: ECSClient;
  readonly config: EcsConfig;
  readonly clusterArn: string;
  /** A task as DescribeTasks shows it, tags included. */
  task(arn: string): Promise<Task | undefined>;
}

/** A cluster and a task definition of this test alone, made as the infrastructure makes them. */
export async function createEcsWorld(moto: string): Promise<EcsWorld> {
  const client = new ECSClient(clientOf(moto));
  onTestFinished(() => client.destroy());
  await keepRunning(moto);
  const name = `hodei-${randomUUID().slice(0, 8)}`;
  const { cluster } = await client.send(
    new CreateClusterCommand({
      clusterName: name,
      capacityProviders: ["FARGATE", "FARGATE_SPOT"],
    }),
  );
  await client.send(
    new RegisterTaskDefinitionCommand({
      family: name,
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      // moto adds the containers' sizes up, and fails where there is none; Fargate needs none.
      containerDefinitions: [
        { name: "worker", image: "hodei-worker", essential: true, cpu: 256, memory: 512 },
      ],
    }),
  );
  const subnets = await found(moto, "DescribeSubnets", /<subnetId>([^<]+)/g);
  const securityGroups = await found(moto, "DescribeSecurityGroups", /<groupId>([^<]+)/g);
  return {
    client,
    clusterArn: cluster?.clusterArn ?? "",
    config: {
      cluster: name,
      taskDefinition: name,
      family: name,
      containerName: "worker",
      subnets: subnets.slice(0, 2),
      securityGroups: securityGroups.slice(0, 1),
      assignPublicIp: false,
      region: REGION,
    },
    task: async (arn) => {
      const command = new DescribeTasksCommand({ cluster: name, tasks: [arn], include: ["TAGS"] });
      return (await client.send(command)).tasks?.[0];
    },
  };
}

/** Left alone, moto moves a task a state further each time somebody looks at it. */
async function keepRunning(moto: string): Promise<void> {
  const transition = { progression: "manual", times: 1_000_000 };
  const response = await fetch(`${moto}/moto-api/state-manager/set-transition`, {
    method: "POST",
    body: JSON.stringify({ model_name: "ecs::task", transition }),
  });
  if (!response.ok) throw new Error(`set-transition: ${response.status}`);
}

/** What moto's network, which is there from the start, calls these things. */
async function found(moto: string, action: string, pattern: RegExp): Promise<string[]> {
  const credential = `test/20260101/${REGION}/ec2/aws4_request`;
  const response = await fetch(moto, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: `Action=${action}&Version=2016-11-15`,
  });
  return [...(await response.text()).matchAll(pattern)].map(([, id = ""]) => id);
}
