/** What differs between stages, in one place: everything else of infra/ reads it from here. */
import type { MachineProfile } from "../core/domain/worker/profile.ts";

export const isProduction = $app.stage === "production";
const isStaging = $app.stage === "staging";

/** By stage; every other name is somebody's own stage, which should cost next to nothing. */
const byStage = <T>(production: T, staging: T, other: T): T =>
  isProduction ? production : isStaging ? staging : other;

/** What a person sets before `sst deploy`, in the shell or in `.env.<stage>`; all of it optional. */
const chosen = (name: string): string | null => process.env[name] || null;

/** The name that callers outside reach the gateway by, over gRPC. Without it no load balancer is made. */
export const gatewayDomain = chosen("HODEI_GATEWAY_DOMAIN");
/** ARN of a certificate for that name. Without it SST makes one, and proves it in Route 53. */
export const gatewayCertificate = chosen("HODEI_GATEWAY_CERTIFICATE");
/** The name of the HTTP API, in a zone of Route 53. */
export const apiDomain = chosen("HODEI_API_DOMAIN");
/** Who is told of alarms and of the budget. */
export const alarmEmail = chosen("HODEI_ALARM_EMAIL");
/** US dollars a month: the budget warns at 80 % and at 100 %. */
export const budgetUsd = Number(chosen("HODEI_BUDGET_USD") ?? byStage(500, 100, 20));

/**
 * A NAT costs by the hour, busy or not. Without one, containers have public addresses of their own
 * and security groups that let nobody in.
 */
export const nat = byStage<"managed" | "ec2" | null>("managed", "ec2", null);

export const database = byStage(
  { scaling: { min: "1 ACU", max: "16 ACU" }, replicas: 1, backupDays: 14 },
  { scaling: { min: "0 ACU", max: "4 ACU", pauseAfter: "10 minutes" }, replicas: 0, backupDays: 3 },
  { scaling: { min: "0 ACU", max: "2 ACU", pauseAfter: "5 minutes" }, replicas: 0, backupDays: 1 },
);

export const gatewayTasks = byStage({ min: 2, max: 10 }, { min: 1, max: 3 }, { min: 1, max: 2 });

/** An idle stage turns its gateway off, so that its database can pause. */
export const sleeps = !isProduction;

/** A new account may run 10 functions at once, and may then reserve none of them. */
export const reservesConcurrency = isProduction;

export const logRetention = byStage<"3 months" | "1 month" | "1 week">(
  "3 months",
  "1 month",
  "1 week",
);

type Profile = Pick<MachineProfile, "name" | "cpuMillis" | "memoryMib" | "maxWorkers"> &
  Partial<MachineProfile>;

const labelled = (profile: Profile): Profile => ({
  labels: { "hodei.dev/profile": profile.name },
  ...profile,
});

const machines = byStage(50, 10, 4);

/** The kinds of machines; HODEI_PROFILES replaces them. docs/operate/configuration.md has the fields. */
export const profiles: readonly Profile[] = JSON.parse(
  chosen("HODEI_PROFILES") ??
    JSON.stringify([
      labelled({ name: "small", cpuMillis: 250, memoryMib: 512, maxWorkers: machines }),
      labelled({ name: "medium", cpuMillis: 1000, memoryMib: 2048, maxWorkers: machines }),
      labelled({ name: "large", cpuMillis: 4000, memoryMib: 16_384, maxWorkers: machines / 2 }),
      labelled({
        ...{ name: "spot", cpuMillis: 1000, memoryMib: 2048, maxWorkers: machines, spot: true },
        taints: [{ key: "spot", value: "", effect: "NoSchedule" }],
      }),
    ]),
);

/** Physical names, where AWS wants one of ours. */
export const prefix = `${$app.name}-${$app.stage}`;
/** CloudWatch namespace of this stage's own metrics. */
export const metricsNamespace = `Hodei/${$app.stage}`;
