import type { EventBody, RunBody } from "#core/domain/spec/api.ts";
import type { ApiClient } from "./api-client.ts";

/** What a watch tells: an event of the run, or the run as it is after the events before. */
export type Watched =
  | { readonly type: "event"; readonly event: EventBody }
  | { readonly type: "run"; readonly run: RunBody };

/**
 * Everything that happened and happens to a run, once each and in order, until it is final. A connection
 * that ends, as each does after a while, is followed by another one that goes on behind the last event.
 */
export async function* watchRun(api: ApiClient, id: string): AsyncGenerator<Watched> {
  for (let last: string | null = null; ; ) {
    for await (const message of api.watch(id, last)) {
      if (message.event === "end") return;
      last = message.id ?? last;
      if (message.event === "event") yield { type: "event", event: message.data as EventBody };
      if (message.event === "run") yield { type: "run", run: message.data as RunBody };
    }
  }
}
