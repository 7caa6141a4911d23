import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import type { Log } from "#core/ports/log.ts";

/** What the database tells gateways on channel `hodei_wake`; a hint, carrying no state. */
export type WakeHint =
  | { readonly kind: "place" }
  /** Ours, after every (re)connection: whatever was said meanwhile was not heard. */
  | { readonly kind: "everything" }
  | { readonly kind: "dispatch"; readonly gatewayId: string };

export function parseWakeHint(payload: string | undefined): WakeHint | null {
  if (payload === "place") return { kind: "place" };
  const [word, gatewayId] = (payload ?? "").split(" ");
  return word === "dispatch" && gatewayId ? { kind: "dispatch", gatewayId } : null;
}

const RECONNECT_MS = 500;

/**
 * Listens on its own connection until closed, for ever: a lost connection is opened again, and
 * every (re)connection counts as a hint to look at everything, because hints were lost meanwhile.
 */
export function listenForWakes(options: {
  /** Opened anew each time, so that what signs in by tokens signs in with a fresh one. */
  readonly connection: pg.ClientConfig;
  readonly log: Log;
  readonly onHint: (hint: WakeHint) => void;
}): { close(): Promise<void> } {
  let client: pg.Client | undefined;
  const stop = new AbortController();
  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      ...options.connection,
      application_name: "hodei-listen",
      keepAlive: true,
    });
    client = next;
    const ended = new Promise<void>((resolve) => {
      next.once("end", resolve);
      next.on("error", () => resolve());
    });
    next.on("notification", ({ payload }) => {
      const hint = parseWakeHint(payload);
      if (hint) options.onHint(hint);
    });
    await next.connect();
    await next.query("listen hodei_wake");
    options.onHint({ kind: "everything" });
    await ended;
  };
  const run = async () => {
    while (!stop.signal.aborted) {
      await connect().catch((error) =>
        options.log.warn({ err: error }, "listening for wakes failed"),
      );
      await client?.end().catch(() => {});
      await pause(RECONNECT_MS, undefined, { signal: stop.signal }).catch(() => {});
    }
  };
  const running = run();
  return {
    close: async () => {
      stop.abort();
      await client?.end().catch(() => {});
      await running;
    },
  };
}
