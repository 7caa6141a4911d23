import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  fromBinary,
  ScalarType,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { DESCRIPTOR_SET } from "#proto/descriptor-set.ts";
import { JobExecutionServiceService, WorkerAgentServiceService } from "#proto/hodei.ts";
import {
  CONFLICTS,
  ENUMS,
  FIRST_GENERATION,
  LATER_ADDITIONS,
  METHODS,
} from "./original-contract.ts";

const OURS_FROM = 100;

const registry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, Buffer.from(DESCRIPTOR_SET, "base64")),
);
const file = registry.getFile("hodei.proto");
if (!file) throw new Error("the descriptor set does not hold hodei.proto");

const localName = (typeName: string) => typeName.replace(/^hodei\./, "");
const scalarName = (type: ScalarType) => (ScalarType[type] ?? "").toLowerCase();

/** The type of a field in the words of `original-contract.ts`. */
function typeOf(field: DescField): string {
  switch (field.fieldKind) {
    case "map": {
      const value = field.mapKind === "scalar" ? scalarName(field.scalar) : field.mapKind;
      return `map<${scalarName(field.mapKey)}, ${value}>`;
    }
    case "list":
      return `repeated ${field.listKind === "scalar" ? scalarName(field.scalar) : localName((field.message ?? field.enum).typeName)}`;
    case "enum":
      return `enum ${localName(field.enum.typeName)}`;
    case "message":
      return localName(field.message.typeName);
    case "scalar":
      return scalarName(field.scalar);
  }
}

function describeField(field: DescField): string {
  const optional = field.proto.proto3Optional ? "optional " : "";
  const oneof = field.oneof ? ` in ${field.oneof.name}` : "";
  return `${field.number} ${field.name} ${optional}${typeOf(field)}${oneof}`;
}

const numberOf = (field: string) => Number.parseInt(field, 10);

/** Both generations together, without the numbers they disagree about, in order. */
const merged = Object.fromEntries(
  Object.keys({ ...FIRST_GENERATION, ...LATER_ADDITIONS }).map((name) => [
    name,
    [...(FIRST_GENERATION[name] ?? []), ...(LATER_ADDITIONS[name] ?? [])]
      .filter((field) => !CONFLICTS[name]?.includes(numberOf(field)))
      .sort((a, b) => numberOf(a) - numberOf(b)),
  ]),
);
const messages = new Map(file.messages.map((message) => [message.name, message]));
const fieldsOf = (name: string) =>
  [...(messages.get(name)?.fields ?? [])].sort((a, b) => a.number - b.number);

describe("what the original's peers rely on", () => {
  it.each(Object.entries(merged))("%s has its fields, numbers and types", (name, fields) => {
    const below = fieldsOf(name).filter(({ number }) => number < OURS_FROM);
    expect(below.map(describeField)).toEqual(fields);
  });

  it.each(Object.entries(CONFLICTS))("%s leaves %o undeclared", (name, numbers) => {
    const declared = fieldsOf(name).map(({ number }) => number);
    for (const number of numbers) expect(declared).not.toContain(number);
  });

  it.each(Object.entries(ENUMS))("enum %s has its values, in order from 0", (name, values) => {
    const found = file.enums.find((one) => one.name === name);
    expect(found?.values.map((value) => `${value.number} ${value.name}`)).toEqual(
      values.map((value, number) => `${number} ${value}`),
    );
  });

  it("the package is plain hodei, and the methods are where they were", () => {
    expect(file.proto.package).toBe("hodei");
    const served = file.services.flatMap((service) =>
      service.methods.map(
        ({ name, methodKind, input, output }) =>
          `/${service.typeName}/${name} ${methodKind} ${input.name} → ${output.name}`,
      ),
    );
    expect(served).toEqual(expect.arrayContaining([...METHODS]));
  });

  it("the generated services answer at those paths", () => {
    const paths = [WorkerAgentServiceService, JobExecutionServiceService].flatMap((service) =>
      Object.values<{ path: string }>(service).map(({ path }) => path),
    );
    expect(paths).toEqual(expect.arrayContaining(METHODS.map((method) => method.split(" ")[0])));
  });
});

describe("what is ours", () => {
  const original = new Set(Object.keys(merged));

  it("in an original message is numbered from 100 up", () => {
    const added = [...original].flatMap((name) =>
      fieldsOf(name)
        .filter((field) => !merged[name]?.includes(describeField(field)))
        .map((field) => ({ name, number: field.number })),
    );
    expect(added.length).toBeGreaterThan(10);
    for (const { name, number } of added)
      expect(number, `a field of ours in ${name}`).toBeGreaterThanOrEqual(OURS_FROM);
  });

  it("never reuses a number: no message has one twice", () => {
    for (const message of file.messages) {
      const numbers = message.fields.map(({ number }) => number);
      expect(new Set(numbers).size).toBe(numbers.length);
    }
  });

  it("as a message of its own can be reached from a method: nothing is left over", () => {
    const reached = new Set<DescMessage>();
    const visit = (message: DescMessage): void => {
      if (reached.has(message)) return;
      reached.add(message);
      for (const field of message.fields) if (field.message) visit(field.message);
    };
    for (const { input, output } of file.services.flatMap(({ methods }) => methods)) {
      visit(input);
      visit(output);
    }
    expect(
      file.messages.filter((message) => !reached.has(message)).map(({ name }) => name),
    ).toEqual([]);
  });

  it("as a method is StreamLogs and QueueJobs", () => {
    const known = METHODS.map((method) => method.split(" ")[0]);
    const paths = file.services.flatMap(({ typeName, methods }) =>
      methods.map(({ name }) => `/${typeName}/${name}`),
    );
    expect(paths.filter((path) => !known.includes(path))).toEqual([
      "/hodei.WorkerAgentService/StreamLogs",
      "/hodei.JobExecutionService/QueueJobs",
    ]);
  });
});

it("the tables themselves are sound: each message's numbers once per generation, conflicts in both", () => {
  for (const table of [FIRST_GENERATION, LATER_ADDITIONS])
    for (const fields of Object.values(table))
      expect(new Set(fields.map(numberOf)).size).toBe(fields.length);
  for (const [name, numbers] of Object.entries(CONFLICTS))
    for (const number of numbers) expect(FIRST_GENERATION[name]?.map(numberOf)).toContain(number);
});
