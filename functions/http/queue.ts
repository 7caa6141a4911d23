import { limits } from "#core/domain/limits.ts";
import type { QueueBody } from "#core/domain/spec/scheduling-api.ts";
import type { QueueView } from "#core/ports/run-reader.ts";
import type { AppDeps, HttpContext } from "./http-env.ts";
import { openQuery } from "./query.ts";
import { instant } from "./render.ts";

/** GET /v1/queue: what waits and why, and what runs. */
export async function getQueue(c: HttpContext, { reader }: AppDeps): Promise<Response> {
  openQuery(c.req.url).close();
  return c.json<QueueBody>(render(await reader.queue()));
}

const { queueCountMax, queueNewestMax } = limits;

function render(queue: QueueView): QueueBody {
  const { at, pending, due, byReason, byPriority, oldest, assigned, running } = queue;
  return {
    at: instant(at),
    pending: {
      ...{ runs: pending, isLeast: pending >= queueCountMax, due, byReason, byPriority },
      oldest: oldest && {
        ...{ id: oldest.id, createdAt: instant(oldest.createdAt), dueAt: instant(oldest.dueAt) },
      },
    },
    live: { assigned, running, isLeast: assigned + running >= queueCountMax },
    newest: {
      ...{ runs: queue.newest, isCut: queue.newest >= queueNewestMax },
      ...{ succeeded: queue.succeeded, failed: queue.failed, cancelled: queue.cancelled },
    },
  };
}
