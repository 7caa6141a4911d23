import { limits } from "#core/domain/limits.ts";
import { launchRetryMs } from "#core/domain/reconcile/launch-retry.ts";
import type { ClaimedLaunch } from "#core/ports/control-store.ts";
import { ProviderError, type ProviderErrorKind } from "#core/ports/provider.ts";
import type { ReconcileDeps } from "./reconcile-deps.ts";

const REASONS: Record<ProviderErrorKind, string> = {
  "no-capacity": "NoCapacity",
  throttled: "Throttled",
  "bad-request": "LaunchRefused",
  denied: "LaunchDenied",
  unavailable: "ProviderUnavailable",
};

/**
 * Asks the provider for the machines of due rows, each with its own immutable token and frozen
 * request. Every failure, definite or not, is tried again with the same token later: a definite
 * failure of this call says nothing about an earlier one whose answer was lost.
 */
export async function launchWorkers(deps: ReconcileDeps): Promise<number> {
  const claimed = await deps.store.claimLaunches(limits.launchesPerTickMax);
  const answers = await Promise.all(claimed.map((launch) => launchOne(deps, launch)));
  await deps.store.launchesAccepted(answers.flatMap((answer) => answer.launched ?? []));
  const failures = answers.flatMap((answer) => answer.failed ?? []);
  await deps.store.launchesFailed(failures);
  if (failures.length > 0) await deps.wake.wake(Math.min(...failures.map(({ waitMs }) => waitMs)));
  return claimed.length;
}

interface LaunchAnswer {
  readonly launched?: { workerId: string; externalId: string };
  readonly failed?: { workerId: string; reason: string; message: string; waitMs: number };
}

async function launchOne(deps: ReconcileDeps, launch: ClaimedLaunch): Promise<LaunchAnswer> {
  const { workerId, request } = launch;
  try {
    const token = deps.tokens.derive(launch.tokenKeyId, request.installId, workerId);
    const { externalId } = await deps.provider.launch(request, token);
    deps.telemetry.count("launches_total", { outcome: "launched" });
    deps.log.info(
      { workerId, machineId: externalId, profile: request.profile },
      "machine launched",
    );
    return { launched: { workerId, externalId } };
  } catch (error) {
    const kind = error instanceof ProviderError ? error.kind : "unavailable";
    const message = error instanceof Error ? error.message : String(error);
    const waitMs = launchRetryMs(launch.failures, deps.random());
    deps.telemetry.count("launches_total", { outcome: kind });
    deps.telemetry.count("launches_failed_total");
    deps.log.warn({ workerId, kind, reason: message, waitMs }, "launch failed, will repeat");
    return { failed: { workerId, reason: REASONS[kind], message, waitMs } };
  }
}
