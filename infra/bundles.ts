import { execFileSync } from "node:child_process";

/** The images hold what the sources are now, and never what somebody built yesterday. */
if ($cli.command === "deploy") execFileSync("npm", ["run", "build"], { stdio: "inherit" });
