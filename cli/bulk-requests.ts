import { bulkBounds } from "#core/domain/spec/api.ts";
import type { KeyedInput } from "./api-client.ts";

const ENVELOPE_BYTES = Buffer.byteLength(JSON.stringify({ runs: [] }));
const COMMA_BYTES = 1;

/** The runs in order, as many to a request as the API takes in one. */
export function bulkRequests(inputs: readonly KeyedInput[]): KeyedInput[][] {
  const requests: KeyedInput[][] = [];
  let bytes = 0;
  for (const input of inputs) {
    const size = Buffer.byteLength(JSON.stringify(input)) + COMMA_BYTES;
    const current = requests.at(-1);
    const fits = bytes + size <= bulkBounds.requestBytesMax;
    if (current && fits && current.length < bulkBounds.runsMax) {
      current.push(input);
      bytes += size;
    } else {
      requests.push([input]);
      bytes = ENVELOPE_BYTES + size;
    }
  }
  return requests;
}
