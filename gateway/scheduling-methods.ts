import { configureScheduler } from "#core/application/configure-scheduler.ts";
import { explain } from "#core/application/explain-run.ts";
import { foreseePlacement } from "#core/application/foresee-placement.ts";
import { acceptableRun } from "#core/application/new-run.ts";
import type { SubmitWithId } from "#core/application/operations.ts";
import { submitRun } from "#core/application/submit-run.ts";
import { DomainError } from "#core/domain/errors.ts";
import { isFinal } from "#core/domain/job-run/phase.ts";
import type { PlacedRun } from "#core/ports/scheduler-store.ts";
import type {
  ScheduleJobRequest,
  SchedulerServiceServer,
  SchedulingDecision,
} from "#proto/hodei/scheduler.ts";
import { callerOf } from "./callers.ts";
import type { Hub } from "./hub.ts";
import { submitOf, submitsOf } from "./job-service.ts";
import {
  foreseenDecision,
  placedDecision,
  schedulerInput,
  schedulingInput,
} from "./scheduling-codec.ts";
import { serverStream } from "./server-stream.ts";
import { unary } from "./unary.ts";
import { requiredUuid } from "./wire-values.ts";

const LOOK_AGAIN_MS = 500;
/** Reasons of one answer: an explanation may have one for each kind of worker. */
const REASONS_MAX = 20;

type Served =
  | "scheduleJob"
  | "getSchedulingDecision"
  | "configureScheduler"
  | "schedulingDecisionStream";

/** The half of SchedulerService that decides, and says what was decided. */
export function schedulingMethods(hub: Hub): Pick<SchedulerServiceServer, Served> {
  const { scheduler, log } = hub.deps;
  return {
    scheduleJob: unary(log, (request, call) => {
      const submit = submitWithScheduling(request, callerOf(call).label);
      return request.dryRun ? foresee(hub, submit) : schedule(hub, submit);
    }),
    getSchedulingDecision: unary(log, async ({ jobId }) => {
      const id = requiredUuid(jobId?.value, "job_id");
      return { decision: await decisionAbout(hub, id, await placedRun(hub, id)) };
    }),
    configureScheduler: unary(log, async ({ config }, call) => {
      const deps = { scheduler, log };
      const by = callerOf(call).label;
      const { version } = await configureScheduler(deps, schedulerInput(config), by);
      const message = `Scheduler configured: version ${version}`;
      return { success: true, message, configuredAt: new Date() };
    }),
    schedulingDecisionStream: serverStream(hub, async (listener) => {
      const id = requiredUuid(listener.request.value, "job_id");
      for (let told: string | null | undefined; ; ) {
        const placed = await placedRun(hub, id);
        const now = placed.attempt?.executionId ?? null;
        if (now !== told) await listener.send(await decisionAbout(hub, id, placed));
        told = now;
        if (isFinal(placed.phase)) return;
        await listener.pause(LOOK_AGAIN_MS);
      }
    }),
  };
}

/** Stored as any other job, then this gateway looks; what it decided is answered. */
async function schedule(hub: Hub, submit: SubmitWithId) {
  const { run } = await submitRun(submitsOf(hub), submit);
  if (run.phase === "Pending") await hub.placing.next();
  const placed = await placedRun(hub, run.id);
  const where = placed.attempt ? "scheduled" : "queued";
  return {
    success: true,
    message: `Job ${where}: ${run.id}`,
    decision: await decisionAbout(hub, run.id, placed),
    scheduledAt: new Date(run.createdAt),
  };
}

/** Nothing is stored. */
async function foresee(hub: Hub, submit: SubmitWithId) {
  const run = acceptableRun(hub.deps.submit, submit);
  const foreseen = await foreseePlacement(hub.deps, run);
  return {
    success: true,
    message: foreseen.workerId ? "Job would be scheduled" : "Job would be queued",
    decision: foreseenDecision(run.id, foreseen),
    scheduledAt: new Date(foreseen.now),
  };
}

function submitWithScheduling(request: ScheduleJobRequest, label: string | null): SubmitWithId {
  const { jobDefinition, requestedBy: queuedBy } = request;
  const submit = submitOf({ jobDefinition, queuedBy }, label);
  const spec = { ...(submit.spec as object), scheduling: schedulingInput(request) };
  return { ...submit, spec };
}

async function placedRun(hub: Hub, id: string): Promise<PlacedRun> {
  const placed = await hub.deps.scheduler.placed(id);
  if (!placed) throw new DomainError("RunNotFound", `job ${id} does not exist`);
  return placed;
}

/** Why it waits is looked up only where it does. */
async function decisionAbout(hub: Hub, id: string, placed: PlacedRun): Promise<SchedulingDecision> {
  if (placed.attempt !== null || placed.phase !== "Pending") return placedDecision(id, placed, []);
  const { store, scheduler, submit } = hub.deps;
  const { blockers, summary } = await explain({ store, scheduler, profiles: submit.profiles }, id);
  const reasons = blockers.map(({ message }) => message).slice(0, REASONS_MAX);
  return placedDecision(id, placed, reasons.length > 0 ? reasons : [summary]);
}
