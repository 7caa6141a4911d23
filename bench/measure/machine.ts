import { cpus, platform, release, totalmem } from "node:os";

/** One line that says where the numbers come from. */
export function describeMachine(postgresVersion: string): string {
  const [first] = cpus();
  const gib = Math.round(totalmem() / 1024 ** 3);
  return [
    `${cpus().length} × ${first?.model.trim() ?? "unknown processor"}, ${gib} GiB`,
    `${platform()} ${release()}`,
    `Node ${process.versions.node}`,
    `PostgreSQL ${postgresVersion}, fsync on`,
    "everything on loopback and on the same cores",
  ].join(" · ");
}
