import { expect, test } from "vitest";
import { oncePerExecution } from "../../../gateway/once-per-execution.ts";

const claim = (executionId: string, workerId: string, resultId = "r") => ({
  executionId,
  workerId,
  resultId,
  fence: 1,
  epoch: 1,
});

/** Answers every claim with who made it; remembers what stood in one statement. */
function recorder() {
  const statements: string[][] = [];
  const run = async (claims: ReturnType<typeof claim>[]) => {
    statements.push(claims.map(({ executionId, workerId }) => `${executionId}/${workerId}`));
    return claims.map(({ workerId, resultId }) => `${workerId} ${resultId}`);
  };
  return { statements, run };
}

test("different executions go together, answered in order", async () => {
  const { statements, run } = recorder();
  const claims = [claim("a", "w1"), claim("b", "w2"), claim("c", "w3")];
  expect(await oncePerExecution(claims, run)).toEqual(["w1 r", "w2 r", "w3 r"]);
  expect(statements).toEqual([["a/w1", "b/w2", "c/w3"]]);
});

test("a stranger's claim of the same execution waits for the next statement", async () => {
  const { statements, run } = recorder();
  const claims = [
    claim("a", "w1"),
    claim("a", "stranger"),
    claim("b", "w2"),
    claim("a", "w1", "x"),
  ];
  expect(await oncePerExecution(claims, run)).toEqual(["w1 r", "stranger r", "w2 r", "w1 x"]);
  expect(statements).toEqual([["a/w1", "b/w2"], ["a/stranger"], ["a/w1"]]);
});

test("the very same claim stands once and is answered each time", async () => {
  const { statements, run } = recorder();
  const claims = [claim("a", "w1"), claim("a", "w1"), claim("a", "w1")];
  expect(await oncePerExecution(claims, run)).toEqual(["w1 r", "w1 r", "w1 r"]);
  expect(statements).toEqual([["a/w1"]]);
});

test("nothing asks nothing", async () => {
  const { statements, run } = recorder();
  expect(await oncePerExecution([], run)).toEqual([]);
  expect(statements).toEqual([]);
});
