import type { Driver } from "../support/store-fixture.ts";
import { accepts, beats } from "./attempts.exam.ts";
import { deadlines } from "./deadlines.exam.ts";
import { sitExam } from "./exam.ts";
import { lost } from "./lost.exam.ts";
import { leaseFloor, lostGuards } from "./lost-guards.exam.ts";
import { placement, queue } from "./placement.exam.ts";
import { results, wear } from "./results.exam.ts";
import { runs } from "./runs.exam.ts";

/** The whole exam of a control store, over one driver. */
export function sitAll(driver: Driver): void {
  sitExam(driver, {
    runs,
    deadlines,
    placement,
    queue,
    accepts,
    beats,
    results,
    wear,
    lost,
    lostGuards,
    leaseFloor,
  });
}
