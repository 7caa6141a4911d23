import { type CliTest, type CliTestHooks, createCliTest } from "./test-cli.ts";

const open: CliTest[] = [];

/** A server and a command line for one test; `endEach` after every test ends what was set up. */
export async function setUp(hooks: CliTestHooks = {}): Promise<CliTest> {
  const test = await createCliTest(hooks);
  open.push(test);
  return test;
}

export async function endEach(): Promise<void> {
  await Promise.all(open.splice(0).map((test) => test.close()));
}

/** The documents of NDJSON output. */
export const lines = (text: string): unknown[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
