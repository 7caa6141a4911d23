import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import { DomainError } from "#core/domain/errors.ts";

/** Stands for a request that its bytes are not. */
class UnreadableRequest {
  readonly tooLarge: boolean;

  constructor(error: unknown) {
    this.tooLarge = error instanceof Error && error.message.includes("SAFE_INTEGER");
  }
}

type Method = MethodDefinition<unknown, unknown>;

/**
 * The same service, whose requests never fail to be read before a handler is asked: gRPC would answer
 * INTERNAL then, as if it were our fault, and before the key is looked at. Streams of requests stay.
 */
export function readingLate(definition: ServiceDefinition): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(definition).map(([name, method]) => [
      name,
      method.requestStream ? method : { ...method, requestDeserialize: lateReader(method) },
    ]),
  );
}

const lateReader =
  ({ requestDeserialize: read }: Method): Method["requestDeserialize"] =>
  (bytes) => {
    try {
      return read(bytes);
    } catch (error) {
      return new UnreadableRequest(error);
    }
  };

/** Throws InvalidRequest for a request that could not be read. The wire tells no name of a field there. */
export function refuseUnreadable(call: object): void {
  const request = "request" in call ? call.request : null;
  if (!(request instanceof UnreadableRequest)) return;
  const why = request.tooLarge
    ? "a whole number in it is not within ±(2^53 - 1)"
    : "its bytes are no such message";
  throw new DomainError("InvalidRequest", `the request cannot be read: ${why}`);
}
