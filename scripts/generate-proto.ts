/** Generates `proto/gen` from the .proto files with the tools of node_modules, offline. */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
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
      strategy: "all", // once for all folders: they share what they import
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
buf("generate", "--template", JSON.stringify(template));
// A client nobody uses can be left out of a bundle, with the messages that only it names.
const client = /(?<== )makeGenericClientConstructor\(/g;
for (const file of globSync("hodei{,/**/*}.ts", { cwd: out })) {
  const messages = readFileSync(`${out}/${file}`, "utf8");
  writeFileSync(`${out}/${file}`, messages.replaceAll(client, "/* @__PURE__ */ $&"));
}
// Without comments: what publishes them drops comments.
const descriptors = buf("build", "--exclude-source-info", "-o", "-#format=binpb");
writeFileSync(
  `${out}/descriptor-set.ts`,
  `/** The .proto files with their imports, as reflection publishes them. Generated. */\nexport const DESCRIPTOR_SET =\n  "${descriptors.toString("base64")}";\n`,
);
