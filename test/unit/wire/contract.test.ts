import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  type DescMethod,
  fromBinary,
  ScalarType,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { DESCRIPTOR_SET } from "#proto/descriptor-set.ts";
import { TemplateManagementServiceService } from "#proto/hodei/job/templates.ts";
import { ProviderManagementServiceService } from "#proto/hodei/providers.ts";
import { JobExecutionServiceService, WorkerAgentServiceService } from "#proto/hodei.ts";
import { CONFLICTS, FIRST_GENERATION, LATER_ADDITIONS, type Tables } from "./original-contract.ts";

const OURS_FROM = 100;
const PACKAGES = ["hodei", "hodei.providers", "hodei.job"];

const registry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, Buffer.from(DESCRIPTOR_SET, "base64")),
);
const files = [...registry.files].filter(({ proto }) => PACKAGES.includes(proto.package));
const inPackage = (name: string) => files.filter(({ proto }) => proto.package === name);
const messagesOf = (name: string) => inPackage(name).flatMap(({ messages }) => messages);
const servicesOf = (name: string) => inPackage(name).flatMap(({ services }) => services);
const enumsOf = (name: string) => inPackage(name).flatMap(({ enums }) => enums);

/** A name as a file of this package may spell it. */
const localName = (typeName: string, from: string) =>
  typeName.startsWith(`${from}.`) ? typeName.slice(from.length + 1) : typeName;
const scalarName = (type: ScalarType) => (ScalarType[type] ?? "").toLowerCase();

function typeOf(field: DescField, from: string): string {
  switch (field.fieldKind) {
    case "map": {
      const value = field.mapKind === "scalar" ? scalarName(field.scalar) : field.mapKind;
      return `map<${scalarName(field.mapKey)}, ${value}>`;
    }
    case "list":
      if (field.listKind === "scalar") return scalarName(field.scalar);
      return localName((field.message ?? field.enum).typeName, from);
    case "enum":
      return `enum ${localName(field.enum.typeName, from)}`;
    case "message":
      return localName(field.message.typeName, from);
    case "scalar":
      return scalarName(field.scalar);
  }
}

function cardinalityOf(field: DescField): string {
  if (field.fieldKind === "map") return "map";
  if (field.fieldKind === "list") return "repeated";
  if (field.oneof) return `oneof ${field.oneof.name}`;
  return field.proto.proto3Optional ? "optional" : "single";
}

const fieldsOf = ({ fields }: DescMessage, from: string) =>
  fields
    .map((field) => [field.number, field.name, typeOf(field, from), cardinalityOf(field)])
    .sort(([a], [b]) => Number(a) - Number(b));

const KINDS: Record<DescMethod["methodKind"], string> = {
  unary: "unary",
  server_streaming: "server stream",
  client_streaming: "client stream",
  bidi_streaming: "bidirectional",
};
const methodOf = ({ name, input, output, methodKind }: DescMethod) => [
  name,
  input.name,
  output.name,
  KINDS[methodKind],
];

/** Both generations together, without the numbers they disagree about, in order of numbers. */
function merged<Row extends readonly unknown[]>(
  pick: (tables: Tables) => Readonly<Record<string, readonly Row[]>> | undefined,
): { package: string; name: string; rows: Row[] }[] {
  return PACKAGES.flatMap((name) => {
    const [first, later] = [FIRST_GENERATION, LATER_ADDITIONS].map((tables) => {
      const own = tables[name];
      return (own && pick(own)) ?? {};
    }) as [Record<string, Row[]>, Record<string, Row[]>];
    return Object.keys({ ...first, ...later }).map((of) => ({
      package: name,
      name: of,
      rows: [...(first[of] ?? []), ...(later[of] ?? [])].filter(
        ([number]) =>
          !CONFLICTS.some((c) => c.package === name && c.of === of && c.number === number),
      ),
    }));
  });
}
const byNumber = <Row extends readonly unknown[]>(rows: readonly Row[]) =>
  [...rows].sort(([a], [b]) => Number(a) - Number(b));

const MESSAGES = merged(({ messages }) => messages);
const ENUMS = merged(({ enums }) => enums);
const SERVICES = merged(({ services }) => services);

