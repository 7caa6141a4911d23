import type { Price } from "../../scenarios/promise-prices.ts";
import { count, markdownTable } from "../markdown-table.ts";
import type { Report } from "../report.ts";

/** What is paid, per run, for each promise that a plain queue does not make. */
export function promisesTable({ promises, statements }: Report): string {
  const all = promises.get("as it is");
  const less = (more: Price | undefined, fewer: Price | undefined, field: keyof Price) =>
    count((more?.[field] ?? Number.NaN) - (fewer?.[field] ?? Number.NaN));
  const bare = promises.get("without history");
  const accepts = promises.get("every accept said twice");
  const logs = promises.get("ten lines of output");
  const accepted = statements.get("accepted")?.cpuUs ?? Number.NaN;
  const row = (title: string, more: Price | undefined, fewer: Price | undefined) => [
    title,
    less(more, fewer, "postgresUs"),
    less(more, fewer, "gatewayUs"),
    less(more, fewer, "walBytes"),
  ];
  return markdownTable(
    ["per run", "Postgres, µs", "gateway, µs", "WAL bytes"],
    [
      ["all of a run", ...PRICES.map((field) => count(all?.[field] ?? Number.NaN))],
      ["accept gate", count(accepted), less(accepts, all, "gatewayUs"), ""],
      // The gateway neither writes nor reads events: what its figures differ by is noise.
      ["history", less(all, bare, "postgresUs"), "", less(all, bare, "walBytes")],
      row("ten lines of output", logs, all),
    ],
  );
}

const PRICES = ["postgresUs", "gatewayUs", "walBytes"] as const;
