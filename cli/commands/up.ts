import type { Command } from "commander";

/** What `local/main.ts` offers: runs local mode until it is told to stop, answers the exit code. */
interface LocalMode {
  main(argv: string[]): Promise<number>;
}

/** `hodei up`: hands everything over to local mode, which reads its own flags. */
export function addUp(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("up")
    .description("start the whole platform on this machine")
    .argument("[flags...]", "flags of local mode; `hodei up --help` shows them")
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (flags: string[]) => {
      // Loaded only here and only now: every other command is a client that must ship without it.
      const address = new URL("../../local/main.ts", import.meta.url).href;
      const local = (await import(address)) as LocalMode;
      finish(await local.main(flags));
    });
}
