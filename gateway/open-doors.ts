import {
  type Server,
  type ServerDuplexStream,
  type ServerWritableStream,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import type { HealthImplementation } from "grpc-health-check";
import { isDomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type { Log } from "#core/ports/log.ts";
import { OpenStreams } from "./open-streams.ts";
import { packageDefinition } from "./package-definition.ts";
import { toStatus } from "./status.ts";

/** A name of a service or a type is shorter. */
const QUESTION_CHARS_MAX = 4 * 1024;

type Watch = ServerWritableStream<{ readonly service: string }, { readonly status: string }>;
type Reflection = ServerDuplexStream<unknown, { readonly originalRequest?: unknown }>;
type Stream = Watch | Reflection;

/**
 * Health and reflection, which others wrote and which ask nobody for a key: their streams are bounded
 * together, and neither remembers what strangers say.
 */
export function addOpenDoors(
  server: Server,
  { health, names, log }: { health: HealthImplementation; names: readonly string[]; log: Log },
): void {
  const open = new OpenStreams(limits.openDoorStreamsMax);
  const counted = (stream: Stream, handle: () => void) => {
    try {
      open.count(null, stream);
    } catch (error) {
      if (!isDomainError(error)) throw error;
      stream.emit("error", toStatus(error, log));
      return;
    }
    handle();
  };
  health.addToServer(
    changed(server, (methods) => ({
      ...methods,
      watch: (call: Watch) => counted(call, () => watchHealth(call, names, methods.watch)),
    })) as never,
  );
  const reflection = new ReflectionService(packageDefinition(), { services: [...names] });
  reflection.addToServer(
    changed(server, ({ ServerReflectionInfo: answer }) => ({
      ServerReflectionInfo: (stream: Reflection) =>
        counted(stream, () => reflect(stream, answer as (stream: Reflection) => void)),
    })),
  );
}

/** The same server, whose services get other methods than they say. */
const changed = (
  server: Server,
  change: (methods: UntypedServiceImplementation) => object,
): Server =>
  ({
    addService: (definition: never, methods: UntypedServiceImplementation) =>
      server.addService(definition, change(methods) as UntypedServiceImplementation),
  }) as unknown as Server;

/** A service that is not here will never be: the library would keep its name for ever. */
function watchHealth(call: Watch, names: readonly string[], watch: unknown): void {
  if (names.includes(call.request.service)) (watch as (call: Watch) => void)(call);
  else call.write({ status: "SERVICE_UNKNOWN" });
}

/** Who does not read the answers is not read either. */
function reflect(stream: Reflection, answer: (stream: Reflection) => void): void {
  const write = stream.write.bind(stream) as (message: unknown) => boolean;
  stream.write = (message: { readonly originalRequest?: unknown }) => {
    if (JSON.stringify(message.originalRequest ?? "").length > QUESTION_CHARS_MAX) {
      stream.emit("error", { code: status.INVALID_ARGUMENT, details: "the name is too long" });
      return false;
    }
    const hasRoom = write(message);
    if (!hasRoom) {
      stream.pause();
      stream.once("drain", () => stream.resume());
    }
    return hasRoom;
  };
  answer(stream);
}
