import { describe, expect, it } from "vitest";
import { limits } from "#core/domain/limits.ts";
import { checkTimings, DEFAULT_TIMINGS } from "#core/domain/timings.ts";
import { product } from "./source-files.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const KIB = 1024;
const MIB = 1024 * KIB;

/** Limits of others, that ours must stay within. */
const outside = {
  dataApiRowBytes: 64 * KIB,
  dataApiAnswerBytes: 1 * MIB,
  grpcMessageBytes: 4 * MIB, // what every gRPC library accepts unless told otherwise
  fargateStopSeconds: 120, // from SIGTERM to SIGKILL at most
  gatewayStopSeconds: 60, // what docs/operate/configuration.md asks of the gateway's service
  ecsClientTokenHours: 24,
  lambdaTickMs: 60 * SECOND, // the time out of the tick's function must be below its period
  apiGatewayBodyBytes: 10 * MIB,
  spotNoticeMs: 120 * SECOND,
};

type Rule = readonly [why: string, holds: boolean];

const leases: Rule[] = [
  [
    "a lease outlives three heartbeats: two may be lost without harm",
    limits.leaseMs >= 3 * limits.heartbeatPeriodMs,
  ],
  [
    "a worker fences itself before its lease ends, and has had the time for a second heartbeat",
    limits.selfFenceMarginMs > 0 &&
      limits.leaseMs - limits.selfFenceMarginMs >= 2 * limits.heartbeatPeriodMs,
  ],
  [
    "an attempt is called unreported only after the lease of a silent worker would be over too",
    limits.reportedLimitMs >= limits.leaseMs,
  ],
  [
    "after an outage every worker has a whole lease and a reconnect to come back",
    limits.leaseFloorMs >= limits.leaseMs + limits.heartbeatPeriodMs + limits.reconnectWithinMs,
  ],
  [
    "a gateway is taken for dead after several missed beats, long before its workers' leases end",
    limits.gatewayDeadMs >= 2 * limits.gatewayBeatMs && 3 * limits.gatewayDeadMs <= limits.leaseMs,
  ],
  [
    "workers that move to another gateway are attached again within half a lease",
    limits.reconnectWithinMs * 2 <= limits.leaseMs,
  ],
  [
    "a broken connection is noticed before the lease is over",
    limits.keepaliveMs + limits.keepaliveTimeoutMs <= limits.leaseMs - limits.selfFenceMarginMs,
  ],
  [
    "an attempt that nobody accepts is given back before its worker's lease ends: the worker may be well",
    limits.acceptDeadlineMs < limits.leaseMs,
  ],
];

const leaving: Rule[] = [
  [
    "a gateway that leaves is gone before its machine is killed, and its workers before that",
    limits.gatewayDrainMs + limits.gatewayFinishCallsMs < outside.gatewayStopSeconds * SECOND &&
      limits.reconnectWithinMs < limits.gatewayDrainMs,
  ],
  [
    "the longest grace of a job ends before Fargate kills the task, with time left for the result",
    limits.terminationGraceSecondsMax <= outside.fargateStopSeconds - 10,
  ],
  [
    "the default grace fits into a Spot notice many times",
    limits.terminationGraceSecondsDefault * SECOND * 3 <= outside.spotNoticeMs,
  ],
];

const launching: Rule[] = [
  [
    "a bootstrap token outlives the time to register and two retries of a lost answer",
    limits.tokenLifetimeMs > limits.registerDeadlineMs + 2 * limits.connectDeadlineMs,
  ],
  [
    "a launch token is repeated only while ECS remembers it for certain",
    limits.launchTokenReuseMs <= HOUR &&
      limits.launchTokenReuseMs < outside.ecsClientTokenHours * HOUR,
  ],
  [
    "a launch is given up while its token could still be repeated: no second machine under another",
    limits.launchGiveUpMs < limits.launchTokenReuseMs,
  ],
  [
    "a machine nobody knows is stopped only after its own launch would have been written down",
    limits.unknownMachineAgeMs >= limits.machineMissingGraceMs &&
      limits.unknownMachineAgeMs >= limits.registerDeadlineMs,
  ],
  [
    "one tick launches no more than the bucket holds",
    limits.launchesPerTickMax <= limits.launchBurst,
  ],
  [
    "ticks at their period spend no more than the bucket gets back",
    limits.launchesPerTickMax <= (limits.launchPerSecond * limits.tickPeriodMs) / SECOND,
  ],
  [
    "retries start short and stay within the give-up time",
    limits.launchRetryInitialMs < limits.launchRetryMaxMs &&
      limits.launchRetryMaxMs * 3 <= limits.launchGiveUpMs,
  ],
  [
    "failures of a profile are remembered for longer than it rests",
    limits.failingProfileWindowMs >= 5 * limits.launchRetryMaxMs,
  ],
  [
    "an ended worker is kept until every look that compares it is over",
    limits.workerRetentionMs > limits.unknownMachineAgeMs + limits.sweepPeriodMs,
  ],
  ["the breaker stops a massacre, not a single stranger", limits.massKillFloor >= 1],
  ["the breaker's share is a share", limits.massKillShare > 0 && limits.massKillShare < 1],
];

const ticking: Rule[] = [
  [
    "a tick ends well before the next one and before its function's time is out",
    limits.tickBudgetMs * 2 <= limits.tickPeriodMs &&
      limits.tickBudgetMs * 2 <= outside.lambdaTickMs,
  ],
  ["a sweep is rarer than a tick", limits.sweepPeriodMs > limits.tickPeriodMs],
  [
    "placement looks at no more runs than one statement may write",
    limits.placementRunsPerShapeMax <= limits.placementRunsMax &&
      limits.placementRunsMax <= limits.placementWorkersMax,
  ],
];

