import { restAfterFailuresMs } from "../reconcile/launch-retry.ts";
import { chooseProfile, type Misfit, misfitsOf, misfitText } from "../worker/fit.ts";
import type { MachineProfile } from "../worker/profile.ts";
import type { About, BlockerCode, ExplainSnapshot, ProfileLoad, Unblock } from "./explanation.ts";
import { span } from "./span.ts";

/** For each machine profile, why no machine of it is made for the run, or that one is. */
export function explainProfiles(at: ExplainSnapshot): About[] {
  const chosen = chooseProfile(at.run.placement, at.profiles);
  const about = at.profiles.map((profile) =>
    profile === chosen ? explainChosen(profile, at) : explainOther(profile, chosen, at),
  );
  return [
    ...about.filter((_, i) => at.profiles[i] === chosen),
    ...about.filter((_, i) => at.profiles[i] !== chosen),
  ];
}

/** What each profile lacks, the one that lacks least first: for a run that none could ever serve. */
export function neverUnless(at: ExplainSnapshot): About[] {
  const lacking = at.profiles
    .map((profile) => ({ profile, misfits: misfitsOf(at.run.placement, profile) }))
    .sort((a, b) => a.misfits.length - b.misfits.length);
  if (lacking.length === 0)
    return [about("ProfileMisfit", "profiles", "this install has no machine profile", null)];
  return lacking.map(({ profile, misfits }) => ({
    ...misfit(profile, misfits),
    unblock: {
      change: misfits.map((one) => remedy(one, profile)).join(", and "),
      effect: `a machine of profile ${profile.name} can be made for it`,
      wait: false,
    },
  }));
}

/** What to change of the run, or of the profile, so that this misfit is none. */
function remedy({ what, key, need, have }: Misfit, { name }: MachineProfile): string {
  switch (what) {
    case "cpu":
    case "memory":
      return `lower resources.${what} to ${have} (or give profile ${name} ${need})`;
    case "label":
      return `drop nodeSelector ${key} (or give profile ${name} label ${key}=${need})`;
    case "taint":
      return `tolerate taint ${key}=${have}`;
  }
}

function about(
  code: BlockerCode,
  subject: string,
  message: string,
  unblock: Unblock | null,
  since: number | null = null,
): About {
  const blocker = { code, subject, message: `${subject}: ${message}`, since, misfits: [] };
  return { blocker, unblock };
}

const waitFor = (change: string, effect: string): Unblock => ({ change, effect, wait: true });

function misfit({ name }: MachineProfile, misfits: readonly Misfit[]): About {
  const { blocker } = about(
    "ProfileMisfit",
    `profile ${name}`,
    misfits.map(misfitText).join("; "),
    null,
  );
  return { blocker: blocker && { ...blocker, misfits }, unblock: null };
}

function explainOther(
  profile: MachineProfile,
  chosen: MachineProfile | null,
  { run }: ExplainSnapshot,
): About {
  const misfits = misfitsOf(run.placement, profile);
  if (misfits.length > 0) return misfit(profile, misfits);
  const message = `fits, but machines are made of ${chosen?.name}, which fits more tightly`;
  return about("ProfileNotChosen", `profile ${profile.name}`, message, null);
}

const NO_LOAD = { coming: 0, comingSince: null, taken: 0, own: false, trouble: null };

/** In the order in which `decideCapacity` decides it. */
function explainChosen(profile: MachineProfile, at: ExplainSnapshot): About {
  const { name, maxWorkers } = profile;
  const subject = `profile ${name}`;
  const load = at.loads.find((one) => one.profile === name) ?? { profile: name, ...NO_LOAD };
  const under = at.run.placement.dedicatedWorker ? load.own : load.coming > 0;
  if (!at.launching)
    return about("ProviderInactive", subject, "fits, but the provider is not active", {
      change: "set the provider of this install to active",
      effect: `a ${name} machine may be made`,
      wait: false,
    });
  const trouble = explainTrouble(subject, load, at);
  if (trouble) return trouble;
  if (under) {
    const ago = load.comingSince === null ? "" : ` since ${span(at.now - load.comingSince)}`;
    const text = `${Math.max(1, load.coming)} of its machines are launching${ago}`;
    const unblock = waitFor(`wait: a ${name} machine is launching${ago}`, "it may take the run");
    return about("LaunchUnderWay", subject, text, unblock, load.comingSince);
  }
  if (load.taken >= maxWorkers)
    return about("ProfileAtMaximum", subject, `has its maximum of ${maxWorkers} workers`, {
      change: `raise maxWorkers of profile ${name}, now ${maxWorkers}`,
      effect: `another ${name} machine is made`,
      wait: false,
    });
  if (at.launchTokens < 1)
    return about(
      "LaunchBucketEmpty",
      subject,
      "as many machines were asked for as the provider lets at once",
      waitFor("wait: the launch bucket refills every second", `a ${name} machine is made`),
    );
  return about(
    "LaunchDue",
    subject,
    "fits, and the next reconcile pass may make a machine of it",
    waitFor("wait for the next reconcile pass", `a ${name} machine is made`),
  );
}

function explainTrouble(
  subject: string,
  load: ProfileLoad,
  { failing, now }: ExplainSnapshot,
): About | null {
  const rest = failing.find(({ profile }) => profile === load.profile);
  const until = rest ? rest.lastAt + restAfterFailuresMs(rest.failures) : now;
  if (rest && until > now) {
    const text = `rests: ${rest.failures} machines in a row ended before they were ready: ${rest.message ?? "no reason given"}`;
    const unblock = waitFor(
      `wait ${span(until - now)}, or mend what ends its machines`,
      "another machine is tried",
    );
    return about("ProfileResting", subject, text, unblock, rest.lastAt);
  }
  if (load.trouble === null) return null;
  const unblock = waitFor(
    "wait: the launch is repeated with backoff",
    "its machine may take the run",
  );
  return about(
    "LaunchFailing",
    subject,
    `a launch fails: ${load.trouble}`,
    unblock,
    load.comingSince,
  );
}
