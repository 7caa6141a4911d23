/** Generates `proto/gen` from `proto/hodei.proto` with the tools of node_modules, offline. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = process.argv[2] ?? `${root}/proto/gen`;
const buf = (...args: string[]) =>
  execFileSync(`${root}/node_modules/.bin/buf`, args, {
    cwd: `${root}/proto`,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, PATH: `${root}/node_modules/.bin:${process.env.PATH}` },
  });

const template = {
  version: "v2",
  plugins: [
    {
      local: "protoc-gen-ts_proto",
      out,
      opt: [
        "esModuleInterop=true",
        "importSuffix=.ts",
        "outputServices=grpc-js",
        "enumsAsLiterals=true",
        "forceLong=number",
        "useOptionals=messages",
        "oneof=unions-value",
        "outputJsonMethods=false",
        "annotateFilesWithVersion=false",
      ],
    },
  ],
};
buf("generate", "--template", JSON.stringify(template), "--path", "hodei.proto");
// A client nobody uses can be left out of a bundle, with the messages that only it names.
const messages = readFileSync(`${out}/hodei.ts`, "utf8");
const client = /(?<== )makeGenericClientConstructor\(/g;
writeFileSync(`${out}/hodei.ts`, messages.replaceAll(client, "/* @__PURE__ */ $&"));
const descriptors = buf("build", "--path", "hodei.proto", "-o", "-#format=binpb");
writeFileSync(
  `${out}/descriptor-set.ts`,
  `/** hodei.proto with its imports, as reflection publishes it. Generated. */\nexport const DESCRIPTOR_SET =\n  "${descriptors.toString("base64")}";\n`,
);
