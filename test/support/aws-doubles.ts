/** Global setup of `test/localstack`: the doubles that others wrote, and the word of what they are. */
import type { TestProject } from "vitest/node";
import { type Double, startDouble } from "./start-double.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** SQS, EventBridge, Secrets Manager. */
    localstack: Double;
    /** ECS, and SQS once more. */
    moto: Double;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [localstack, moto] = await Promise.all([startDouble("localstack"), startDouble("moto")]);
  say("LocalStack", "SQS, EventBridge, Secrets Manager", localstack.double);
  say("moto", "ECS, SQS", moto.double);
  project.provide("localstack", localstack.double);
  project.provide("moto", moto.double);
  return async () => {
    await Promise.all([localstack.close(), moto.close()]);
  };
}

function say(name: string, services: string, double: Double): void {
  const said = "lack" in double ? `not there: ${double.lack}` : `${double.what} plays ${services}`;
  process.stdout.write(`${name}: ${said}\n`);
}
