import { randomUUID } from "node:crypto";
import type { RunInput } from "#core/domain/spec/run-input.ts";
import type { Stand } from "../faults/stand.ts";
import { witnessed } from "../history/witness.ts";
import type { Draw } from "../simulation/draw.ts";

const LINES = 2_000;

type Kind = "succeeds" | "retries" | "fails" | "prints" | "long" | "cancelled" | "suspended";

/** More of what is usual. */
const KINDS: readonly Kind[] = [
  ...(["succeeds", "succeeds", "succeeds", "retries", "fails", "prints"] as const),
  ...(["long", "cancelled", "suspended"] as const),
];

const COMMON = {
  infrastructureLimit: 30, // how often the soak hits one run is its own matter
  terminationGracePeriodSeconds: 1,
  labels: { witness: "yes" },
};

/** What callers do, one after the other; how each call ends is the history's to judge. */
export class Load {
  readonly #stand: Stand;
  readonly #draw: Draw;
  readonly #witness: string;
  readonly submitted = new Map<Kind, number>();

  constructor(stand: Stand, draw: Draw, witness: string) {
    this.#stand = stand;
    this.#draw = draw;
    this.#witness = witness;
  }

  /** One run of some kind, and what its caller does with it. A call that is not answered is no failure. */
  async one(): Promise<void> {
    const kind = this.#draw.pick(KINDS);
    this.submitted.set(kind, (this.submitted.get(kind) ?? 0) + 1);
    const { api } = this.#stand;
    const key = randomUUID();
    const input = this.#inputOf(kind);
    const { run } = await api.submit(input, key);
    if (this.#draw.chance(0.2)) await api.submit(input, key);
    if (kind === "cancelled") await api.cancel(run.id, "no longer wanted");
    if (kind === "suspended") await api.patch(run.id, { suspend: false });
    if (kind === "prints" && this.#draw.chance(0.5)) await api.logs(run.id, "0.0", 0);
    await api.run(run.id);
  }

  #inputOf(kind: Kind): RunInput {
    const tells = (work: string) => ({ ...COMMON, shell: witnessed(this.#witness, work) });
    const backoff = { initialSeconds: 1 };
    switch (kind) {
      case "succeeds":
        return tells("sleep 0.1");
      case "retries":
        return { ...tells("test $HODEI_ATTEMPT -gt 1"), backoffLimit: 1000, backoff };
      case "fails":
        return { ...tells("exit 3"), backoffLimit: 1, backoff };
      case "prints":
        return {
          ...tells(`seq 1 ${LINES}`),
          labels: { ...COMMON.labels, lines: String(LINES) },
        };
      case "long":
        return tells("sleep 4");
      case "cancelled":
        return tells("sleep 15");
      case "suspended":
        return { ...tells("true"), suspend: true };
      default:
        return kind satisfies never;
    }
  }
}
