import { expect } from "vitest";
import type { StoreFixture } from "../support/store-fixture.ts";
import { aTemplate, aTemplateRun, aVersion } from "../support/template-factories.ts";
import { exam } from "./exam.ts";

const created = async (at: StoreFixture) => {
  const template = aTemplate();
  await at.templates.createTemplate(template);
  return template.id;
};

/** What happens when the second statement waits for the first one's template. */
export const templateRaces = exam({
  "two creates of one name: one template": async (at) => {
    const [one, other] = [aTemplate({ name: "nightly" }), aTemplate({ name: "nightly" })];
    const raced = await at.race(
      (_store, templates) => templates.createTemplate(one),
      (_store, templates) => templates.createTemplate(other),
    );
    expect(raced).toEqual({ waited: true, first: true, second: false });
    expect(await at.tables.rows("select id from hodei.job_template")).toHaveLength(1);
    expect(await at.tables.rows("select * from hodei.job_template_version")).toHaveLength(1);
  },
  "two changes of one version: one of them": async (at) => {
    const id = await created(at);
    const raced = await at.race(
      (_store, templates) => templates.addVersion(aVersion(id, 1, { description: "first" })),
      (_store, templates) => templates.addVersion(aVersion(id, 1, { description: "second" })),
    );
    expect(raced).toEqual({ waited: true, first: true, second: false });
    expect(await at.templates.template({ id })).toMatchObject({ version: 2, description: "first" });
  },
  "two runs of one template: one number after the other": async (at) => {
    const id = await created(at);
    const raced = await at.race(
      (_store, templates) => templates.insertTemplateRun(aTemplateRun(id)),
      (_store, templates) => templates.insertTemplateRun(aTemplateRun(id)),
    );
    expect(raced).toMatchObject({ waited: true, first: { number: 1 }, second: { number: 2 } });
  },
  "two runs under one key: one run, one number": async (at) => {
    const id = await created(at);
    const raced = await at.race(
      (_store, templates) => templates.insertTemplateRun(aTemplateRun(id, {}, { key: "k" })),
      (_store, templates) => templates.insertTemplateRun(aTemplateRun(id, {}, { key: "k" })),
    );
    expect(raced).toMatchObject({ waited: true, first: { number: 1 }, second: { stored: null } });
    expect(await at.templates.insertTemplateRun(aTemplateRun(id))).toMatchObject({ number: 2 });
  },
  "a run waits for the archive: it is not made": async (at) => {
    for (const status of ["Archived", "Disabled"] as const) {
      const id = await created(at);
      const raced = await at.race(
        (_store, templates) => templates.setStatus(id, status, null, null),
        (_store, templates) => templates.insertTemplateRun(aTemplateRun(id)),
      );
      expect(raced).toMatchObject({ waited: true, first: true, second: { stored: null } });
    }
  },
  "an archive waits for the run: both happen": async (at) => {
    const id = await created(at);
    const raced = await at.race(
      (_store, templates) => templates.insertTemplateRun(aTemplateRun(id)),
      (_store, templates) => templates.setStatus(id, "Archived", null, null),
    );
    expect(raced).toMatchObject({ waited: true, first: { number: 1 }, second: true });
    expect(await at.templates.stats(id)).toMatchObject({ numbers: 1, open: 1 });
  },
  "a change waits for the archive: it is not made": async (at) => {
    const id = await created(at);
    const raced = await at.race(
      (_store, templates) => templates.setStatus(id, "Archived", null, null),
      (_store, templates) => templates.addVersion(aVersion(id, 1)),
    );
    expect(raced).toEqual({ waited: true, first: true, second: false });
  },
  "a status for a version waits for the next one: it is not set": async (at) => {
    const id = await created(at);
    const raced = await at.race(
      (_store, templates) => templates.addVersion(aVersion(id, 1)),
      (_store, templates) => templates.setStatus(id, "Archived", 1, null),
    );
    expect(raced).toEqual({ waited: true, first: true, second: false });
  },
  "a change waits for a run: the number is kept": async (at) => {
    const id = await created(at);
    const raced = await at.race(
      (_store, templates) => templates.insertTemplateRun(aTemplateRun(id)),
      (_store, templates) => templates.addVersion(aVersion(id, 1)),
    );
    expect(raced).toMatchObject({ waited: true, first: { number: 1 }, second: true });
    expect(await at.templates.insertTemplateRun(aTemplateRun(id))).toMatchObject({ number: 2 });
  },
});
