/** Messages of the wire by their descriptors, as bytes: typed fields, odd values. */
import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  type DescMethod,
  fromBinary,
  ScalarType,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { DESCRIPTOR_SET } from "#proto/descriptor-set.ts";
import { oddTexts } from "./fuzz.ts";

const registry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, Buffer.from(DESCRIPTOR_SET, "base64")),
);

export interface Rpc {
  readonly path: string;
  readonly input: DescMessage;
  /** The client streams its requests. */
  readonly isStream: boolean;
}

/** Every RPC of the contract. */
export const rpcs: readonly Rpc[] = [...registry]
  .filter((desc) => desc.kind === "service")
  .flatMap((service) =>
    service.methods.map((method: DescMethod) => ({
      path: `/${service.typeName}/${method.name}`,
      input: method.input,
      isStream: ["client_streaming", "bidi_streaming"].includes(method.methodKind),
    })),
  );

const DEPTH_MAX = 4;
const FIELDS_MAX = 6;

/** A message's bytes; texts are odd, or taken from `known` (ids that are there, for example). */
export function messagesOf(
  desc: DescMessage,
  known: readonly string[] = [],
  depth = 0,
): fc.Arbitrary<Buffer> {
  const fields = desc.fields.filter((field) => depth < DEPTH_MAX || !messageOf(field));
  return fc
    .subarray(fields, { maxLength: Math.min(FIELDS_MAX, fields.length) })
    .chain((some) => fc.tuple(...some.map((field) => fieldOf(field, known, depth))))
    .map((parts) => Buffer.concat(parts));
}

const messageOf = (field: DescField): DescMessage | undefined =>
  "message" in field ? field.message : undefined;

function fieldOf(field: DescField, known: readonly string[], depth: number): fc.Arbitrary<Buffer> {
  if (field.fieldKind === "map") {
    const value = field.message
      ? lengthDelimited(2, messagesOf(field.message, known, depth + 1))
      : scalar(2, field.scalar ?? ScalarType.INT32, known);
    const entry = fc.tuple(scalar(1, field.mapKey, known), value).map((it) => Buffer.concat(it));
    return fc
      .array(lengthDelimited(field.number, entry), { minLength: 1, maxLength: 3 })
      .map((entries) => Buffer.concat(entries));
  }
  const message = messageOf(field);
  const one = message
    ? lengthDelimited(field.number, messagesOf(message, known, depth + 1))
    : scalar(field.number, field.scalar ?? ScalarType.INT32, known);
  if (field.fieldKind !== "list") return one;
  return fc.array(one, { minLength: 1, maxLength: 4 }).map((parts) => Buffer.concat(parts));
}

const SAFE = 2n ** 53n - 1n;

const integers = fc.oneof(
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { weight: 4, arbitrary: fc.bigInt({ min: -SAFE, max: SAFE }) },
  { weight: 40, arbitrary: fc.bigInt({ min: -3n, max: 200n }) },
  fc.constantFrom(2n ** 31n - 1n, -(2n ** 31n), SAFE, SAFE + 1n),
);

function scalar(number: number, type: ScalarType, known: readonly string[]): fc.Arbitrary<Buffer> {
  switch (type) {
    case ScalarType.STRING: {
      const texts =
        known.length > 0
          ? fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...known) }, oddTexts)
          : oddTexts;
      return lengthDelimited(
        number,
        texts.map((text) => Buffer.from(text)),
      );
    }
    case ScalarType.BYTES:
      return lengthDelimited(number, fc.uint8Array({ maxLength: 300 }).map(Buffer.from));
    case ScalarType.DOUBLE:
      return fc.double().map((value) => {
        const bytes = Buffer.alloc(8);
        bytes.writeDoubleLE(value);
        return Buffer.concat([tag(number, 1), bytes]);
      });
    case ScalarType.FLOAT:
      return fc.float().map((value) => {
        const bytes = Buffer.alloc(4);
        bytes.writeFloatLE(value);
        return Buffer.concat([tag(number, 5), bytes]);
      });
    default:
      return integers.map((value) => Buffer.concat([tag(number, 0), varint(value)]));
  }
}

const lengthDelimited = (number: number, content: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
  content.map((bytes) => Buffer.concat([tag(number, 2), varint(BigInt(bytes.length)), bytes]));

const tag = (number: number, wireType: number): Buffer => varint(BigInt((number << 3) | wireType));

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
