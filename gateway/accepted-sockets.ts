import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { limits } from "#core/domain/limits.ts";

/** `net.server.socket` is in Node's documentation of the module diagnostics_channel. */
function onAccepted(set: (socket: Socket) => void): void {
  subscribe("net.server.socket", (message) => set((message as { socket: Socket }).socket));
}

/**
 * Sends each message at once. A socket that a server accepts waits, unless told otherwise, until the
 * last small packet was acknowledged, which the other side delays by up to 40 ms: a command to a
 * worker then waits as long. grpc-js sets this on its clients' sockets and leaves its servers' alone.
 */
export function sendAtOnce(): void {
  onAccepted((socket) => socket.setNoDelay(true));
}

/**
 * Finds out which peers are gone without asking their programs: the peer's kernel answers. HTTP/2
 * pings would cut off a worker of the original that runs a job on one CPU, which answers none until
 * the job is over, and which never comes back.
 */
export function probePeers(): void {
  onAccepted((socket) => socket.setKeepAlive(true, limits.keepaliveMs));
}
