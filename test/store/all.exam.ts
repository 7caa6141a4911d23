import { apiKeys } from "./api-keys.exam.ts";
import { accepts, beats } from "./attempts.exam.ts";
import { auditReads, auditRecords } from "./audit.exam.ts";
import { cancellable } from "./cancellable.exam.ts";
import { deadlines } from "./deadlines.exam.ts";
import { explaining } from "./explaining.exam.ts";
import { fence } from "./fence.exam.ts";
import { gateways } from "./gateways.exam.ts";
import { housekeeping } from "./housekeeping.exam.ts";
import { idle } from "./idle.exam.ts";
import { launches } from "./launches.exam.ts";
import { logs } from "./logs.exam.ts";
import { lost } from "./lost.exam.ts";
import { leaseFloor, lostGuards } from "./lost-guards.exam.ts";
import { manual } from "./manual.exam.ts";
import { manyShapes } from "./many-shapes.exam.ts";
import { gaps, verdicts } from "./output.exam.ts";
import { pages } from "./pages.exam.ts";
import { patches, suspends } from "./patch.exam.ts";
import { placement, queue } from "./placement.exam.ts";
import { providers } from "./providers.exam.ts";
import { results, wear } from "./results.exam.ts";
import { runs } from "./runs.exam.ts";
import { configuring, placed, preferring } from "./scheduling.exam.ts";
import { templateRuns, templates } from "./templates.exam.ts";
import { usage } from "./usage.exam.ts";
import { views } from "./views.exam.ts";
import { warm } from "./warm.exam.ts";
import { machines, workerEnds } from "./worker-ends.exam.ts";
import { fleet, registration, streams } from "./workers.exam.ts";

/** The whole exam of a control store. */
export const allExams = {
  ...{ runs, deadlines, warm, placement, queue, manyShapes, accepts, beats, results, wear },
  ...{ lost, lostGuards, leaseFloor },
  ...{ idle, registration, streams, fleet, workerEnds, machines, launches },
  ...{ templates, templateRuns },
  ...{ suspends, patches, cancellable, manual, pages },
  ...{ logs, gaps, verdicts, gateways, housekeeping, views, usage, providers, apiKeys },
  ...{ auditRecords, auditReads, explaining, preferring, placed, configuring, fence },
};
