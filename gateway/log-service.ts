import { DomainError } from "#core/domain/errors.ts";
import { limits } from "#core/domain/limits.ts";
import type { RunReader } from "#core/ports/run-reader.ts";
import type {
  GetLogsRequest,
  GetLogsResponse,
  JobLogEntry,
  LogStreamServiceServer,
  SubscribeLogsRequest,
  VerifyLogsRequest,
  VerifyLogsResponse,
} from "#proto/hodei/logs.ts";
import type { Hub } from "./hub.ts";
import type { LogLine } from "./log-lines.ts";
import { type JobKey, LogPlaces } from "./log-places.ts";
import { LogReading } from "./log-reading.ts";
import { verifyAnswer } from "./log-verdict.ts";
import { type Listener, serverStream } from "./server-stream.ts";
import { unary } from "./unary.ts";
import { requiredUuid, wholeNumber } from "./wire-values.ts";

/** Between two looks for more: short while output comes, longer while a job is silent. */
const LOOK_AGAIN_MS = 100;
const LOOK_AGAIN_MAX_MS = 2_000;
/** What an entry costs in a message besides its text. */
const ENTRY_BYTES = 80;

type LogReader = Pick<RunReader, "run" | "logs">;

/** LogStreamService: the output of jobs, line by line, from the rows that hold it. */
export function logService(
  hub: Hub,
): Pick<LogStreamServiceServer, "getLogs" | "subscribeLogs" | "verifyLogs"> {
  const { reader, log } = hub.deps;
  const places = new LogPlaces();
  return {
    getLogs: unary(log, (request) => getLogs(reader, places, request)),
    verifyLogs: unary(log, (request) => verifyLogs(reader, request)),
    subscribeLogs: serverStream(hub, (listener) => subscribeLogs(reader, places, listener)),
  };
}

async function getLogs(
  reader: LogReader,
  places: LogPlaces,
  request: GetLogsRequest,
): Promise<GetLogsResponse> {
  const id = requiredUuid(request.jobId, "job_id");
  const after = wholeNumber(request.sinceSequence, "since_sequence");
  const wanted = wholeNumber(request.limit, "limit") || limits.logEntriesDefault;
  const entriesMax = Math.min(wanted, limits.logEntriesMax);
  const job = await requireJob(reader, id);
  const reading = new LogReading(reader, places, { job, after });
  const entries: JobLogEntry[] = [];
  let bytes = 0;
  for (;;) {
    const { lines, more } = await reading.next();
    for (const line of lines) {
      if (line.sequence <= after) continue;
      bytes += Buffer.byteLength(line.text) + ENTRY_BYTES;
      if (entries.length === entriesMax || bytes > limits.messageBytesMax)
        return { entries, hasMore: true };
      entries.push(logEntry(id, line));
    }
    if (!more) return { entries, hasMore: false };
  }
}

async function verifyLogs(
  reader: Pick<RunReader, "verifyLogs">,
  request: VerifyLogsRequest,
): Promise<VerifyLogsResponse> {
  const id = requiredUuid(request.jobId, "job_id");
  const verdict = await reader.verifyLogs(id);
  if (!verdict) throw new DomainError("RunNotFound", `job ${id} does not exist`);
  return verifyAnswer(verdict);
}

async function subscribeLogs(
  reader: LogReader,
  places: LogPlaces,
  listener: Listener<SubscribeLogsRequest, JobLogEntry>,
): Promise<void> {
  const { jobId, includeHistory, tailLines } = listener.request;
  const id = requiredUuid(jobId, "job_id");
  const tail = wholeNumber(tailLines, "tail_lines");
  const job = await requireJob(reader, id);
  const after = await linesBefore(reader, places, { job, includeHistory, tail });
  const reading = new LogReading(reader, places, { job, after });
  for (let waitMs = LOOK_AGAIN_MS; ; ) {
    const { lines, more } = await reading.next();
    for (const line of lines) if (line.sequence > after) await listener.send(logEntry(id, line));
    if (reading.complete) return;
    listener.signal.throwIfAborted();
    if (lines.length > 0) waitMs = LOOK_AGAIN_MS;
    if (more) continue;
    await listener.pause(waitMs);
    // Nothing tells a job that writes nothing from one whose rows were swept away meanwhile.
    if (waitMs === LOOK_AGAIN_MAX_MS) await requireJob(reader, id);
    waitMs = Math.min(2 * waitMs, LOOK_AGAIN_MAX_MS);
  }
}

/** How many of the job's lines a subscriber does not want. */
async function linesBefore(
  reader: LogReader,
  places: LogPlaces,
  { job, includeHistory, tail }: { job: JobKey; includeHistory: boolean; tail: number },
): Promise<number> {
  if (includeHistory && tail === 0) return 0;
  const last = { job, after: Number.MAX_SAFE_INTEGER };
  const stored = await new LogReading(reader, places, last).skipStored();
  return includeHistory ? Math.max(0, stored - tail) : stored;
}

async function requireJob(reader: LogReader, id: string): Promise<JobKey> {
  const run = await reader.run(id);
  if (!run) throw new DomainError("RunNotFound", `job ${id} does not exist`);
  return run;
}

const logEntry = (jobId: string, { text, stderr, at, sequence }: LogLine): JobLogEntry => ({
  jobId,
  line: text,
  isStderr: stderr,
  timestamp: new Date(at),
  sequence,
});
