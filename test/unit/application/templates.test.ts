import { describe, expect, test } from "vitest";
import { changeTemplate } from "#core/application/change-template.ts";
import { runTemplate } from "#core/application/run-template.ts";
import { setTemplateStatus } from "#core/application/set-template-status.ts";
import type { TemplateDeps } from "#core/application/template-deps.ts";
import type { TemplateStatus } from "#core/domain/template/template.ts";
import type { ControlStore } from "#core/ports/control-store.ts";
import type { RunReader } from "#core/ports/run-reader.ts";
import type { TemplateStore, TemplateView } from "#core/ports/template-store.ts";
import { aSpec } from "../../support/factories.ts";
import { recordingTelemetry } from "../../support/fakes/recorders.ts";
import { stub } from "../../support/fakes/stub.ts";
import { refusal } from "../../support/refusal.ts";
import { aTemplate } from "../../support/template-factories.ts";
import { makeProfile, NOW } from "../domain/make.ts";

const view = (given: Partial<TemplateView> = {}): TemplateView => ({
  ...aTemplate({ id: "00000000-0000-4000-8000-000000000001", name: "report", parameters: [] }),
  ...{ status: "Active", version: 1, newestVersion: 1, createdBy: null },
  ...{ createdAt: NOW, versionAt: NOW, updatedAt: NOW },
  ...given,
});
const at = (version: number, status: TemplateStatus = "Active") =>
  view({ version, newestVersion: version, status });

function makeDeps(templates: Partial<TemplateStore>, profile = makeProfile()) {
  const wakes: number[] = [];
  const deps: TemplateDeps = {
    templates: stub<TemplateStore>(templates),
    store: stub<ControlStore>({ findRuns: async () => new Map() }),
    reader: stub<RunReader>({}),
    wake: { wake: async (ms = 0) => void wakes.push(ms) },
    insertRun: async () => Promise.reject(new Error("no plain run")),
    profiles: [profile],
    newId: () => "00000000-0000-4000-8000-00000000000a",
    telemetry: recordingTelemetry(),
  };
  return { deps, wakes };
}

const RUN = {
  ...{ reference: "report", version: null, parameters: undefined },
  ...{ idempotencyKey: null, submittedBy: null },
};
const NOTHING = { id: "", stored: null, full: false, poked: false, number: null };

describe("a change that nobody guards", () => {
  const request = { reference: "report", input: { description: "new" }, createdBy: null };

  test("is made anew on what others changed meanwhile", async () => {
    const versions = [at(1), at(2)];
    const bases: number[] = [];
    const { deps } = makeDeps({
      template: async () => versions.shift() ?? at(2),
      addVersion: async ({ version }) => bases.push(version) === 2,
      templateVersion: async (_id, version) => at(version),
    });
    const changed = await changeTemplate(deps, { ...request, expectedVersion: null });
    expect([changed.version, bases]).toEqual([3, [1, 2]]);
  });

  test("gives up where there is no end of others", async () => {
    const { deps } = makeDeps({ template: async () => at(1), addVersion: async () => false });
    const refused = await refusal(changeTemplate(deps, { ...request, expectedVersion: null }));
    expect(refused.code).toBe("Conflict");
  });

  test("is refused of what no machine could run any more", async () => {
    const { deps } = makeDeps({
      template: async () => view({ spec: aSpec({ nodeSelector: { zone: "none" } }) }),
    });
    const refused = await refusal(changeTemplate(deps, { ...request, expectedVersion: null }));
    expect(refused).toMatchObject({ code: "Unplaceable", fields: [{ path: "spec.resources" }] });
  });
});

describe("a run that was not stored", () => {
  test.each(["Disabled", "Archived"] as const)("says that it is %s by now", async (status) => {
    const seen = [at(1), at(1, status)];
    const { deps, wakes } = makeDeps({
      template: async () => seen.shift() ?? null,
      insertTemplateRun: async () => NOTHING,
    });
    expect(await refusal(runTemplate(deps, RUN))).toMatchObject({ code: "TemplateNotActive" });
    expect(wakes).toEqual([]);
  });

  test("says that the queue is full, or that it may be tried again", async () => {
    for (const [full, code] of [
      [true, "QueueFull"],
      [false, "StoreUnavailable"],
    ] as const) {
      const { deps } = makeDeps({
        template: async () => at(1),
        insertTemplateRun: async () => ({ ...NOTHING, full }),
      });
      expect(await refusal(runTemplate(deps, RUN))).toMatchObject({ code });
    }
  });

  test("because no machine could run it any more was not sent", async () => {
    const { deps } = makeDeps({
      template: async () => view({ spec: aSpec({ nodeSelector: { zone: "none" } }) }),
    });
    expect(await refusal(runTemplate(deps, RUN))).toMatchObject({ code: "Unplaceable" });
  });
});

test("a stored run asks for a look, unless a gateway was told", async () => {
  const waits = { reason: "Queued", workerId: null } as const;
  const stored = { createdAt: NOW, notBefore: NOW, deadlineAt: NOW + 1, ...waits };
  for (const poked of [false, true]) {
    const { deps, wakes } = makeDeps({
      template: async () => at(4),
      insertTemplateRun: async ({ id }) => ({ id, stored, full: false, poked, number: 7 }),
    });
    const { run, created } = await runTemplate(deps, RUN);
    expect([created, run.template, wakes]).toEqual([
      ...[true, { id: at(4).id, name: "report", version: 4, number: 7 }, poked ? [] : [0]],
    ]);
  }
});

test("a status that was not set says why", async () => {
  const set = (seen: TemplateView) => {
    const { deps } = makeDeps({ template: async () => seen, setStatus: async () => false });
    return setTemplateStatus(deps.templates, "report", "Disabled", 1, null);
  };
  expect(await refusal(set(at(1, "Archived")))).toMatchObject({ code: "TemplateNotActive" });
  expect(await refusal(set(at(2)))).toMatchObject({ code: "Conflict" });
  expect(await set(at(2, "Disabled"))).toMatchObject({ status: "Disabled" });
});
