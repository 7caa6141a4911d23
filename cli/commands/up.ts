import type { Command } from "commander";
import { usageError } from "../cli-error.ts";

/** What `local/main.ts` offers: runs local mode until it is told to stop, answers the exit code. */
interface LocalMode {
  main(argv: string[]): Promise<number>;
}

const HELP = `
Flags:
  --port <n>          port of the HTTP API (7300)
  --grpc-port <n>     port of the gateway that workers connect to
  --state-dir <path>  where everything is kept, .hodei in this directory by default
  --tick-ms <n>       how often everything is looked at without a hint (5000; a minute on AWS)
  --launch-delay-ms <n>  how long a machine takes to start, to feel like Fargate (0)

Examples:
  $ hodei up
  $ hodei up --port 8080 --state-dir /tmp/hodei`;

/** `hodei up`: hands everything over to local mode, which reads its own flags. */
export function addUp(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("up")
    .description("start the whole platform on this machine")
    .argument("[flags...]", "passed on to local mode")
    .allowUnknownOption()
    .passThroughOptions()
    .addHelpText("after", HELP)
    .action(async (flags: string[]) => {
      // Loaded only here and only now: every other command is a client that must ship without it.
      const address = new URL("../../local/main.ts", import.meta.url).href;
      const local = (await import(address)) as LocalMode;
      finish(await local.main(flags).catch(refuseBadFlags));
    });
}

/** Local mode parses its flags with Node's own parser, whose complaints are about usage. */
function refuseBadFlags(error: unknown): never {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!code.startsWith("ERR_PARSE_ARGS_")) throw error;
  throw usageError((error as Error).message, "hodei up --help");
}
