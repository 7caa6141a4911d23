import { describe, expect, it } from "vitest";
import { decideMachines } from "#core/domain/reconcile/decide-fleet.ts";
import type { FleetWorker } from "#core/domain/reconcile/snapshot.ts";
import { makeReady, makeWorker, NOW } from "./make.ts";

const LATE = NOW - 30_000;
const asked = (worker: FleetWorker) => {
  const { look, stop, search } = decideMachines([worker]);
  return [...look.map(() => "look"), ...stop.map(() => "stop"), ...search.map(() => "search")];
};

describe("what to ask the provider", () => {
  it.each([
    ["of a worker at work: nothing", makeReady({ phase: "Busy", runId: "r" }), []],
    ["of an idle worker: nothing", makeReady(), []],
    ["of a young machine: nothing yet", makeWorker({ externalId: "m", launchedAt: LATE + 1 }), []],
    [
      "of a machine that should have registered by now: how it is",
      makeWorker({ externalId: "m", launchedAt: LATE }),
      ["look"],
    ],
    [
      "of a worker that registered and is silent: how its machine is",
      makeWorker({ phase: "Connecting", externalId: "m", launchedAt: LATE }),
      ["look"],
    ],
    ["of a worker without a stream: how its machine is", makeReady({ connected: false }), ["look"]],
    [
      "of a worker whose lease is over: how its machine is",
      makeReady({ phase: "Busy", runId: "r", leaseExpiresAt: NOW }),
      ["look"],
    ],
    ["of a row without a machine, not leaving: nothing", makeWorker(), []],
    [
      "of a leaving worker: how its machine is, and to stop it",
      makeReady({ phase: "Terminating" }),
      ["look", "stop"],
    ],
    [
      "of a leaving worker, asked just now: only how its machine is",
      makeReady({ phase: "Terminating", stopAskedAt: LATE + 1 }),
      ["look"],
    ],
    [
      "of a leaving worker, asked a while ago: to stop it, again",
      makeReady({ phase: "Terminating", stopAskedAt: LATE }),
      ["look", "stop"],
    ],
    [
      "of a leaving worker without a known machine: whether there is one",
      makeWorker({ phase: "Terminating" }),
      ["search"],
    ],
    [
      "of a draining worker at work: nothing, it finishes first",
      makeReady({ phase: "Draining", runId: "r" }),
      [],
    ],
  ] satisfies [string, FleetWorker, string[]][])("%s", (_name, worker, questions) => {
    expect(asked(worker)).toEqual(questions);
  });
});
