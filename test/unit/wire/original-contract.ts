import { readFileSync } from "node:fs";

/**
 * What the original's workers and command lines speak: names, numbers and types of every service,
 * message and enum of the packages that it compiles, printed from its descriptors. Written down here
 * on purpose a second time, so that a slip in our .proto files is seen as one.
 */
type Field = readonly [
  number: number,
  name: string,
  type: string,
  /** `single`, `optional`, `repeated`, `map` or "oneof `its name`" without the quotes. */
  cardinality: string,
];
type Value = readonly [number: number, name: string];
type Method = readonly [name: string, request: string, response: string, kind: string];

export interface Tables {
  readonly services?: Readonly<Record<string, readonly Method[]>>;
  readonly enums?: Readonly<Record<string, readonly Value[]>>;
  readonly messages: Readonly<Record<string, readonly Field[]>>;
}
type ByPackage = Readonly<Record<string, Tables>>;

const read = (name: string): ByPackage =>
  JSON.parse(readFileSync(new URL(`original/${name}.json`, import.meta.url), "utf8"));

/** What its workers and command lines of version 0.1.0 were built against. */
export const FIRST_GENERATION = read("first-generation");

/** What version 0.69 added or, see CONFLICTS, changed. */
export const LATER_ADDITIONS = read("later-additions");

export interface Conflict {
  readonly package: string;
  /** The message or the enum. */
  readonly of: string;
  readonly number: number;
  readonly first: string;
  readonly later: string;
  readonly why: string;
}

/**
 * Numbers that the two generations use for different things. A gateway that serves both declares
 * none of them: a decoder skips an undeclared number whatever it carries.
 */
export const CONFLICTS: readonly Conflict[] = [
  {
    package: "hodei",
    of: "ResourceRequirements",
    number: 5,
    first: "custom_required",
    later: "gpu_types",
    why: "a map, then texts: read as the other it fails or is garbage; no client that was shipped sets it",
  },
  {
    package: "hodei",
    of: "UnregisterWorkerRequest",
    number: 2,
    first: "reason",
    later: "force",
    why: "a text, then a flag: declared either way, the farewell of the other generation is refused",
  },
  {
    package: "hodei",
    of: "UnregisterWorkerResponse",
    number: 3,
    first: "timestamp",
    later: "jobs_migrated",
    why: "a message, then a number: sent either way, the other generation cannot read our answer",
  },
  {
    package: "hodei.providers",
    of: "ProviderType",
    number: 12,
    first: "PROVIDER_TYPE_BARE_METAL",
    later: "PROVIDER_TYPE_TEST",
    why: "bare metal moved to 13: at 12 one generation would take a real machine for a test",
  },
];
