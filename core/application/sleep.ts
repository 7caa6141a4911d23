import type { ControlStore } from "#core/ports/control-store.ts";
import type { GatewaySwitch } from "#core/ports/gateway-switch.ts";
import type { Log } from "#core/ports/log.ts";

/** What puts a stage to sleep and wakes it. `null` where there is one: this stage never sleeps. */
export interface SleepDeps {
  readonly store: Pick<ControlStore, "idleMs">;
  readonly gateways: GatewaySwitch | null;
  /** Sleeps after so long without an open run, a worker, or a submit. */
  readonly sleepAfterMs: number;
  readonly log: Log;
}

const AWAKE_GATEWAYS = 1;

/** Whether the stage sleeps: then nobody should look at the database, which would wake it. */
export async function isAsleep({ gateways }: Pick<SleepDeps, "gateways">): Promise<boolean> {
  return gateways !== null && (await gateways.wanted()) === 0;
}

/** Something is to be done: gateways come back, if they were gone. Safe to repeat. */
export async function wakeUp(deps: Pick<SleepDeps, "gateways" | "log">): Promise<void> {
  const { gateways } = deps;
  if (gateways === null || (await gateways.wanted()) > 0) return;
  await gateways.want(AWAKE_GATEWAYS);
  deps.log.info({}, "the stage wakes up");
}

/**
 * What a look of the clock ends with: gateways come back when something is to be done, and are turned off
 * when nothing has happened for long. A submit may come at any instant, and its wake may have been served
 * just before: so it is looked once more afterwards, and whoever submitted before that look is seen by it,
 * while a wake that comes later turns the gateways on again.
 */
export async function sleepOrWake(deps: SleepDeps): Promise<void> {
  const { store, gateways, sleepAfterMs, log } = deps;
  if (gateways === null) return;
  const idleMs = await store.idleMs();
  if (idleMs === null) return wakeUp(deps);
  if (idleMs < sleepAfterMs || (await isAsleep(deps))) return;
  await gateways.want(0);
  log.info({}, "the stage goes to sleep");
  const stillIdleMs = await store.idleMs();
  if (stillIdleMs === null || stillIdleMs < sleepAfterMs) await wakeUp(deps);
}
