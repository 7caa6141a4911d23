import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDomainError } from "#core/domain/errors.ts";
import { specDefaults } from "#core/domain/spec/defaults.ts";
import { parseRunSpec } from "#core/domain/spec/parse-run-spec.ts";
import { type RunInput, toRunInput } from "#core/domain/spec/run-input.ts";
import { runInputSchema } from "#core/domain/spec/run-input-schema.ts";

const text = fc
  .string({ unit: "grapheme", maxLength: 20 })
  .filter((value) => !value.includes("\0"));
const word = text.filter((value) => value.trim() !== "");
const labelName = fc.stringMatching(/^[a-zA-Z0-9][-a-zA-Z0-9_.]{0,10}[a-zA-Z0-9]$/);
const envName = fc
  .string({ unit: "grapheme-ascii", minLength: 1 })
  .filter((name) => !/=|^HODEI_|^__proto__$/.test(name));
const whole = (min: number, max: number) => fc.integer({ min, max });

const commands = fc.oneof(
  fc.record({ command: fc.tuple(word, fc.array(text)).map(([first, rest]) => [first, ...rest]) }),
  fc.record({ shell: word }),
  fc.record({ script: fc.record({ interpreter: word, content: word }) }),
);

const options = fc.record(
  {
    name: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}[a-z0-9]$/),
    env: fc.dictionary(envName, text, { maxKeys: 5 }),
    workingDir: fc.option(text.map((path) => `/${path}`)),
    resources: fc.record(
      {
        cpu: fc.oneof(
          whole(1, 64),
          whole(1, 64_000).map((millis) => `${millis}m`),
        ),
        memory: fc.oneof(
          whole(1, 2 ** 40),
          whole(1, 4096).map((mib) => `${mib}Mi`),
        ),
      },
      { requiredKeys: [] },
    ),
    labels: fc.dictionary(labelName, labelName, { maxKeys: 5 }),
    nodeSelector: fc.dictionary(labelName, labelName, { maxKeys: 5 }),
    tolerations: fc.array(fc.record({ key: labelName, value: labelName }), { maxLength: 3 }),
    priority: whole(-1000, 1000),
    backoffLimit: whole(0, 1000),
    backoff: fc.record(
      {
        initialSeconds: whole(0, 1000),
        maxSeconds: whole(1000, 2000),
        factor: fc.double({ min: 1, max: 100, noNaN: true }),
        jitter: fc.double({ min: 0, max: 1, noNaN: true }).map(Math.abs), // JSON has no −0
      },
      { requiredKeys: [] },
    ),
    infrastructureLimit: whole(0, 1000),
    activeDeadlineSeconds: whole(1, 10_000),
    attemptTimeoutSeconds: fc.option(whole(1, 10_000)),
    terminationGracePeriodSeconds: whole(0, 110),
    ttlSecondsAfterFinished: fc.option(whole(0, 10_000)),
    startAfter: fc.option(
      fc
        .date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true })
        .map((date) => date.toISOString()),
    ),
    replacement: fc.constantFrom("AfterGone" as const, "AfterLost" as const),
    dedicatedWorker: fc.boolean(),
  },
  { requiredKeys: [] },
);
const documents: fc.Arbitrary<RunInput> = fc
  .tuple(commands, options)
  .map(([command, rest]) => ({ ...command, ...rest }));

/** Takes what is not a DomainError through. */
function attempt(input: unknown): void {
  try {
    parseRunSpec(input);
  } catch (error) {
    if (!isDomainError(error)) throw error;
  }
}

describe("parseRunSpec", () => {
  it("throws nothing but DomainError, whatever comes", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    const fields = Object.keys(runInputSchema.shape);
    fc.assert(fc.property(anything, attempt));
    fc.assert(fc.property(fc.dictionary(fc.constantFrom(...fields), anything), attempt));
    fc.assert(
      fc.property(documents, fc.constantFrom(...fields), anything, (document, field, value) => {
        attempt({ ...document, [field]: value });
      }),
    );
  });

  it("takes every good document and fills in every default", () => {
    fc.assert(
      fc.property(documents, (document) => {
        const spec = parseRunSpec(document);
        expect(Object.keys(spec)).toEqual(expect.arrayContaining(Object.keys(specDefaults)));
        for (const [field, value] of Object.entries(specDefaults)) {
          if (!(field in document)) expect(spec).toHaveProperty(field, value);
        }
        expect(Object.values(spec)).not.toContain(undefined);
        expect(JSON.parse(JSON.stringify(spec)), "nothing is lost as JSON").toEqual(spec);
      }),
    );
  });

  it("finds the same spec in its own canonical document", () => {
    fc.assert(
      fc.property(documents, (document) => {
        const spec = parseRunSpec(document);
        const again = parseRunSpec(JSON.parse(JSON.stringify(toRunInput(spec))));
        expect(again).toEqual(spec);
        expect(JSON.stringify(again)).toBe(JSON.stringify(spec));
      }),
    );
  });
});