const sizes: Rule[] = [
  [
    "a row with the spec in it fits the Data API twice over",
    limits.specBytesMax * 2 <= outside.dataApiRowBytes,
  ],
  [
    "a page of output fits the Data API in base64",
    (limits.logPageBytesMax * 4) / 3 < outside.dataApiAnswerBytes,
  ],
  [
    "a chunk of output fits a row in base64",
    (limits.logChunkBytesMax * 4) / 3 < outside.dataApiRowBytes / 2,
  ],
  [
    "a page of runs fits the Data API when their specs are of an ordinary size",
    limits.pageItemsMax * KIB < outside.dataApiAnswerBytes &&
      limits.pageItemsDefault <= limits.pageItemsMax,
  ],
  [
    "a message holds a command of the largest spec, several times",
    limits.specBytesMax * 4 <= limits.messageBytesMax &&
      limits.messageBytesMax <= outside.grpcMessageBytes,
  ],
  [
    "a request holds the largest spec with all its escapes",
    limits.requestBytesMax >= 6 * limits.specBytesMax &&
      limits.requestBytesMax < outside.apiGatewayBodyBytes,
  ],
  [
    "the ring holds many chunks and less than one attempt may write",
    limits.logRingBytesMax >= 64 * limits.logChunkBytesMax &&
      limits.logRingBytesMax < limits.logBytesPerAttemptMax,
  ],
  [
    "labels are those of Kubernetes",
    limits.labelValueCharsMax === 63 && limits.labelKeyCharsMax === 253,
  ],
];

const defaults: Rule[] = [
  ["priorities lie around 0", limits.priorityMin === -limits.priorityMax && limits.priorityMax > 0],
  [
    "the default backoff is that of Kubernetes: 10 s, doubling, at most 6 min",
    limits.backoffInitialSecondsDefault === 10 &&
      limits.backoffFactorDefault === 2 &&
      limits.backoffMaxSecondsDefault === 360,
  ],
  [
    "defaults are allowed values",
    limits.activeDeadlineSecondsDefault <= limits.durationSecondsMax &&
      limits.terminationGraceSecondsDefault <= limits.terminationGraceSecondsMax &&
      limits.infrastructureLimitDefault <= limits.backoffLimitMax,
  ],
];

const callers: Rule[] = [
  ["a revoked key is over while its owner still looks", limits.apiKeyCacheMs <= 15 * SECOND],
  [
    "a note of a use is rarer than a look at the key, which says whether one is due",
    limits.apiKeyUseNotedMs > limits.apiKeyCacheMs,
  ],
  [
    "a key may spend the calls of a second at once",
    limits.keyCallsBurst >= limits.keyCallsPerSecond,
  ],
  [
    "a gateway lets our own worker ask for its fence as often as that does",
    limits.fenceChecksPerSecond * limits.fenceCheckPeriodMs >= SECOND &&
      limits.fenceChecksBurst >= limits.fenceConnectionsMax,
  ],
  [
    "a question about the fence fits its line, and is answered or given up before a lease is",
    limits.fenceQuestionBytesMax >= 100 && limits.fenceAnswerMs < limits.leaseMs / 2,
  ],
  [
    "a worker comes back before its old streams are noticed, and one worker fills no connection",
    limits.workerLogStreamsMax >= 2 &&
      limits.workerLogStreamsMax * 4 < limits.streamsPerConnectionMax,
  ],
];

describe.each([
  ["callers", callers],
  ["leases and signs of life", leases],
  ["leaving", leaving],
  ["launching", launching],
  ["the tick", ticking],
  ["sizes", sizes],
  ["defaults", defaults],
])("%s", (_name, rules) => {
  it.each(rules)("%s", (_why, holds) => {
    expect(holds).toBe(true);
  });
});

describe("the limits", () => {
  it("are positive numbers, but for the least priority and the default of no retry", () => {
    for (const [name, value] of Object.entries(limits)) {
      expect(Number.isFinite(value), name).toBe(true);
      if (!["priorityMin", "backoffLimitDefault"].includes(name))
        expect(value, name).toBeGreaterThan(0);
    }
  });

  it("say their unit in their name", () => {
    const unit = /(Ms|Seconds|SecondsMax|SecondsDefault|SecondsPerPoint|BytesMax|CharsMax)$/;
    const count = /(Max|Min|Default|Limit|Burst|Floor|Share|Free|PerSecond)$/;
    expect(Object.keys(limits).filter((name) => !unit.test(name) && !count.test(name))).toEqual([]);
  });

  it("are all read by something: a bound that nobody keeps is a lie", () => {
    const forInfra = ["tickPeriodMs"]; // the rate of the schedule that starts the tick
    const readers = product.filter(({ path }) => path !== "core/domain/limits.ts");
    const isRead = (name: string) =>
      readers.some(({ text }) => new RegExp(`\\b${name}\\b`).test(text));
    const unread = Object.keys(limits).filter((name) => !isRead(name) && !forInfra.includes(name));
    expect(unread).toEqual([]);
  });

  it("make sound timings", () => {
    expect(checkTimings(DEFAULT_TIMINGS)).toEqual([]);
    expect(DEFAULT_TIMINGS.stopMarginMs).toBeGreaterThan(2 * limits.heartbeatPeriodMs);
  });
});
