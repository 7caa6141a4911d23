import type { NewRun } from "#core/ports/control-store.ts";
import type { RunDetail } from "#core/ports/run-reader.ts";
import type { TemplateStore, TemplateView } from "#core/ports/template-store.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

interface Stored {
  readonly versions: TemplateView[];
  numbers: number;
}

/** What a fake of templates needs of the fake that holds the runs. */
export interface RunsInMemory {
  readonly guard: () => void;
  /** The id when it stored the run, null when its key is held. */
  readonly insert: (run: NewRun) => string | null;
  readonly update: (runId: string, change: Partial<RunDetail>) => void;
  readonly runs: () => readonly RunDetail[];
}

/** Templates in memory, with the guards of the real statements; counts nothing but numbers. */
export function createFakeTemplates({ guard, insert, update, runs }: RunsInMemory): TemplateStore {
  const stored = new Map<string, Stored>();
  const values = new Map<string, Readonly<Record<string, string>>>();
  const newest = (id: string): TemplateView | null => stored.get(id)?.versions.at(-1) ?? null;
  const all = () => [...stored.keys()].flatMap((id) => newest(id) ?? []);
  const named = (name: string) =>
    all().find((one) => one.name === name && one.status !== "Archived") ?? null;
  const change = (id: string, given: Partial<TemplateView>): void => {
    const { versions = [] } = stored.get(id) ?? {};
    versions.splice(0, versions.length, ...versions.map((version) => ({ ...version, ...given })));
  };
  return {
    createTemplate: async (template) => {
      guard();
      if (named(template.name) || stored.has(template.id)) return false;
      const view: TemplateView = {
        ...{ ...template, status: "Active", version: 1, newestVersion: 1 },
        ...{ createdAt: NOW, versionAt: NOW, updatedAt: NOW },
      };
      stored.set(template.id, { versions: [view], numbers: 0 });
      return true;
    },
    addVersion: async ({ id, version, ...definition }) => {
      const current = newest(id);
      if (!current || current.version !== version || current.status === "Archived") return false;
      change(id, { newestVersion: version + 1 });
      const next = { ...current, ...definition, version: version + 1, newestVersion: version + 1 };
      stored.get(id)?.versions.push(next);
      return true;
    },
    setStatus: async (id, status, version) => {
      const current = newest(id);
      if (!current || current.status === "Archived") return false;
      if (version !== null && current.version !== version) return false;
      change(id, { status });
      return true;
    },
    insertTemplateRun: async (run) => {
      const nothing = { id: run.id, stored: null, full: false, poked: false, number: null };
      const template = newest(run.templateId);
      const counter = stored.get(run.templateId);
      if (!counter || template?.status !== "Active" || insert(run) === null) return nothing;
      counter.numbers += 1;
      const { templateId: id, templateVersion: version, parameters, rerunOf } = run;
      const origin = { id, name: template.name, version, number: counter.numbers };
      update(run.id, { template: origin, parameters, rerunOf });
      values.set(run.id, run.secrets);
      const waits = { reason: "Queued", workerId: null } as const;
      const instants = { createdAt: NOW, notBefore: NOW, deadlineAt: NOW };
      return { ...nothing, stored: { ...instants, ...waits }, number: counter.numbers };
    },
    template: async (reference) => {
      guard();
      return "id" in reference ? newest(reference.id) : named(reference.name);
    },
    templateVersion: async (id, version) => stored.get(id)?.versions[version - 1] ?? null,
    templates: async ({ statuses, labels, limit, after }) =>
      all()
        .filter(({ status }) =>
          statuses.length === 0 ? status !== "Archived" : statuses.includes(status),
        )
        .filter((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value))
        .filter(({ name }) => after === null || name > after.name)
        .sort((left, right) => (left.name < right.name ? -1 : 1))
        .slice(0, limit),
    versions: async (id, before, limit) =>
      (stored.get(id)?.versions ?? [])
        .filter(({ version }) => before === null || version < before)
        .reverse()
        .slice(0, limit),
    runs: async ({ id, phases, limit, before }) =>
      runs()
        .filter(({ template, phase }) => {
          const number = template?.number ?? 0;
          const isWanted = phases.length === 0 || phases.includes(phase);
          return template?.id === id && isWanted && (before === null || number < before);
        })
        .toReversed()
        .slice(0, limit),
    stats: async (id) => ({
      ...{ numbers: stored.get(id)?.numbers ?? 0, runs: 0, open: 0, succeeded: 0 },
      ...{ failed: 0, cancelled: 0, lastRun: null, durationsMs: null, isCut: false },
    }),
    runValues: async (runId) => {
      const shown = runs().find(({ id }) => id === runId)?.parameters ?? {};
      const plain = Object.entries(shown).flatMap(([name, value]) =>
        value === null ? [] : [[name, value] as const],
      );
      return { ...Object.fromEntries(plain), ...values.get(runId) };
    },
  };
}
