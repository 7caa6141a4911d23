import { apiIsGuarded, functionsAreAlike } from "./api.ts";
import type { Check } from "./check.ts";
import {
  databaseIsKept,
  databaseSleeps,
  migrationsComeFirst,
  passwordIsNowhere,
} from "./database.ts";
import { environmentsAreComplete, stageIsSaid } from "./environment.ts";
import {
  balancerIsForAName,
  gatewayIsKept,
  gatewaySpeaksTls,
  workersHaveAnInit,
} from "./gateway.ts";
import {
  containersAreWhereTheyShould,
  nobodyReachesWorkers,
  productionHasManagedNat,
} from "./network.ts";
import { permissionsAreListed, permissionsAreNarrow } from "./permissions.ts";
import { stoppedWorkersAreHeardOf, wakesAreNotLost } from "./queue.ts";
import { clocksTick, timeoutsFit } from "./timeouts.ts";
import { alarmsAreWired, budgetIsSet } from "./watching.ts";

/** What must hold of every stage, whatever it is called. */
export const ALL_CHECKS: readonly Check[] = [
  permissionsAreListed,
  permissionsAreNarrow,
  nobodyReachesWorkers,
  containersAreWhereTheyShould,
  productionHasManagedNat,
  databaseIsKept,
  databaseSleeps,
  migrationsComeFirst,
  passwordIsNowhere,
  wakesAreNotLost,
  stoppedWorkersAreHeardOf,
  clocksTick,
  timeoutsFit,
  gatewayIsKept,
  gatewaySpeaksTls,
  balancerIsForAName,
  workersHaveAnInit,
  apiIsGuarded,
  functionsAreAlike,
  environmentsAreComplete,
  stageIsSaid,
  alarmsAreWired,
  budgetIsSet,
];
