import fc from "fast-check";
import { expect, test } from "vitest";
import { jobEnvironment } from "../../../worker/environment.ts";
import { jobCommandOf } from "./job-command-of.ts";

const INHERITED = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"];
const OURS = [
  ...["HODEI_RUN_ID", "HODEI_RUN_NAME", "HODEI_ATTEMPT", "HODEI_EXECUTION_ID", "HODEI_FENCE"],
];
const NOTHING = { parametersFile: null, tools: null };
const TOOLS = { binDir: "/place/bin", socket: "/place/bin/fence.sock" };
const name = fc.oneof(
  fc.constantFrom(...INHERITED, ...OURS, "HODEI_OTP_TOKEN", "HODEI_FENCE_SOCKET"),
  fc.string(),
);
const variables = fc.dictionary(name, fc.string());

test("holds the allow-list, the run's own and the platform's names, and nothing else", () => {
  fc.assert(
    fc.property(variables, variables, (agent, env) => {
      const command = jobCommandOf({ env });
      const job = jobEnvironment(agent, command, NOTHING);
      for (const key of Object.keys(job)) {
        const allowed = OURS.includes(key) || Object.hasOwn(env, key) || INHERITED.includes(key);
        expect(allowed).toBe(true);
        if (OURS.includes(key)) continue;
        expect(job[key]).toBe(Object.hasOwn(env, key) ? env[key] : agent[key]);
      }
      expect(job).toMatchObject({
        HODEI_RUN_ID: command.runId,
        HODEI_RUN_NAME: command.runName,
        HODEI_ATTEMPT: String(command.attempt),
        HODEI_EXECUTION_ID: command.executionId,
        HODEI_FENCE: String(command.fence),
      });
    }),
  );
});

test("where the worker has tools they are on the path, last, and the socket is the worker's", () => {
  fc.assert(
    fc.property(variables, variables, (agent, env) => {
      const without = jobEnvironment(agent, jobCommandOf({ env }), NOTHING);
      const job = jobEnvironment(agent, jobCommandOf({ env }), { ...NOTHING, tools: TOOLS });
      const path = without.PATH ? { PATH: `${without.PATH}:/place/bin` } : {};
      expect(job).toEqual({ ...without, ...path, HODEI_FENCE_SOCKET: TOOLS.socket });
    }),
  );
});

test("what is not set for the agent is not set for the job", () => {
  expect(Object.keys(jobEnvironment({ HOME: undefined }, jobCommandOf(), NOTHING)).sort()).toEqual(
    [...OURS].sort(),
  );
});
