/** How providers look to a person. */
import type { ProviderBody, ProviderStatsBody } from "#core/domain/spec/provider-api.ts";
import type { Cell, Output } from "./output.ts";
import { agoCell, instantCell, pairsCell, textCell } from "./show-runs.ts";

type Facts = readonly (readonly [string, Cell])[];

const statusCell = ({ status }: ProviderBody): Cell => ({
  text: status,
  tone: status === "Active" ? "good" : "dim",
});
const workers = ({ activeWorkers, maxWorkers }: ProviderBody | ProviderStatsBody): string =>
  `${activeWorkers}/${maxWorkers}`;

export function providerTable(
  output: Output,
  providers: readonly ProviderBody[],
  nowMs: number,
): Promise<void> {
  return output.table(
    ["NAME", "KIND", "STATUS", "WORKERS", "PRIORITY", "CHANGED", "ID"],
    providers.map((provider) => [
      textCell(provider.name),
      textCell(provider.kind),
      statusCell(provider),
      textCell(workers(provider)),
      textCell(provider.priority),
      agoCell(provider.updatedAt, nowMs),
      textCell(provider.id),
    ]),
  );
}

const said = (words: readonly string[]): Cell | null =>
  words.length === 0 ? null : textCell(words.join(", "));
const document = (map: object | null): Cell | null =>
  map === null ? null : textCell(JSON.stringify(map));

/** A provider on a page of its own: one fact a line, what nobody said left out. */
export function providerFacts(provider: ProviderBody, nowMs: number): Facts {
  const facts: readonly (readonly [string, Cell | null])[] = [
    ["Provider", textCell(provider.name)],
    ["Id", textCell(provider.id)],
    ["Kind", textCell(provider.kind)],
    ["Status", statusCell(provider)],
    ["Launches", textCell(provider.ofInstall ? "the machines of this install" : "nothing")],
    ["Workers", textCell(workers(provider))],
    ["Priority", textCell(provider.priority)],
    ["Tags", said(provider.tags)],
    ["Metadata", pairsCell(provider.metadata)],
    ["Region", provider.preferredRegion === null ? null : textCell(provider.preferredRegion)],
    ["Regions", said(provider.allowedRegions)],
    ["Labels", pairsCell(provider.requiredLabels)],
    ["Annotations", pairsCell(provider.annotations)],
    ["Config", document(provider.config)],
    ["Capabilities", document(provider.capabilities)],
    ["Created", instantCell(provider.createdAt, nowMs)],
    ["Changed", instantCell(provider.updatedAt, nowMs)],
  ];
  return facts.flatMap(([name, cell]) => (cell === null ? [] : [[name, cell] as const]));
}

export const providerStatsFacts = (stats: ProviderStatsBody): Facts => [
  ["Providers", textCell(stats.total)],
  ["Active", textCell(stats.enabled)],
  ["With capacity", textCell(stats.withCapacity)],
  ["Workers", textCell(`${workers(stats)} (${Math.round(stats.utilizationPercent)} %)`)],
];
