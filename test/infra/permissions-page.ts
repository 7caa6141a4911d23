/**
 * docs/operate/permissions.md, out of what is granted and why. `node test/infra/permissions-page.ts`
 * writes it; a test compares.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { grantsByRole } from "./checks/permissions.ts";
import { ACCOUNT } from "./offline/aws-answers.ts";
import { ROOT } from "./offline/evaluate-stage.ts";
import { type EvaluatedStage, evaluatedStage } from "./stage-fixture.ts";

export const PERMISSIONS_PAGE = join(ROOT, "docs/operate/permissions.md");
const MARK = "<!-- made from infra/grants.ts -->";

/** What differs between accounts, regions and deployments. */
const general = (text: string, stage: string): string =>
  text
    .replaceAll(ACCOUNT, "ACCOUNT")
    .replaceAll("eu-west-1", "REGION")
    .replaceAll(new RegExp(`\\b${stage}\\b`, "g"), "STAGE")
    .replaceAll(/-[a-z]{8}(?=[/:`-]|$)/g, "-…")
    .replaceAll("-AbCdEf", "-…")
    .replaceAll(/cluster-[0-9a-f]{8}\b/g, "cluster-…");

const code = (text: string) => `\`${text}\``;

/** The page: the text above the mark as it is, below it a table for each role. */
export function permissionsPage({ graph, name }: EvaluatedStage, kept: string): string {
  const [text = ""] = kept.split(MARK);
  const tables = [...grantsByRole(graph, name)].map(([role, grants]) => {
    if (grants.length === 0) return `## ${role}\n\nNothing.\n`;
    const rows = grants.map(({ actions, resources, conditions = [], reason }) => {
      const where = resources.map((arn) => code(general(arn, name))).join("<br>");
      const only = conditions.map(
        ({ test, variable, values }) =>
          `${test} ${code(variable)} ${values.map((value) => code(general(value, name))).join(", ")}`,
      );
      return `| ${actions.map(code).join(", ")} | ${where} | ${only.join("<br>") || "–"} | ${reason} |`;
    });
    const head = "| Actions | Resources | Only if | Why |\n|---|---|---|---|";
    return `## ${role}\n\n${head}\n${rows.join("\n")}\n`;
  });
  return `${text}${MARK}\n\n${tables.join("\n")}`;
}

if (import.meta.main) {
  const stage = await evaluatedStage("production");
  writeFileSync(PERMISSIONS_PAGE, permissionsPage(stage, readFileSync(PERMISSIONS_PAGE, "utf8")));
}
