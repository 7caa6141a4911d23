import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPgClient } from "#adapters/store/drivers/pg.ts";
import { defineStatement } from "#adapters/store/sql-client.ts";
import { hodei, processesWith, startUp, type Up } from "../support/hodei-process.ts";
import { until } from "../support/until.ts";

const stateDir = mkdtempSync(join(tmpdir(), "hodei-up-"));
let up: Up;
const cli = (...args: string[]) => hodei(args, up.env);
const lines = async (...args: string[]) =>
  (await cli(...args, "--json")).stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
/** Queues a command and answers the run's id. */
const submit = async (...command: string[]): Promise<string> =>
  JSON.parse((await cli("run", "--json", "--", ...command)).stdout).id;
const phaseOf = async (id: string): Promise<string> => {
  const response = await up.get(`/v1/runs/${id}`);
  return ((await response.json()) as { phase: string }).phase;
};

beforeAll(async () => {
  up = await startUp(stateDir, ["--tick-ms", "1000"]);
});
afterAll(async () => {
  up.child.kill("SIGTERM");
  await up.ended;
  rmSync(stateDir, { recursive: true, force: true });
});

describe("hodei up, and the commands against it", () => {
  test("run --follow shows the output and ends with the job's exit code", async () => {
    const ran = await cli(
      "run",
      "--follow",
      "--",
      "sh",
      "-c",
      "echo to-out; echo to-err >&2; exit 7",
    );
    expect(ran.code).toBe(7);
    expect(ran.stdout).toContain("to-out");
    expect(ran.stderr).toContain("to-err");
    expect(ran.stdout).not.toContain("to-err");
  });

  test("run -f takes a file; get, list, logs and workers show what became of it", async () => {
    const ran = await cli("run", "--follow", "-f", "examples/flaky.yaml");
    expect(ran.code).toBe(0);
    const run = (await lines("list", "--phase", "Succeeded")).find(({ name }) => name === "flaky");
    expect(run).toMatchObject({ phase: "Succeeded", attempts: 3, reason: "Completed" });
    expect((await cli("get", run.id)).stdout).toContain("AttemptFailed");
    expect((await cli("logs", run.id)).stdout).toBe("attempt 3 succeeds\n");
    const verified = await cli("logs", "verify", run.id);
    expect(verified).toMatchObject({ code: 0 });
    expect(verified.stdout).toMatch(/^3 +complete /m);
    expect((await cli("workers")).stdout).toContain("Ready");
  });

  const withKey = () => ({ authorization: `Bearer ${up.env.HODEI_API_KEY}` });
  test("explain says why a run waits, where it went, and obeys what is configured", async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const waits = JSON.parse(
      (await cli("run", "--json", "--start-after", later, "--", "true")).stdout,
    ).id;
    const explained = await cli("explain", waits);
    expect(explained).toMatchObject({ code: 0 });
    expect(explained.stdout).toMatch(/^Verdict {2,}NOT_YET$/m);
    expect(explained.stdout).toContain("StartAfter");
    await cli("cancel", waits);
    const put = await fetch(`${up.url}/v1/scheduler`, {
      method: "PUT",
      headers: { "content-type": "application/json", ...withKey() },
      body: JSON.stringify({ strategy: "least-loaded" }),
    });
    expect(await put.json()).toMatchObject({ strategy: "least-loaded", version: 1 });
    const done = await submit("true");
    await until("it is done", async () => (await phaseOf(done)) === "Succeeded");
    const [explanation] = await lines("explain", done);
    expect(explanation).toMatchObject({
      ...{ verdict: "FINISHED", summary: "it is Succeeded: Completed" },
      decision: { reasons: [expect.any(String)] },
    });
    const { decision, workerId } = explanation;
    const events = await lines("get", done);
    expect(events[0].attempts.at(-1)).toMatchObject({ workerId });
    expect(["least-loaded", "packing"]).toContain(decision.strategy); // a look may be 2 s old
    await fetch(`${up.url}/v1/scheduler`, {
      method: "PUT",
      headers: { "content-type": "application/json", ...withKey() },
      body: "{}",
    });
  });

  test("the job's environment holds its own variables and none of the worker's secrets", async () => {
    const ran = await cli("run", "--follow", "--env", "MINE=1", "--", "env");
    expect(ran.stdout).toContain("MINE=1");
    expect(ran.stdout).not.toMatch(/TOKEN|SERVER_ADDRESS|AWS_|DATABASE/);
  });

  test("cancel stops a running job; a second cancel of the finished one is refused", async () => {
    const id = await submit("sleep", "60");
    await until("it runs", async () => (await phaseOf(id)) === "Running");
    expect((await cli("cancel", id)).code).toBe(0);
    await until("it is cancelled", async () => (await phaseOf(id)) === "Cancelled");
    const done = await submit("true");
    await until("it is finished", async () => (await phaseOf(done)) === "Succeeded");
    const refused = await cli("cancel", done);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/Succeeded already/);
  });

  test("a suspended run waits for its resume, and is watched to its end without a gap", async () => {
    const suspended = await cli("run", "--json", "--suspend", "--", "echo", "at last");
    const { id, reason, deadlineAt } = JSON.parse(suspended.stdout);
    expect({ reason, deadlineAt }).toEqual({ reason: "Suspended", deadlineAt: null });
    expect((await cli("set-priority", id, "-5")).code).toBe(0);
    const watched = cli("get", "--watch", "--json", id);
    expect((await cli("resume", id)).stdout).toContain(`${id} is resumed`);
    const { code, stdout } = await watched;
    const told = stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    const events = told.flatMap(({ event }) => event ?? []);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1));
    expect(events.map(({ type }) => type)).toEqual([
      ...["Submitted", "PriorityChanged", "Resumed", "Assigned", "Started"],
      ...["AttemptSucceeded", "Finished"],
    ]);
    expect(told.at(-1)).toMatchObject({ type: "run", run: { phase: "Succeeded", priority: -5 } });
    expect(code).toBe(0);
    const refused = await cli("suspend", id);
    expect(refused.stderr).toMatch(/Succeeded already/);
  });

  test("runs are cancelled by their label, and no others", async () => {
    const mine = ["--label", "batch=e2e", "--suspend"];
    for (let n = 0; n < 3; n += 1) await cli("run", ...mine, "--", "true");
    const other = await cli("run", "--label", "batch=other", "--suspend", "--", "true");
    expect((await cli("cancel", "-l", "batch=e2e", "--yes")).stdout).toBe(
      "3 cancelled, 0 being stopped\n",
    );
    expect(await phaseOf(other.stdout.trim())).toBe("Pending");
    await cli("cancel", other.stdout.trim());
  });

  test("a bad spec is refused with the path of the field, and nothing is stored", async () => {
    const before = (await lines("list")).length;
    const refused = await cli("run", "--cpu", "99999", "--", "true");
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/cpu/);
    expect((await lines("list")).length).toBe(before);
  });

  test("local.json names its Postgres, whose password lies in a file of its own", async () => {
    const announced = readFileSync(join(stateDir, "local.json"), "utf8");
    const password = readFileSync(join(stateDir, "postgres", "password"), "utf8").trim();
    expect(announced).not.toContain(password);
    const url = new URL((JSON.parse(announced) as { database: string }).database);
    url.password = password;
    const sql = createPgClient({ url: url.href, poolSize: 1, applicationName: "test" });
    const ask = defineStatement(
      "ask",
      "select to_jsonb(hodei.fence_ok(gen_random_uuid(), 1)) as doc",
    );
    expect(await sql.query(ask, {})).toEqual([false]);
    await sql.close();
  });

  test("a second local mode on the same folder says who holds it", async () => {
    const second = await hodei(["up", "--state-dir", stateDir, "--port", "0", "--grpc-port", "0"]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain("already running");
  });
});

describe("Ctrl-C and a new start", () => {
  test("no process is left, and the state goes on where it stopped", async () => {
    const id = await submit("sh", "-c", "test $HODEI_ATTEMPT -gt 1 || sleep 60");
    await until("it runs", async () => (await phaseOf(id)) === "Running");
    up.child.kill("SIGINT");
    expect((await up.ended).code).toBe(0);
    expect(processesWith(stateDir)).toEqual([]);

    up = await startUp(stateDir, ["--tick-ms", "1000"]);
    await until("it is finished", async () => (await phaseOf(id)) === "Succeeded", 60_000);
    expect((await lines("list")).length).toBeGreaterThan(3);
  });

  test("killed outright, it leaves nothing that lives on, and starts again", async () => {
    up.child.kill("SIGKILL");
    await up.ended;
    up = await startUp(stateDir, ["--tick-ms", "1000"]);
    expect((await cli("run", "--follow", "--", "echo", "still here")).stdout).toContain(
      "still here",
    );
  });
});
