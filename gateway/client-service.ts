import type {
  MethodDefinition,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
  sendUnaryData,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { Authorise } from "#core/application/authorise-call.ts";
import type { Scope } from "#core/domain/access/scope.ts";
import { limits } from "#core/domain/limits.ts";
import type { Log } from "#core/ports/log.ts";
import { noteCaller } from "./callers.ts";
import { OpenStreams } from "./open-streams.ts";
import { toStatus } from "./status.ts";
import { refuseUnreadable } from "./unreadable-request.ts";

type Call =
  | ServerUnaryCall<unknown, unknown>
  | ServerReadableStream<unknown, unknown>
  | ServerWritableStream<unknown, unknown>
  | ServerDuplexStream<unknown, unknown>;
type Callback = sendUnaryData<unknown> | undefined;
type Handler = (call: Call, callback: Callback) => void;

export interface DoorDeps {
  readonly authorise: Authorise;
  readonly log: Log;
}

/**
 * The door of every service that clients call: each of its RPCs asks for an API key with the scope of
 * the table before its handler sees the call, whatever kind it is. Throws at the start for an RPC that
 * is served and not in the table; one that is not served stays so.
 */
export function clientServices(deps: DoorDeps, scopes: Readonly<Record<string, Scope>>) {
  const streams = new OpenStreams(limits.keyStreamsMax);
  return (definition: ServiceDefinition, service: object): UntypedServiceImplementation => {
    const handlers = service as Readonly<Record<string, Handler | undefined>>;
    const guarded = Object.entries(definition).flatMap(([name, method]) => {
      const handler = handlers[name];
      if (!handler) return [];
      const scope = scopes[method.path];
      if (!scope) throw new Error(`${method.path} is served and needs no scope`);
      return [[name, guard({ ...deps, streams, scope, method }, handler)] as const];
    });
    return Object.fromEntries(guarded) as UntypedServiceImplementation;
  };
}

interface Guard extends DoorDeps {
  readonly streams: OpenStreams;
  readonly scope: Scope;
  readonly method: Pick<MethodDefinition<unknown, unknown>, "requestStream" | "responseStream">;
}

function guard({ authorise, log, streams, scope, method }: Guard, handler: Handler): Handler {
  const isStream = method.requestStream || method.responseStream;
  const letIn = async (call: Call, callback: Callback): Promise<void> => {
    const [authorization] = call.metadata.get("authorization");
    const caller = await authorise(authorization?.toString(), scope);
    if (call.cancelled) return; // its end was told already: nobody would tell the handler
    refuseUnreadable(call);
    noteCaller(call, caller);
    if (isStream) streams.count(caller.keyId, call);
    handler(call, callback);
  };
  return (call, callback) => {
    letIn(call, callback).catch((error) => {
      const refusal = toStatus(error, log);
      if (callback) callback(refusal);
      else call.emit("error", refusal);
    });
  };
}
