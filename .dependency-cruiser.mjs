/**
 * The import law: `npm run imports`. Each rule says why it exists; `test/house/import-law.test.ts`
 * plants bad imports and expects every rule to bite. The picture:
 *
 *   core/domain <- core/ports <- core/application <- functions/ gateway/   (compose adapters/)
 *   proto/gen   <- gateway/ worker/          cli/ -HTTP-> functions/      worker/ -gRPC-> gateway/
 *   local/      composes all of it on one machine
 *   bench/      measures it
 */
const ENTRY = "^(functions|gateway|worker|cli|local)/";
const NODE_MODULES = "(^|/)node_modules/";

const CORE = [
  {
    name: "domain-is-pure",
    comment:
      "core/domain decides and never acts: no package, no Node built-in, nothing outside itself. Pass the value in (now, draw, limits).",
    from: { path: "^core/domain/", pathNot: "^core/domain/(spec/|schedule/fire-times[.]ts$)" },
    to: { pathNot: "^core/domain/" },
  },
  {
    name: "fire-times-know-only-croner",
    comment:
      "One file of core/domain may ask the library that reads cron expressions: it is pure too, where the instant is given.",
    from: { path: "^core/domain/schedule/fire-times[.]ts$" },
    to: { pathNot: ["^core/domain/", `${NODE_MODULES}croner/`] },
  },
  {
    name: "spec-knows-only-zod",
    comment:
      "core/domain/spec parses what people send and may use the one schema library, by name; it stays free of everything else, because the CLI ships it.",
    from: { path: "^core/domain/spec/" },
    to: { pathNot: ["^core/domain/", `${NODE_MODULES}zod/`] },
  },
  {
    name: "ports-speak-domain",
    comment: "A port is an interface in domain words. If it needs an SDK type, the SDK leaked.",
    from: { path: "^core/ports/" },
    to: { pathNot: "^core/(domain|ports)/" },
  },
  {
    name: "application-knows-no-adapter",
    comment:
      "Use cases receive ports as arguments; an entry point wires the adapter. node:crypto is allowed: a SHA-256 of the caller's document is a pure function that the language lacks.",
    from: { path: "^core/application/" },
    to: { pathNot: ["^core/", "^(node:)?crypto$"] },
  },
];

const ADAPTERS = [
  {
    name: "adapters-do-not-drive",
    comment: "Adapters implement ports. A use case called from an adapter hides the control flow.",
    from: { path: "^adapters/" },
    to: { path: ["^core/application/", ENTRY, "^scripts/", "^proto/"] },
  },
  {
    name: "adapters-are-strangers",
    comment:
      "Deleting one adapter folder must break no other adapter; compose.ts brings them together.",
    from: { path: "^adapters/((?:providers/)?[^/]+)/" },
    to: { path: "^adapters/", pathNot: "^adapters/$1/" },
  },
];

const ENTRY_POINTS = [
  {
    name: "entry-points-are-strangers",
    comment:
      "functions, gateway, worker and cli never import one another. Only local/ composes them.",
    from: { path: "^(functions|gateway|worker|cli)/", pathNot: "^cli/commands/up[.]ts$" },
    to: { path: ENTRY, pathNot: "^$1/" },
  },
  {
    name: "up-loads-local-lazily",
    comment:
      "`hodei up` may hand over to local mode, when it is asked for and not before: every other command is a client that ships without it.",
    from: { path: "^cli/commands/up[.]ts$" },
    to: { path: ENTRY, pathNot: "^cli/", dynamic: false },
  },
  {
    name: "compose-wires-the-adapters",
    comment:
      "In functions/ and gateway/ the adapters are chosen where the program starts (main, compose, config, the maintenance functions); everything else sees ports. consumers/wake.ts reads the messages that the SQS adapter writes, so it asks that adapter what is one. Types alone choose nothing.",
    from: {
      path: "^(functions|gateway)/",
      pathNot:
        "^(functions|gateway)/((compose[a-z-]*|config|main|consumers/wake)[.]ts$|maintenance/)",
    },
    to: { path: "^adapters/", dependencyTypesNot: ["type-only"] },
  },
  {
    name: "worker-is-a-client",
    comment:
      "The worker speaks the wire contract and ships without our database code. It reads limits.ts, so that both sides of the wire know the same bounds.",
    from: { path: "^worker/" },
    to: { path: "^(core|adapters|scripts)/", pathNot: "^core/domain/(limits[.]ts$|spec/)" },
  },
  {
    name: "cli-is-a-client",
    comment: "The CLI speaks HTTP; it shares the shapes of spec/ with the server and nothing else.",
    from: { path: "^cli/" },
    to: { path: "^(core|adapters|scripts|proto)/", pathNot: "^core/domain/spec/" },
  },
  {
    name: "nobody-imports-local",
    comment:
      "local/ is for one machine: nothing that deploys may need it. Tests and the schema dump use its Postgres launcher.",
    from: {
      path: "^(core|adapters|functions|gateway|worker|cli|proto)/",
      pathNot: "^cli/commands/up[.]ts$",
    },
    to: { path: "^local/" },
  },
  {
    name: "descriptions-are-not-shipped",
    comment:
      "What describes a route (<handler>.openapi.ts) is for the generator and the tests: in the bundle of a Lambda it would be read at every start.",
    from: { path: "^(functions|local)/", pathNot: "[.]openapi[.]ts$" },
    to: { path: "[.]openapi[.]ts$" },
  },
  {
    name: "only-local-builds",
    comment:
      "scripts/ are tools of the project. local/ may bundle the worker as the image does, bench/ measures bundles; nothing else needs a build at run time.",
    from: { pathNot: ["^(bench|scripts|test)/", "^local/start-local[.]ts$"] },
    to: { path: "^scripts/" },
  },
  {
    name: "infra-knows-the-domain",
    comment:
      "infra/ describes what is deployed. It reads limits and shapes of the domain, so that a time-out is written once, and names handlers by their path; nothing that runs imports it.",
    from: { path: "^infra/" },
    to: {
      pathNot: ["^infra/", "^core/domain/", "^(fs|path|crypto|child_process)$"],
    },
  },
  {
    name: "nobody-imports-infra",
    comment: "Only the check of the deployment looks at what infra/ lists.",
    from: { pathNot: "^(infra|test)/" },
    to: { path: "^infra/" },
  },
  {
    name: "nobody-imports-bench",
    comment:
      "bench/ measures the product; nothing that runs may need it. Tests guard what it measures.",
    from: { pathNot: "^(bench|test)/" },
    to: { path: "^bench/" },
  },
];

