import { limits } from "#core/domain/limits.ts";
import type { JobPageQuery, RunOnPage } from "#core/ports/run-reader.ts";
import type { DomainQuery } from "./domain-query.ts";
import { countRunPage, viewRunPage } from "./reads/run-pages.ts";

/** Pages by number, each with how many there are. */
export const createRunPages =
  (query: DomainQuery) =>
  async ({
    limit,
    offset,
    ...filter
  }: JobPageQuery): Promise<{ runs: RunOnPage[]; total: number }> => {
    const runs = await query<RunOnPage>(viewRunPage, { ...filter, limit, offset });
    const [counted] = await query<{ total: number }>(countRunPage, {
      ...filter,
      max: limits.pageOffsetMax,
    });
    return { runs, total: counted?.total ?? 0 };
  };
