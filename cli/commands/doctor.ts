import type { Command } from "commander";
import { ApiProblem } from "../api-problem.ts";
import { CliError, EXIT } from "../cli-error.ts";
import { diagnose, type Finding, type Health } from "../diagnose.ts";
import type { Tone } from "../output.ts";
import { textCell } from "../show-runs.ts";
import {
  type CommandContext,
  type CommonOptions,
  createContext,
  withCommonOptions,
} from "./context.ts";

/** `hodei doctor`: what is wrong with the install, and where to read on. */
export function addDoctor(program: Command, finish: (exitCode: number) => void): void {
  const command = program.command("doctor").description("say what is wrong with the install");
  withCommonOptions(command, ["hodei doctor", "hodei doctor --json | jq .health"]).action(
    async (options: CommonOptions) => finish(await doctor(createContext(options))),
  );
}

async function doctor({ api, output }: CommandContext): Promise<number> {
  const findings = await examine(api);
  if (output.json) for (const finding of findings) await output.value(finding);
  else {
    const rows = findings.map(({ health, part, message, next }) => [
      { text: health, tone: TONES[health] },
      textCell(part),
      textCell(next === null ? message : `${message} → ${next}`),
    ]);
    await output.table([], rows);
  }
  return findings.some(({ health }) => health === "fail") ? EXIT.failed : EXIT.ok;
}

const TONES: Readonly<Record<Health, Tone>> = { ok: "good", warn: "busy", fail: "bad" };

async function examine(api: CommandContext["api"]): Promise<Finding[]> {
  try {
    const [seen, queue] = await Promise.all([api.invariants(), api.queue()]);
    const answers = `version ${seen.platform.version} answers`;
    return [
      { health: "ok", part: "api", message: answers, next: null },
      { health: "ok", part: "key", message: `allows ${seen.scope}`, next: null },
      ...diagnose(seen, queue),
    ];
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return [failureOf(error)];
  }
}

/** Nothing else can be asked then. */
function failureOf(error: CliError): Finding {
  const { message, hint: next } = error;
  if (!(error instanceof ApiProblem)) return { health: "fail", part: "api", message, next };
  const { code } = error.problem;
  const isKey = code === "Unauthenticated" || code === "Forbidden";
  const part = isKey ? "key" : code === "StoreUnavailable" ? "database" : "api";
  return { health: "fail", part, message, next };
}
