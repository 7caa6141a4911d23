import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { CliError, EXIT } from "./cli-error.ts";
import { addAudit } from "./commands/audit.ts";
import { addCancel } from "./commands/cancel.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addExplain } from "./commands/explain.ts";
import { addFence } from "./commands/fence.ts";
import { addGet } from "./commands/get.ts";
import { addKey } from "./commands/key.ts";
import { addList } from "./commands/list.ts";
import { addLogs } from "./commands/logs.ts";
import { addResume, addSetPriority, addSuspend } from "./commands/patch.ts";
import { addProvider } from "./commands/provider.ts";
import { addQueue } from "./commands/queue.ts";
import { addRerun } from "./commands/rerun.ts";
import { addRun } from "./commands/run.ts";
import { addScheduler } from "./commands/scheduler.ts";
import { addTemplate } from "./commands/template.ts";
import { addUp } from "./commands/up.ts";
import { addUsage } from "./commands/usage.ts";
import { addWorkers } from "./commands/workers.ts";
import { exitWhenNobodyReads, helpOutput, showFailure } from "./output.ts";

const HELP = `
First steps:
  $ hodei up                                   start everything on this machine
  $ hodei run --follow -- echo hello           run something and watch it
  $ hodei list                                 see what there is
  $ hodei logs -f <id>                         see the output of a run
  $ hodei help run                             all about one command

Environment:
  HODEI_URL      address of the API; without it that of local mode in this directory,
                 else http://127.0.0.1:7300
  HODEI_API_KEY  who is calling; without it the key of local mode in this directory
  NO_COLOR       no colours

Exit codes:
  0 done · 1 refused or not reachable · 2 wrong usage
  fence check: 75 superseded, 69 nobody could be asked
  run --follow: the job's own; 128+n killed by signal n, 124 out of time, 130 cancelled or left`;

/** The command line. Answers the exit code; prints every failure itself. */
export async function main(argv: readonly string[]): Promise<number> {
  exitWhenNobodyReads();
  let exitCode: number = EXIT.ok;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv.length === 0 ? ["help"] : [...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    await showFailure(error, argv.includes("--json"));
    return error instanceof CliError ? error.exitCode : EXIT.failed;
  }
}

/** All commands; `finish` is told the exit code of those that have one of their own. */
export function createProgram(finish: (exitCode: number) => void): Command {
  const program = new Command("hodei")
    .description("Run jobs on machines that come and go by themselves.")
    .version(readVersion(), "-V, --version", "show the version")
    .enablePositionalOptions()
    // What follows is inherited by the commands below.
    .exitOverride()
    .configureOutput(helpOutput)
    .showHelpAfterError("(--help shows what is possible)")
    .addHelpText("after", HELP);
  addUp(program, finish);
  addRun(program, finish);
  addList(program, finish);
  addGet(program, finish);
  addExplain(program);
  addLogs(program, finish);
  addUsage(program, finish);
  addCancel(program);
  addFence(program);
  addTemplate(program, finish);
  addRerun(program, finish);
  addSuspend(program);
  addResume(program);
  addSetPriority(program);
  addQueue(program);
  addScheduler(program);
  addWorkers(program);
  addProvider(program);
  addKey(program);
  addAudit(program);
  addDoctor(program, finish);
  return program;
}

function readVersion(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
