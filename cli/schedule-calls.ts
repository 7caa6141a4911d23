import type { RunBody } from "#core/domain/spec/api.ts";
import type {
  CronCheckBody,
  DeletedScheduleBody,
  ScheduleBody,
  ScheduleListBody,
  UpcomingBody,
} from "#core/domain/spec/schedule-api.ts";
import type { ScheduleChangeInput, ScheduleInput } from "#core/domain/spec/schedule-input.ts";
import type { Caller } from "./template-calls.ts";

export interface ScheduleQuery {
  readonly template?: string;
  readonly enabled?: boolean;
  readonly cursor?: string;
}

export interface UpcomingRequest {
  readonly template?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}

/** What the API says of schedules. A schedule is named by its name or id. */
export interface ScheduleCalls {
  createSchedule(input: ScheduleInput, idempotencyKey: string): Promise<ScheduleBody>;
  /** Fields that are left out stay as they are. */
  changeSchedule(reference: string, change: ScheduleChangeInput): Promise<ScheduleBody>;
  schedule(reference: string): Promise<ScheduleBody>;
  schedules(query: ScheduleQuery): Promise<ScheduleListBody>;
  enableSchedule(reference: string): Promise<ScheduleBody>;
  disableSchedule(reference: string): Promise<ScheduleBody>;
  deleteSchedule(reference: string): Promise<DeletedScheduleBody>;
  triggerSchedule(
    reference: string,
    idempotencyKey: string,
  ): Promise<{ run: RunBody; created: boolean }>;
  upcoming(query: UpcomingRequest): Promise<UpcomingBody>;
  checkCron(cron: string, timezone?: string): Promise<CronCheckBody>;
}

const ALL = "/v1/schedules";
const ONE = `${ALL}/{reference}` as const;

/** The calls, over the client that sends one and repeats it while that helps. */
export function scheduleCalls({
  http,
  ask,
  submitted,
}: Pick<Caller, "http" | "ask" | "submitted">): ScheduleCalls {
  const of = (reference: string) => ({ params: { path: { reference } } });
  const key = (key: string) => ({ "Idempotency-Key": key });
  return {
    createSchedule: (body, idempotencyKey) =>
      ask(http.POST(ALL, { params: { header: key(idempotencyKey) }, body })),
    changeSchedule: (reference, body) => ask(http.PATCH(ONE, { ...of(reference), body })),
    schedule: (reference) => ask(http.GET(ONE, of(reference))),
    schedules: (query) => ask(http.GET(ALL, { params: { query } })),
    enableSchedule: (reference) => ask(http.POST(`${ONE}/enable`, of(reference))),
    disableSchedule: (reference) => ask(http.POST(`${ONE}/disable`, of(reference))),
    deleteSchedule: (reference) => ask(http.DELETE(ONE, of(reference))),
    triggerSchedule: (reference, idempotencyKey) => {
      const params = { path: { reference }, header: key(idempotencyKey) };
      return submitted(http.POST(`${ONE}/trigger`, { params }));
    },
    upcoming: (query) => ask(http.GET(`${ALL}/upcoming`, { params: { query } })),
    checkCron: (cron, timezone) => {
      const query = { cron, ...(timezone !== undefined && { timezone }) };
      return ask(http.GET(`${ALL}/check`, { params: { query } }));
    },
  };
}
