import { beforeAll, describe, expect, it } from "vitest";
import { measureStartTimes, type StartTimes } from "../../bench/start-time/measure-start-times.ts";
import { FUNCTION_ENTRIES, type FunctionName } from "../../scripts/bundle.ts";

const ROUNDS = 5;
/**
 * Times the start of a bare Node in the same minute on the same machine, which takes the speed of
 * the machine out; what is left is noise, and these leave room for half as much again.
 */
const RATIO_MAX = { workerReady: 6, handlerImport: 3 };

let times: StartTimes;
beforeAll(async () => {
  times = await measureStartTimes({ rounds: ROUNDS });
}, 60_000);

describe("a worker", () => {
  it(`can take a run within ${RATIO_MAX.workerReady} starts of a bare Node`, () => {
    const { bareNode, worker } = times;
    expect(worker.readyMs / bareNode.wallMs).toBeLessThan(RATIO_MAX.workerReady);
    expect(worker.cpuMs / bareNode.cpuMs).toBeLessThan(RATIO_MAX.workerReady);
  });

  it("gets there step by step", () => {
    const { loadedMs, registeredMs, attachedMs, readyMs } = times.worker;
    const steps = [times.bareNode.wallMs, loadedMs, registeredMs, attachedMs, readyMs];
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  });
});

describe.each(Object.keys(FUNCTION_ENTRIES) as FunctionName[])("the function %s", (name) => {
  it(`is imported within ${RATIO_MAX.handlerImport} starts of a bare Node`, () => {
    const { wallMs, cpuMs } = times.handlers[name];
    expect(wallMs / times.bareNode.wallMs).toBeLessThan(RATIO_MAX.handlerImport);
    expect(cpuMs / times.bareNode.cpuMs).toBeLessThan(RATIO_MAX.handlerImport);
  });

  it("loads nothing of the network while it is imported: no SDK, no driver, no gRPC", () => {
    const { nodeModules } = times.handlers[name];
    expect(nodeModules).toContain("crypto"); // the list is not empty
    // Not net: standard output is a pipe here, and Node's own word for that is a socket.
    const network = ["dns", "http", "http2", "https", "tls"];
    expect(nodeModules.filter((one) => network.includes(one))).toEqual([]);
  });
});
