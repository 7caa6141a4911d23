import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

/**
 * Sends each message at once. A socket that a server accepts waits, unless told otherwise, until the
 * last small packet was acknowledged, which the other side delays by up to 40 ms: a command to a
 * worker then waits as long. grpc-js sets this on its clients' sockets and leaves its servers' alone.
 * `net.server.socket` is in Node's documentation of the module diagnostics_channel.
 */
export function sendAtOnce(): void {
  subscribe("net.server.socket", (message) => {
    (message as { socket: Socket }).socket.setNoDelay(true);
  });
}
