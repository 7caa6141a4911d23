import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from "@grpc/grpc-js";
import type { ConnectionBounds } from "./connection-bounds.ts";

/** Streams of workers bound themselves: by their session, and by how long nothing may be said. */
const WORKERS = "/hodei.WorkerAgentService/";

/**
 * Ends a call whose request is not there as a whole in time, and tells the connections which of them
 * bring requests. gRPC itself waits for as long as its client likes.
 */
export function wholeRequests(connections: ConnectionBounds, withinMs: number): ServerInterceptor {
  return (method, call) => {
    const waits = !(method.requestStream && method.path.startsWith(WORKERS));
    return interceptedCall(call, connections, {
      isStream: method.requestStream,
      withinMs: waits ? withinMs : null,
    });
  };
}

function interceptedCall(
  call: ServerInterceptingCallInterface,
  connections: ConnectionBounds,
  { isStream, withinMs }: { readonly isStream: boolean; readonly withinMs: number | null },
): ServerInterceptingCall {
  const peer = call.getPeer(); // asked now: a connection that is gone has no name any more
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const isWhole = () => {
    clearTimeout(timer);
    connections.served(peer);
  };
  const over = () => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    connections.ended(peer);
  };
  connections.began(peer);
  if (withinMs !== null)
    timer = setTimeout(() => {
      over();
      call.sendStatus({ code: status.DEADLINE_EXCEEDED, details: "the request did not come" });
    }, withinMs).unref();
  return new ServerInterceptingCall(call, {
    start: (next) =>
      next({
        onReceiveMessage: (message, next) => {
          if (isStream) isWhole();
          next(message);
        },
        onReceiveHalfClose: (next) => {
          isWhole();
          next();
        },
        onCancel: over,
      }),
    sendStatus: (status, next) => {
      over();
      next(status);
    },
  });
}
