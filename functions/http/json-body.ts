import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import { HttpRefusal } from "./problem.ts";

/**
 * The JSON document in the body of a request, undefined when the body is empty. At most `bytesMax`
 * bytes are ever held, whatever Content-Length says.
 * Throws InvalidRequest (400, 415) and SpecTooLarge (413).
 */
export async function readJsonBody(
  request: Request,
  bytesMax: number = limits.requestBytesMax,
): Promise<unknown> {
  const bytes = await readBytes(request, bytesMax);
  if (bytes.length === 0) return undefined;
  refuseOtherTypes(request.headers);
  return parseJson(decode(bytes));
}

async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array> {
  refuseTooLarge(Number(request.headers.get("content-length") ?? 0), bytesMax);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    refuseTooLarge(size, bytesMax);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refuseTooLarge(bytes: number, bytesMax: number): void {
  if (bytes <= bytesMax) return;
  throw new DomainError("SpecTooLarge", `the body of a request may have at most ${bytesMax} bytes`);
}

function refuseOtherTypes(headers: Headers): void {
  const type = headers.get("content-type") ?? "";
  if (!/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(type)) {
    throw new HttpRefusal(
      415,
      "InvalidRequest",
      "the body must be sent as application/json in UTF-8",
    );
  }
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw new HttpRefusal(415, "InvalidRequest", "the body must be sent without Content-Encoding");
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new DomainError("InvalidRequest", "the body is not valid UTF-8");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DomainError("InvalidRequest", `the body is not valid JSON${placeOf(error, text)}`);
  }
}

/** V8 names the position only sometimes, and quotes the document: we repeat the place alone. */
function placeOf(error: unknown, text: string): string {
  const message = error instanceof Error ? error.message : "";
  if (message.includes("end of JSON input")) return ": it ends too early";
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position === undefined) return "";
  const before = text.slice(0, Number(position)).split("\n");
  return `: line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
