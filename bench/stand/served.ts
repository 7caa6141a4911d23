import { createBirpc } from "birpc";

/** What a bench process offers to its parent. */
export type Api = Record<string, (...args: never[]) => unknown>;

/** Answers the parent's calls from now on; ends with the parent. */
export function serve<Functions extends object>(functions: Functions): void {
  createBirpc<object, Functions>(functions, {
    post: (data) => void process.send?.(data),
    on: (receive) => process.on("message", receive),
    timeout: -1, // the parent bounds what it waits for
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.({ kind: "ready" });
}
