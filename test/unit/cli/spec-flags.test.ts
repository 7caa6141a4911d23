import { Command } from "commander";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { parseRunSpec } from "#core/domain/spec/parse-run-spec.ts";
import { runInputSchema } from "#core/domain/spec/run-input-schema.ts";
import { createProgram } from "../../../cli/main.ts";
import { addSpecFlags, FILE_ONLY, readSpecFlags, SPEC_FLAGS } from "../../../cli/spec-flags.ts";

/** Every place of the schema that holds a value: `name`, `resources.cpu`, … */
function fieldsOf(schema: z.ZodMiniObject): string[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const inner = field instanceof z.ZodMiniOptional ? field.def.innerType : field;
    return inner instanceof z.ZodMiniObject
      ? fieldsOf(inner).map((rest) => `${name}.${rest}`)
      : [name];
  });
}

describe("the flags of hodei run", () => {
  it("and the fields that only a file can have are all fields there are, each once", () => {
    const covered = [...SPEC_FLAGS.map(({ field }) => field), ...Object.keys(FILE_ONLY)];
    expect(covered.toSorted()).toEqual(fieldsOf(runInputSchema).toSorted());
    for (const reason of Object.values(FILE_ONLY)) expect(reason.length).toBeGreaterThan(10);
  });

  it("have one good value each that the parser takes and a spec that shows it", () => {
    const good: Readonly<Record<string, string>> = {
      "--name": "a-name",
      "--shell": "exit 3",
      "--env": "A=B=C",
      "--workdir": "/srv",
      "--cpu": "2",
      "--memory": "3Gi",
      "--label": "team=x",
      "--node-selector": "zone=b",
      "--priority": "-7",
      "--backoff-limit": "3",
      "--backoff-initial": "1m",
      "--infrastructure-limit": "9",
      "--deadline": "2h",
      "--timeout": "90",
      "--grace": "20s",
      "--ttl": "1d",
      "--start-after": "2030-01-01T00:00:00Z",
      "--replacement": "AfterLost",
    };
    const defaults = parseRunSpec({ shell: "true" });
    for (const { flags } of SPEC_FLAGS) {
      const [flag = "", placeholder] = flags.split(" ");
      const words = placeholder === undefined ? [flag] : [flag, good[flag] ?? "missing here"];
      const options = addSpecFlags(new Command()).parse(words, { from: "user" }).opts();
      const spec = parseRunSpec({ shell: "true", ...readSpecFlags(options) });
      expect(spec, flag).not.toEqual(defaults);
    }
  });
});

describe("help", () => {
  // A command with parts of its own stands for them: `hodei key create` and so on.
  const commands = createProgram(() => {}).commands.flatMap((command) =>
    command.commands.length > 0 ? command.commands : [command],
  );
  const nameOf = (command: Command): string =>
    [command.parent, command].flatMap((one) => (one?.parent ? [one.name()] : [])).join(" ");

  const ASK_NO_API = ["up", "fence check"];

  it.each(
    commands
      .map((command) => [nameOf(command), command] as const)
      .filter(([name]) => !ASK_NO_API.includes(name)),
  )("of %s has examples, a server and JSON", (name, command) => {
    let help = "";
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(help).toContain("Examples:");
    expect(help).toContain(`$ hodei ${name}`);
    expect(help).toContain("--server <url>");
    expect(help).toContain("--json");
  });

  it("describes every option and argument", () => {
    for (const command of commands.flatMap((one) => [one, ...one.commands])) {
      for (const option of command.options) expect(option.description, option.flags).not.toBe("");
      for (const argument of command.registeredArguments) {
        expect(argument.description, `${command.name()} ${argument.name()}`).not.toBe("");
      }
    }
  });
});