describe("what the original's peers rely on", () => {
  it.each(MESSAGES)("message $package.$name: fields, numbers, types, cardinalities", (message) => {
    const own = messagesOf(message.package).find(({ name }) => name === message.name);
    const below = own ? fieldsOf(own, message.package) : null;
    expect(below?.filter(([number]) => Number(number) < OURS_FROM)).toEqual(byNumber(message.rows));
  });

  it.each(ENUMS)("enum $package.$name: values and their names", (one) => {
    const own = enumsOf(one.package).find(({ name }) => name === one.name);
    const values = own?.values.map(({ number, name }) => [number, name]);
    expect(byNumber(values ?? [])).toEqual(byNumber(one.rows));
  });

  it.each(SERVICES)("service $package.$name: methods, messages, kinds", (service) => {
    const own = servicesOf(service.package).find(({ name }) => name === service.name);
    expect(own?.methods.map(methodOf)).toEqual(expect.arrayContaining(service.rows));
  });

  it("is all of it: 97 messages of the first generation and all that came later", () => {
    const count = (of: string, tables: Tables | undefined) =>
      `${of}: ${Object.keys(tables?.messages ?? {}).length}`;
    expect(count("hodei", FIRST_GENERATION.hodei)).toBe("hodei: 97");
    expect(MESSAGES.length).toBeGreaterThan(180);
    expect(SERVICES.map((service) => `${service.package}.${service.name}`)).toEqual([
      "hodei.WorkerAgentService",
      "hodei.JobExecutionService",
      "hodei.MetricsService",
      "hodei.SchedulerService",
      "hodei.LogStreamService",
      "hodei.AuditService",
      "hodei.providers.ProviderManagementService",
      "hodei.job.TemplateManagementService",
      "hodei.job.ScheduledJobService",
    ]);
  });

  it("the generated services answer at those paths", () => {
    const paths = [
      WorkerAgentServiceService,
      JobExecutionServiceService,
      ProviderManagementServiceService,
      TemplateManagementServiceService,
    ].flatMap((service) => Object.values<{ path: string }>(service).map(({ path }) => path));
    expect(paths).toEqual(
      expect.arrayContaining([
        "/hodei.WorkerAgentService/WorkerStream",
        "/hodei.JobExecutionService/ExecutionEventStream",
        "/hodei.providers.ProviderManagementService/GetProviderByName",
        "/hodei.job.TemplateManagementService/TriggerRun",
      ]),
    );
  });
});

describe("what the generations disagree about", () => {
  it.each(CONFLICTS)("$package.$of leaves $number undeclared: $why", (conflict) => {
    const message = messagesOf(conflict.package).find(({ name }) => name === conflict.of);
    const one = enumsOf(conflict.package).find(({ name }) => name === conflict.of);
    const declared = [...(message?.fields ?? []), ...(one?.values ?? [])];
    expect(declared.length).toBeGreaterThan(0);
    expect(declared.map(({ number }) => number)).not.toContain(conflict.number);
  });

  it.each(CONFLICTS)("$package.$of $number is in both tables, as two things", (conflict) => {
    const named = [FIRST_GENERATION, LATER_ADDITIONS].map((tables) => {
      const { messages, enums } = tables[conflict.package] ?? { messages: {} };
      const rows = messages[conflict.of] ?? enums?.[conflict.of] ?? [];
      return rows.find(([number]) => number === conflict.number)?.[1];
    });
    expect(named).toEqual([conflict.first, conflict.later]);
  });

  it("is nothing else: a number is in one table, or it is a conflict", () => {
    for (const { package: of, name, rows } of [...MESSAGES, ...ENUMS]) {
      const numbers = rows.map(([number]) => number);
      expect(new Set(numbers).size, `${of}.${name}`).toBe(numbers.length);
    }
  });
});

describe("what is ours", () => {
  it("in an original message is numbered from 100 up", () => {
    const added = MESSAGES.flatMap((message) => {
      const own = messagesOf(message.package).find(({ name }) => name === message.name);
      const known = message.rows.map(([number]) => number);
      return (own?.fields ?? []).filter(({ number }) => !known.includes(number));
    });
    expect(added.length).toBeGreaterThan(10);
    for (const field of added)
      expect(field.number, field.toString()).toBeGreaterThanOrEqual(OURS_FROM);
  });

  it("as a message of its own can be reached from a method: nothing is left over", () => {
    const reached = new Set<DescMessage>();
    const visit = (message: DescMessage): void => {
      if (reached.has(message)) return;
      reached.add(message);
      for (const field of message.fields) if (field.message) visit(field.message);
    };
    for (const { input, output } of files.flatMap(({ services }) =>
      services.flatMap(({ methods }) => methods),
    )) {
      visit(input);
      visit(output);
    }
    const original = new Set(MESSAGES.map((message) => `${message.package}.${message.name}`));
    const ours = files
      .flatMap(({ messages }) => messages)
      .filter(({ typeName }) => !original.has(typeName));
    expect(ours.length).toBeGreaterThan(5);
    expect(ours.filter((one) => !reached.has(one)).map(({ typeName }) => typeName)).toEqual([]);
  });

  it("as a method is StreamLogs, CheckFence, QueueJobs and VerifyLogs", () => {
    const known = SERVICES.flatMap((service) =>
      service.rows.map(([name]) => `/${service.package}.${service.name}/${name}`),
    );
    const paths = files
      .flatMap(({ services }) => services)
      .flatMap(({ typeName, methods }) => methods.map(({ name }) => `/${typeName}/${name}`));
    expect(paths.filter((path) => !known.includes(path))).toEqual([
      "/hodei.WorkerAgentService/StreamLogs",
      "/hodei.WorkerAgentService/CheckFence",
      "/hodei.JobExecutionService/QueueJobs",
      "/hodei.LogStreamService/VerifyLogs",
    ]);
  });
});
