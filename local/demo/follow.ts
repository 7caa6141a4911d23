import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { isFinal, type RunBody } from "#core/domain/spec/api.ts";
import type { ApiClient } from "../../cli/api-client.ts";
import type { DemoJob, Outcome } from "./jobs.ts";

const LOOK_MS = 150;

/** Submits a job over HTTP and follows it to its end, telling each change as one line. */
export async function runJob(
  api: ApiClient,
  job: DemoJob,
  tell: (line: string) => void,
): Promise<Outcome> {
  let { run } = await api.submit(job.input, randomUUID());
  let said = "";
  let cancelled = false;
  for (;;) {
    const line = lineOf(run);
    if (line !== said) tell(line);
    said = line;
    if (isFinal(run.phase)) break;
    if (job.cancelWhenRunning && run.phase === "Running" && !cancelled) {
      cancelled = true;
      await api.cancel(run.id, "the demo has seen enough");
    }
    await pause(LOOK_MS);
    run = await api.run(run.id);
  }
  return { run, output: await outputOf(api, run.id) };
}

function lineOf(run: RunBody): string {
  const attempt = run.attempts > 0 ? ` · attempt ${run.attempts}` : "";
  const why = run.stopping ? "stopping" : [run.reason, run.message].filter(Boolean).join(": ");
  return `${run.phase}${attempt}${why ? ` · ${why}` : ""}`;
}

async function outputOf(api: ApiClient, id: string): Promise<string> {
  let text = "";
  let cursor = "0.0";
  for (;;) {
    const page = await api.logs(id, cursor, 5);
    text += page.pieces
      .filter(({ stream }) => stream === "stdout")
      .map((piece) => piece.text)
      .join("");
    cursor = page.next;
    if (page.complete) return text;
  }
}