const PACKAGES = [
  {
    name: "sdk-stays-home",
    comment:
      "A vendor SDK or a database driver is imported in adapters/ only; local/ plays the other side of it, scripts/ dump the schema, bench/ measures the database, tests drive it.",
    from: { pathNot: "^(adapters|bench|local|scripts|test)/" },
    to: { path: `${NODE_MODULES}(@aws-sdk|@aws-lambda-powertools|pg|prom-client)/` },
  },
  {
    name: "lambda-types-stay-in-functions",
    comment: "Only functions/ is shaped by Lambda; local/ plays Lambda's part towards it.",
    from: { pathNot: "^(functions|local|test)/" },
    to: { path: `${NODE_MODULES}(@types/aws-lambda|hono)/` },
  },
  {
    name: "grpc-stays-at-the-edge",
    comment:
      "Only the gateway and the worker know gRPC and the generated messages; core never sees a protobuf type. bench/ and tests play their other sides.",
    from: { pathNot: "^(bench|gateway|worker|proto|test)/" },
    to: { path: ["^proto/gen/", `${NODE_MODULES}(@grpc|grpc-health-check|@bufbuild/protobuf)/`] },
  },
  {
    name: "printing-stays-in-the-cli",
    comment:
      "Tables, command trees and YAML are for people; only the CLI, the demo and the measurements have people in front of them.",
    from: { pathNot: ["^(bench|cli|test)/", "^local/demo/"] },
    to: { path: `${NODE_MODULES}(commander|cli-table3|yaml)/` },
  },
  {
    name: "zod-parses-at-the-door",
    comment:
      "Schemas stand where unknown data comes in: the run spec and the environment. Inside, types are enough. scripts/openapi/ shows the schemas to others.",
    from: {
      pathNot: ["^core/domain/spec/", "^adapters/environment/", "^scripts/openapi/", "^test/"],
    },
    to: { path: `${NODE_MODULES}zod/` },
  },
  {
    name: "test-tools-stay-in-tests",
    comment: "What ships must run without development dependencies. local/ is not shipped.",
    from: { path: "^(core|adapters|functions|gateway|worker|cli|proto)/" },
    to: { dependencyTypes: ["npm-dev"], pathNot: `${NODE_MODULES}@types/` },
  },
  {
    name: "packages-are-declared",
    comment:
      "A package that only another package brings may be gone tomorrow: declare it or drop it.",
    from: {},
    to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "undetermined"] },
  },
];

const SHAPE = [
  {
    name: "no-test-in-product",
    comment: "What ships does not need its tests.",
    from: { pathNot: "^test/" },
    to: { path: "^test/" },
  },
  {
    name: "no-circular",
    comment:
      "Two modules that need each other are one module, or have the wrong border. Types alone may meet.",
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
  },
  {
    name: "nothing-unresolvable",
    comment:
      "An import that leads nowhere fails at run time. Lambda's types have no package of that name, only @types.",
    from: {},
    to: { couldNotResolve: true, pathNot: "^aws-lambda$" },
  },
  {
    name: "no-orphans",
    comment: "Nobody needs this file and it needs nobody: delete it.",
    from: { orphan: true, pathNot: ["^test/", "^scripts/", "[.]mjs$"] },
    to: {},
  },
];

export default {
  forbidden: [...CORE, ...ADAPTERS, ...ENTRY_POINTS, ...PACKAGES, ...SHAPE].map((rule) => ({
    severity: "error",
    ...rule,
  })),
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|[.]hodei)/" },
    enhancedResolveOptions: {
      conditionNames: ["import", "node", "default", "types"],
      exportsFields: ["exports"],
      extensions: [".ts", ".mjs", ".js", ".json"],
    },
  },
};
