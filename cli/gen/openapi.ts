/** What docs/reference/openapi.json says, as types. Generated. */

export interface paths {
    readonly "/v1/runs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** A page of runs, newest first */
        readonly get: operations["listRuns"];
        readonly put?: never;
        /** Submit a run */
        readonly post: operations["submitRun"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/bulk": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Submit many runs in one request
         * @description One run that is not valid, too large, or placeable nowhere refuses the request, and nothing is stored. Otherwise the answer says for each run, in order, what a submit of it alone would say.
         */
        readonly post: operations["submitRuns"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/dry-run": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Say what would become of a run
         * @description Refuses what a submit refuses, and else says which worker the next look at the queue would give it. Nothing is stored.
         */
        readonly post: operations["dryRun"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** One run with its complete spec */
        readonly get: operations["getRun"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        /**
         * Change a waiting run
         * @description What is not named stays. Asking for what is so already is harmless.
         */
        readonly patch: operations["patchRun"];
        readonly trace?: never;
    };
    readonly "/v1/runs/{id}/attempts": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The attempts of a run, oldest first */
        readonly get: operations["listAttempts"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/{id}/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What happened to a run, in order */
        readonly get: operations["listEvents"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/{id}/logs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The output of a run
         * @description With `wait` it is a long poll: the answer comes as soon as there is something new or nothing can come any more, at the latest after that time.
         */
        readonly get: operations["readLogs"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/{id}/logs/verify": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Whether the stored output of a run is all of it
         * @description Of each attempt one word, and the gaps: `open` (it lives), `arriving` (it has ended, the last of it may still be on its way), `complete` (everything that it wrote is stored), `truncated` (everything up to the cap is), `gaps` (pieces are missing), `unknown-end` (its worker was lost before it could say how much there was), `deleted` (the run is past its time to live), `unchecked` (there is more than one answer looks at).
         */
        readonly get: operations["verifyLogs"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/{id}/explain": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Why a run waits, and what would end that
         * @description What the next look at the queue would decide, of what is stored now.
         */
        readonly get: operations["explainRun"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/{id}/usage": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What a run used, altogether and over time
         * @description Of what was reported in heartbeats while there was a run, kept for a day; written about every 30 s.
         */
        readonly get: operations["readRunUsage"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/{id}/cancel": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Cancel a run
         * @description Cancelling again is harmless.
         */
        readonly post: operations["cancelRun"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/cancel": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Cancel runs by their labels, or count them
         * @description Some of them by one call: `next` goes back as `cursor` until it is null.
         */
        readonly post: operations["cancelRuns"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/runs/{id}/rerun": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Make a run once more
         * @description A run from a template becomes the template's next run, with its values where the request gives no others; a plain run is submitted with the same spec.
         */
        readonly post: operations["rerunRun"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/templates": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** A page of templates by name */
        readonly get: operations["listTemplates"];
        readonly put?: never;
        /** Make a template */
        readonly post: operations["createTemplate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/templates/{reference}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** One template */
        readonly get: operations["getTemplate"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Archive a template
         * @description It is read-only for ever, and its name is free for another one.
         */
        readonly delete: operations["archiveTemplate"];
        readonly options?: never;
        readonly head?: never;
        /**
         * Make the next version of a template
         * @description Fields that are left out stay. A change that changes nothing makes no version.
         */
        readonly patch: operations["changeTemplate"];
        readonly trace?: never;
    };
    readonly "/v1/templates/{reference}/versions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The versions of a template, newest first */
        readonly get: operations["listTemplateVersions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/templates/{reference}/enable": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Let a template take new runs again */
        readonly post: operations["enableTemplate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/templates/{reference}/disable": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Let a template take no new runs */
        readonly post: operations["disableTemplate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/templates/{reference}/runs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The runs of a template by number, newest first */
        readonly get: operations["listTemplateRuns"];
        readonly put?: never;
        /** Make the next run of a template */
        readonly post: operations["runTemplate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/templates/{reference}/stats": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** How the runs of a template ended, and how long they took */
        readonly get: operations["readTemplateStats"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/workers": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The newest workers */
        readonly get: operations["listWorkers"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/workers/{id}/usage": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What a worker used for its runs, altogether and over time
         * @description Of what was reported in heartbeats while there was a run, kept for a day; written about every 30 s.
         */
        readonly get: operations["readWorkerUsage"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/providers": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The providers, higher priority first, then by name */
        readonly get: operations["listProviders"];
        readonly put?: never;
        /**
         * Register a provider
         * @description It is kept and shown; only the install's own provider launches machines.
         */
        readonly post: operations["createProvider"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/providers/stats": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Sums over all providers */
        readonly get: operations["readProviderStats"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/providers/{reference}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** One provider */
        readonly get: operations["getProvider"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Forget a provider
         * @description Deleting again is harmless. The install's own cannot be deleted.
         */
        readonly delete: operations["deleteProvider"];
        readonly options?: never;
        readonly head?: never;
        /**
         * Change a provider
         * @description What is left out stays as it is. Name and number of workers of the install's own are set by its configuration.
         */
        readonly patch: operations["changeProvider"];
        readonly trace?: never;
    };
    readonly "/v1/providers/{reference}/enable": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Let a provider launch machines again */
        readonly post: operations["enableProvider"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/providers/{reference}/disable": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Launch no machine with a provider
         * @description Workers that are there go on; runs wait for them.
         */
        readonly post: operations["disableProvider"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/queue": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What waits and why, and what runs
         * @description Counts end at a bound, and say so.
         */
        readonly get: operations["getQueue"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/scheduler": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The configuration of scheduling */
        readonly get: operations["getScheduler"];
        /**
         * Replace the configuration of scheduling
         * @description What is left out gets its default.
         */
        readonly put: operations["putScheduler"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/keys": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The newest API keys, without their secrets */
        readonly get: operations["listKeys"];
        readonly put?: never;
        /**
         * Make an API key
         * @description The answer alone has the key itself; nobody can show it again.
         */
        readonly post: operations["createKey"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/keys/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /** Revoke an API key for good */
        readonly delete: operations["revokeKey"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/audit": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Who did what, the newest first
         * @description At most the newest 100000 submits, and as many other events, of the range are looked at: `isCut` says when there are older ones.
         */
        readonly get: operations["listAudit"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/audit/counts": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** How many events of each type there were */
        readonly get: operations["countAudit"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/invariants": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Whether the rows contradict each other, and whether somebody looks at them
         * @description Every open run and the newest, up to 50000 each. What was found is answered again for 5 s: `checkedAt` says of when it is.
         */
        readonly get: operations["getInvariants"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/healthz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Whether the process answers */
        readonly get: operations["getHealth"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/openapi.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** This description of the API */
        readonly get: operations["getOpenApi"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        readonly AttemptBody: {
            readonly number: number;
            readonly executionId: string;
            readonly workerId: string;
            readonly phase: components["schemas"]["AttemptPhase"];
            readonly failure: components["schemas"]["FailureClass"] | null;
            readonly exitCode: number | null;
            readonly signal: string | null;
            readonly message: string | null;
            /** Format: date-time */
            readonly assignedAt: string;
            /** Format: date-time */
            readonly startedAt: string | null;
            /** Format: date-time */
            readonly endedAt: string | null;
            readonly logLastSeq: number | null;
            /** @description Why this worker; null = nobody preferred anything, and it fitted most tightly. */
            readonly decision: components["schemas"]["ChoiceBody"] | null;
        };
        readonly AttemptListBody: {
            readonly attempts: readonly components["schemas"]["AttemptBody"][];
        };
        /** @enum {string} */
        readonly AttemptPhase: "Assigned" | "Running" | "Succeeded" | "Failed" | "Stopped" | "Returned" | "Lost";
        readonly AuditCountsBody: {
            /** @description By type; those without any are left out. */
            readonly counts: {
                readonly [key: string]: number;
            };
            readonly total: number;
            /** @description Older ones were not looked at. */
            readonly isCut: boolean;
        };
        readonly AuditEventBody: {
            readonly id: string;
            /** Format: date-time */
            readonly at: string;
            /** @description What somebody did; of a run that is asked for by its id, also what it did by itself. */
            readonly type: string;
            /** @description Name and id of the API key; `local` = nobody was asked for one; null = it came by itself. */
            readonly actor: string | null;
            /** @description Id of the run, key, template or provider, or `scheduler`. */
            readonly correlationId: string;
            /** @description What changed: never a secret or the value of a parameter. */
            readonly payload: {
                readonly [key: string]: unknown;
            };
        };
        readonly AuditPageBody: {
            readonly events: readonly components["schemas"]["AuditEventBody"][];
            /** @description Of all that match, not only of this page, among those that were looked at. */
            readonly total: number;
            /** @description There are more behind this page. */
            readonly hasMore: boolean;
            /** @description Older ones were not looked at: ask for a time before. */
            readonly isCut: boolean;
        };
        /** @description How long a run waits after its n-th charged failure: initial × factor^(n−1), capped, jittered. */
        readonly Backoff: {
            readonly initialSeconds: number;
            readonly factor: number;
            readonly maxSeconds: number;
            /** @description Share of the wait that is drawn at random, 0…1; the wait lies in [1−jitter, 1+jitter]. */
            readonly jitter: number;
        };
        readonly BlockerBody: {
            readonly code: components["schemas"]["BlockerCode"];
            readonly subject: string;
            readonly message: string;
            readonly since: string | null;
            /** @description What is needed and what is there. */
            readonly misfits: readonly components["schemas"]["Misfit"][];
        };
        /** @enum {string} */
        readonly BlockerCode: "Suspended" | "StartAfter" | "Backoff" | "WaitingForMachineGone" | "Stopping" | "BehindOthers" | "WorkerMisfit" | "WorkerExcluded" | "WorkerBusy" | "WorkerComing" | "WorkerLeaving" | "WorkerNoStream" | "WorkerLeaseOver" | "WorkerGatewaySilent" | "WorkerDedicated" | "WorkerShared" | "ProfileMisfit" | "ProfileNotChosen" | "ProfileAtMaximum" | "ProfileResting" | "ProviderInactive" | "LaunchFailing" | "LaunchUnderWay" | "LaunchBucketEmpty" | "LaunchDue";
        /** @description What became of each run of a bulk submit, in the order of the request. */
        readonly BulkBody: {
            readonly runs: readonly components["schemas"]["BulkItemBody"][];
        };
        /** @description What became of a cancel by labels. */
        readonly BulkCancelBody: {
            /** @description How many there were before this call; null = not counted. */
            readonly count: number | null;
            /** @description Final now, by this call. */
            readonly cancelled: number;
            /** @description Their attempts are being stopped, by this call. */
            readonly stopping: number;
            /** @description Give it back as `cursor` to go on; null = none is left. */
            readonly next: string | null;
        };
        readonly BulkItemBody: components["schemas"]["SubmittedBody"] | components["schemas"]["NotSubmittedBody"];
        readonly CancelBody: {
            readonly run: components["schemas"]["RunBody"];
            /** @description true: an attempt lives and is being stopped; the run becomes Cancelled when it is gone. */
            readonly stopping: boolean;
        };
        /** @description Why a worker was chosen. */
        readonly ChoiceBody: {
            readonly strategy: components["schemas"]["Strategy"];
            /** @description Ready workers that fitted; null = nobody preferred anything, and they were not counted. */
            readonly candidates: number | null;
            /** @description Points of what the run prefers, 0 = nothing of it. */
            readonly score: number;
            readonly reasons: readonly string[];
        };
        /** @description What a run executes. Exactly one of the three forms; parameters are never spliced into text. */
        readonly Command: {
            /** @constant */
            readonly kind: "argv";
            readonly argv: readonly string[];
        } | {
            /** @constant */
            readonly kind: "shell";
            readonly line: string;
        } | {
            /** @constant */
            readonly kind: "script";
            readonly interpreter: string;
            readonly content: string;
        };
        /** @description The only answer with the key itself in it: a secret, shown once. */
        readonly CreatedKeyBody: {
            readonly id: string;
            readonly name: string;
            readonly scope: components["schemas"]["Scope"];
            readonly createdBy: string | null;
            /** Format: date-time */
            readonly createdAt: string;
            /**
             * Format: date-time
             * @description null = never.
             */
            readonly expiresAt: string | null;
            /**
             * Format: date-time
             * @description To the minute.
             */
            readonly lastUsedAt: string | null;
            /** Format: date-time */
            readonly revokedAt: string | null;
            readonly key: string;
        };
        readonly DecisionBody: {
            readonly strategy: components["schemas"]["Strategy"];
            /** @description Ready workers that fitted; null = nobody preferred anything, and they were not counted. */
            readonly candidates: number | null;
            /** @description Points of what the run prefers, 0 = nothing of it. */
            readonly score: number;
            readonly reasons: readonly string[];
            readonly executionId: string | null;
            /** Format: date-time */
            readonly at: string | null;
        };
        readonly DeletedProviderBody: {
            /** @description false: there was none. */
            readonly deleted: boolean;
        };
        /** @enum {string} */
        readonly ErrorCode: "InvalidSpec" | "SpecTooLarge" | "Unplaceable" | "InvalidRequest" | "Unauthenticated" | "Forbidden" | "RateLimited" | "RouteNotFound" | "RunNotFound" | "WorkerNotFound" | "KeyNotFound" | "TemplateNotFound" | "TemplateExists" | "TemplateNotActive" | "Conflict" | "AlreadyFinished" | "IdempotencyConflict" | "ProviderNotFound" | "ProviderNameTaken" | "ProviderInUse" | "TokenRefused" | "SessionRefused" | "MessageRefused" | "QueueFull" | "StoreUnavailable" | "Internal";
        readonly EventBody: {
            readonly seq: number;
            /** Format: date-time */
            readonly at: string;
            readonly type: string;
            readonly attempt: number | null;
            readonly workerId: string | null;
            readonly reason: string | null;
            readonly message: string | null;
        };
        readonly EventListBody: {
            readonly events: readonly components["schemas"]["EventBody"][];
            /** @description Give it back as `since` to read on. */
            readonly next: number;
        };
        readonly ExplanationBody: {
            readonly runId: string;
            readonly phase: components["schemas"]["RunPhase"];
            readonly verdict: components["schemas"]["Verdict"];
            readonly summary: string;
            /** Format: date-time */
            readonly decidedAt: string;
            /** @description The worker that has it, or that the next look gives it. */
            readonly workerId: string | null;
            /** @description How that worker was or would be chosen; `at` is null until it is. */
            readonly decision: components["schemas"]["DecisionBody"] | null;
            /** @description Due runs before it; null = it is not due. `isLeast`: counted up to a bound. */
            readonly position: {
                readonly ahead: number;
                readonly sameShape: number;
                readonly isLeast: boolean;
            } | null;
            /** @description The one that matters most first. */
            readonly blockers: readonly components["schemas"]["BlockerBody"][];
            readonly unblockedBy: readonly components["schemas"]["UnblockBody"][];
            /** @description There are more workers than were looked at. */
            readonly fleetIsCut: boolean;
        };
        /** @enum {string} */
        readonly FailureClass: "app" | "oom" | "timeout" | "worker-lost" | "dispatch" | "deadline" | "stopped";
        /** @description One bad place in what the caller sent: `path` as in `resources.cpu` or `command[2]`. */
        readonly FieldProblem: {
            readonly path: string;
            readonly message: string;
        };
        /** @description What the next look at the queue would decide about a run that is not stored. */
        readonly ForeseenBody: {
            /** Format: date-time */
            readonly decidedAt: string;
            /** @description null = it would wait; then `reason` says for what. */
            readonly workerId: string | null;
            readonly decision: components["schemas"]["ChoiceBody"] | null;
            readonly reason: string | null;
            /** @description The run with every default filled in. */
            readonly spec: components["schemas"]["RunSpec"];
        };
        /**
         * @description Why numbers of output are not there.
         * @enum {string}
         */
        readonly GapReason: "lost" | "unknown-end" | "stream-broken" | "deleted";
        readonly GatewayBody: {
            readonly id: string;
            /** Format: date-time */
            readonly beatAt: string;
            /** @description It was heard within the last seconds. */
            readonly lives: boolean;
        };
        readonly InvariantBody: {
            readonly name: string;
            /** @description `state`: rows contradict each other. `clock`: nobody did what a clock is for. */
            readonly kind: components["schemas"]["InvariantKind"];
            /** @description What holds, in words. */
            readonly says: string;
            /** @description 0 = it holds. */
            readonly violations: number;
            /** @description The first of them. */
            readonly first: readonly components["schemas"]["ViolationBody"][];
        };
        /**
         * @description `clock`: it holds only as long as somebody looks at the rows.
         * @enum {string}
         */
        readonly InvariantKind: "state" | "clock";
        /** @description Of `/v1/invariants`. */
        readonly InvariantsBody: {
            /** Format: date-time */
            readonly checkedAt: string;
            readonly runs: number;
            readonly workers: number;
            /** @description There are more than were looked at. */
            readonly isCut: boolean;
            readonly violations: number;
            /** @description All of them, in the same order always. */
            readonly invariants: readonly components["schemas"]["InvariantBody"][];
            readonly platform: components["schemas"]["PlatformBody"];
            /** @description What the caller's key allows. */
            readonly scope: components["schemas"]["Scope"];
        };
        readonly KeyBody: {
            readonly id: string;
            readonly name: string;
            readonly scope: components["schemas"]["Scope"];
            readonly createdBy: string | null;
            /** Format: date-time */
            readonly createdAt: string;
            /**
             * Format: date-time
             * @description null = never.
             */
            readonly expiresAt: string | null;
            /**
             * Format: date-time
             * @description To the minute.
             */
            readonly lastUsedAt: string | null;
            /** Format: date-time */
            readonly revokedAt: string | null;
        };
        readonly KeyListBody: {
            /** @description Newest first. */
            readonly keys: readonly components["schemas"]["KeyBody"][];
        };
        readonly KeyedRunInput: {
            readonly name?: string;
            /** @description The program and its arguments, passed on as they are. */
            readonly command?: readonly string[];
            /** @description A line for the worker's shell. */
            readonly shell?: string;
            /** @description Written to a file and run as `<interpreter> <file>`. */
            readonly script?: {
                readonly interpreter: string;
                readonly content: string;
            };
            readonly env?: {
                readonly [key: string]: string;
            };
            readonly workingDir?: string | null;
            /** @description Kubernetes quantities: `500m`, 0.5 or `2`; `512Mi`, `1Gi` or bytes. */
            readonly resources?: {
                readonly cpu?: string | number;
                readonly memory?: string | number;
            };
            readonly labels?: {
                readonly [key: string]: string;
            };
            readonly nodeSelector?: {
                readonly [key: string]: string;
            };
            readonly tolerations?: readonly {
                readonly key?: "" | string;
                /** @enum {string} */
                readonly operator?: "Exists" | "Equal";
                readonly value?: string;
                /** @enum {string} */
                readonly effect?: "" | "NoSchedule";
            }[];
            readonly scheduling?: {
                readonly strategy?: ("packing" | "least-loaded" | "round-robin" | "first-available" | "most-capacity" | "affinity") | null;
                readonly preferredWorkers?: readonly string[];
                readonly excludedWorkers?: readonly string[];
                readonly preferredLabels?: readonly {
                    readonly key: string;
                    readonly value: string;
                    readonly weight?: number;
                }[];
                readonly affinityKey?: string | null;
            };
            readonly priority?: number;
            readonly backoffLimit?: number;
            readonly backoff?: {
                readonly initialSeconds?: number;
                readonly factor?: number;
                readonly maxSeconds?: number;
                readonly jitter?: number;
            };
            readonly infrastructureLimit?: number;
            readonly activeDeadlineSeconds?: number;
            readonly attemptTimeoutSeconds?: number | null;
            readonly terminationGracePeriodSeconds?: number;
            readonly ttlSecondsAfterFinished?: number | null;
            /** @description RFC 3339. */
            readonly startAfter?: string | null;
            readonly suspend?: boolean;
            /** @enum {string} */
            readonly replacement?: "AfterGone" | "AfterLost";
            readonly dedicatedWorker?: boolean;
            readonly idempotencyKey?: string | null;
        } & (unknown | unknown | unknown);
        /** @description Pieces `from` to `to` of an attempt are missing; `to` null = nobody knows how far. */
        readonly LogGapBody: {
            readonly from: number;
            readonly to: number | null;
            readonly reason: components["schemas"]["GapReason"];
        };
        readonly LogPageBody: {
            readonly pieces: readonly components["schemas"]["LogPieceBody"][];
            /** @description Give it back as `cursor` to read on: `<attempt>.<seq>`. */
            readonly next: string;
            /** @description true: nothing can come after this page. */
            readonly complete: boolean;
        };
        readonly LogPieceBody: {
            readonly attempt: number;
            readonly seq: number;
            /** @enum {string} */
            readonly stream: "stdout" | "stderr";
            /** Format: date-time */
            readonly at: string;
            /** @description The bytes as UTF-8, with U+FFFD for what is none. */
            readonly text: string;
            /** @description The very bytes in base64; only when `text` could not hold them. */
            readonly data?: string;
            /** @description Set on the one record that stands for output beyond the cap. */
            readonly truncated?: {
                readonly droppedBytes: number;
                readonly droppedLines: number;
            };
            /** @description Set on a mark that stands where pieces are missing; `seq` is the first of them. */
            readonly gap?: components["schemas"]["LogGapBody"];
        };
        /** @description Whether what is stored of the output of a run is all of it. */
        readonly LogVerdictBody: {
            /** @description Every attempt is `complete`, and no other can follow. */
            readonly complete: boolean;
            /** @description The run is final: no other attempt can follow. */
            readonly final: boolean;
            readonly attempts: readonly components["schemas"]["LogVerdictOfAttemptBody"][];
        };
        readonly LogVerdictOfAttemptBody: {
            readonly attempt: number;
            readonly state: components["schemas"]["OutputState"];
            /** @description `state` is `complete`: everything that the attempt wrote is stored. */
            readonly complete: boolean;
            /** @description How many are stored. */
            readonly pieces: number;
            readonly bytes: number;
            /** @description The highest number that is stored, 0 = none. */
            readonly lastSeq: number;
            /** @description The last number that there should be; null = nobody said. */
            readonly expectedLastSeq: number | null;
            /** @description What was dropped beyond the cap; null = nothing. */
            readonly truncated: {
                readonly droppedBytes: number;
                readonly droppedLines: number;
            } | null;
            /** @description The first gaps. */
            readonly gaps: readonly components["schemas"]["LogGapBody"][];
            /** @description How many more there are. */
            readonly moreGaps: number;
        };
        /** @description One thing that a run needs and an offer does not have; `key` of a label or taint. */
        readonly Misfit: {
            /** @enum {string} */
            readonly what: "cpu" | "memory" | "label" | "taint";
            readonly key: string | null;
            readonly need: string;
            readonly have: string;
        };
        readonly NotSubmittedBody: {
            readonly id: null;
            readonly error: {
                readonly code: components["schemas"]["ErrorCode"];
                readonly message: string;
            };
        };
        /** @enum {string} */
        readonly OutputState: "open" | "arriving" | "complete" | "truncated" | "gaps" | "unknown-end" | "deleted" | "unchecked";
        /** @description One parameter of a template. `null` = there is none. */
        readonly Parameter: {
            readonly name: string;
            readonly type: components["schemas"]["ParameterType"];
            readonly description: string;
            readonly required: boolean;
            /** @description Of its type; never for a secret. */
            readonly default: components["schemas"]["ParameterValue"] | null;
            /** @description The whole value must match (string, secret). */
            readonly pattern: string | null;
            /** @description Least and greatest number (number). */
            readonly min: number | null;
            readonly max: number | null;
            /** @description What may be chosen (choice), else empty. */
            readonly choices: readonly string[];
        };
        /** @enum {string} */
        readonly ParameterType: "string" | "number" | "boolean" | "choice" | "secret";
        readonly ParameterValue: string | number | boolean;
        /** @description How the parts are that answer to nobody's request. */
        readonly PlatformBody: {
            readonly version: string;
            readonly schemaVersion: number;
            /** @description What this release was written for. */
            readonly schemaExpected: number;
            /** @description Heard within the last hour. */
            readonly gateways: readonly components["schemas"]["GatewayBody"][];
            /**
             * Format: date-time
             * @description When a tick last swept: every few minutes, unless the stage sleeps; null = never.
             */
            readonly sweptAt: string | null;
            /** @description No tick swept for so long that several were missed. */
            readonly sweepIsLate: boolean;
            readonly launching: boolean;
            /** @description Machines that were asked for and not made, and what the provider said of the last. */
            readonly launchFailures: {
                readonly workers: number;
                readonly message: string | null;
            };
        };
        /** @description A label that a worker had better have; weights of those it has are added up. */
        readonly PreferredLabel: {
            readonly key: string;
            readonly value: string;
            readonly weight: number;
        };
        /** @description RFC 9457 problem document; `code` is one of the catalogue in `errors.ts`. */
        readonly ProblemBody: {
            readonly type: string;
            readonly title: string;
            readonly status: number;
            readonly detail: string;
            /** @description Id of the request, also in the header `X-Request-Id`. */
            readonly instance: string;
            readonly code: components["schemas"]["ErrorCode"];
            readonly errors: readonly components["schemas"]["FieldProblem"][];
        };
        readonly ProviderBody: {
            readonly id: string;
            readonly name: string;
            readonly kind: components["schemas"]["ProviderKind"];
            /** @description Only an Active one launches machines; the other words say why it does not. */
            readonly status: components["schemas"]["ProviderStatus"];
            /** @description true: the machines of this install are launched with it. */
            readonly ofInstall: boolean;
            /** @description It is Active and has fewer workers than it may have. */
            readonly hasCapacity: boolean;
            readonly priority: number;
            readonly maxWorkers: number;
            readonly activeWorkers: number;
            readonly capabilities: components["schemas"]["ProviderCapabilitiesBody"] | null;
            /** @description What goes with its kind. */
            readonly config: {
                readonly [key: string]: unknown;
            } | null;
            readonly tags: readonly string[];
            readonly metadata: {
                readonly [key: string]: string;
            };
            readonly preferredRegion: string | null;
            readonly allowedRegions: readonly string[];
            readonly requiredLabels: {
                readonly [key: string]: string;
            };
            readonly annotations: {
                readonly [key: string]: string;
            };
            /** Format: date-time */
            readonly createdAt: string;
            /** Format: date-time */
            readonly updatedAt: string;
        };
        /** @description What its machines could be, as its owner says. Nothing here decides on it. */
        readonly ProviderCapabilitiesBody: {
            readonly maxResources: {
                readonly maxCpuCores: number;
                readonly maxMemoryBytes: number;
                readonly maxDiskBytes: number;
                readonly maxGpuCount: number;
            } | null;
            readonly gpuSupport: boolean;
            readonly gpuTypes: readonly string[];
            readonly architectures: readonly string[];
            readonly runtimes: readonly string[];
            readonly regions: readonly string[];
            readonly maxExecutionTimeSeconds: number | null;
            readonly persistentStorage: boolean;
            readonly customNetworking: boolean;
        };
        readonly ProviderChange: {
            readonly name?: string;
            /**
             * @description Only an Active one launches machines; the other words say why it does not.
             * @enum {string}
             */
            readonly status?: "Active" | "Maintenance" | "Disabled" | "Overloaded" | "Unhealthy" | "Degraded";
            readonly priority?: number;
            readonly maxWorkers?: number;
            readonly capabilities?: {
                readonly maxResources?: {
                    readonly maxCpuCores?: number;
                    readonly maxMemoryBytes?: number;
                    readonly maxDiskBytes?: number;
                    readonly maxGpuCount?: number;
                } | null;
                readonly gpuSupport?: boolean;
                readonly gpuTypes?: readonly string[];
                readonly architectures?: readonly string[];
                readonly runtimes?: readonly string[];
                readonly regions?: readonly string[];
                readonly maxExecutionTimeSeconds?: number | null;
                readonly persistentStorage?: boolean;
                readonly customNetworking?: boolean;
            } | null;
            /** @description What goes with its kind. */
            readonly config?: {
                readonly socketPath?: string;
                readonly defaultImage?: string;
                readonly networkMode?: string;
                readonly dnsServers?: readonly string[];
                readonly labels?: {
                    readonly [key: string]: string;
                };
            } | {
                readonly kubeconfigPath?: string;
                readonly namespace?: string;
                readonly serviceAccount?: string;
                readonly imagePullSecret?: string;
                readonly nodeSelector?: {
                    readonly [key: string]: string;
                };
            } | {
                readonly region?: string;
                readonly functionName?: string;
                readonly runtime?: string;
                readonly handler?: string;
                readonly timeoutSeconds?: number;
                readonly memoryMb?: number;
            } | {
                readonly region?: string;
                readonly instanceType?: string;
                readonly amiId?: string;
                readonly keyName?: string;
                readonly securityGroupIds?: readonly string[];
                readonly subnetId?: string;
            } | null;
            readonly tags?: readonly string[];
            readonly metadata?: {
                readonly [key: string]: string;
            };
            readonly preferredRegion?: string | null;
            readonly allowedRegions?: readonly string[];
            readonly requiredLabels?: {
                readonly [key: string]: string;
            };
            readonly annotations?: {
                readonly [key: string]: string;
            };
        };
        readonly ProviderInput: {
            readonly name: string;
            /** @enum {string} */
            readonly kind: "docker" | "kubernetes" | "fargate" | "cloud-run" | "container-apps" | "lambda" | "cloud-functions" | "azure-functions" | "ec2" | "compute-engine" | "azure-vms" | "bare-metal" | "custom";
            readonly priority?: number;
            readonly maxWorkers?: number;
            readonly capabilities?: {
                readonly maxResources?: {
                    readonly maxCpuCores?: number;
                    readonly maxMemoryBytes?: number;
                    readonly maxDiskBytes?: number;
                    readonly maxGpuCount?: number;
                } | null;
                readonly gpuSupport?: boolean;
                readonly gpuTypes?: readonly string[];
                readonly architectures?: readonly string[];
                readonly runtimes?: readonly string[];
                readonly regions?: readonly string[];
                readonly maxExecutionTimeSeconds?: number | null;
                readonly persistentStorage?: boolean;
                readonly customNetworking?: boolean;
            } | null;
            /** @description What goes with its kind. */
            readonly config?: {
                readonly socketPath?: string;
                readonly defaultImage?: string;
                readonly networkMode?: string;
                readonly dnsServers?: readonly string[];
                readonly labels?: {
                    readonly [key: string]: string;
                };
            } | {
                readonly kubeconfigPath?: string;
                readonly namespace?: string;
                readonly serviceAccount?: string;
                readonly imagePullSecret?: string;
                readonly nodeSelector?: {
                    readonly [key: string]: string;
                };
            } | {
                readonly region?: string;
                readonly functionName?: string;
                readonly runtime?: string;
                readonly handler?: string;
                readonly timeoutSeconds?: number;
                readonly memoryMb?: number;
            } | {
                readonly region?: string;
                readonly instanceType?: string;
                readonly amiId?: string;
                readonly keyName?: string;
                readonly securityGroupIds?: readonly string[];
                readonly subnetId?: string;
            } | null;
            readonly tags?: readonly string[];
            readonly metadata?: {
                readonly [key: string]: string;
            };
            readonly preferredRegion?: string | null;
            readonly allowedRegions?: readonly string[];
            readonly requiredLabels?: {
                readonly [key: string]: string;
            };
            readonly annotations?: {
                readonly [key: string]: string;
            };
        };
        /** @enum {string} */
        readonly ProviderKind: "docker" | "kubernetes" | "fargate" | "cloud-run" | "container-apps" | "lambda" | "cloud-functions" | "azure-functions" | "ec2" | "compute-engine" | "azure-vms" | "bare-metal" | "custom";
        readonly ProviderListBody: {
            /** @description Higher priority first, then by name. */
            readonly providers: readonly components["schemas"]["ProviderBody"][];
        };
        /** @description Sums over all providers. */
        readonly ProviderStatsBody: {
            readonly total: number;
            readonly enabled: number;
            readonly withCapacity: number;
            readonly maxWorkers: number;
            readonly activeWorkers: number;
            /** @description Active of possible workers; 0 when there can be none. */
            readonly utilizationPercent: number;
        };
        /** @enum {string} */
        readonly ProviderStatus: "Active" | "Maintenance" | "Disabled" | "Overloaded" | "Unhealthy" | "Degraded";
        /** @description Of `/v1/queue`. */
        readonly QueueBody: {
            /** Format: date-time */
            readonly at: string;
            readonly pending: {
                readonly runs: number;
                /** @description There may be more: it was counted up to a bound, and so was all that follows. */
                readonly isLeast: boolean;
                /** @description They would start if there were room: not suspended, not put off. */
                readonly due: number;
                /** @description By what each waits for, the most frequent first. */
                readonly byReason: {
                    readonly [key: string]: number;
                };
                /** @description The highest first. */
                readonly byPriority: readonly {
                    readonly priority: number;
                    readonly runs: number;
                }[];
                /** @description The one that is due for longest: since its submit, its `startAfter`, or the end of its last back-off. */
                readonly oldest: {
                    readonly id: string;
                    /** Format: date-time */
                    readonly createdAt: string;
                    /** Format: date-time */
                    readonly dueAt: string;
                } | null;
            };
            /** @description Attempts that workers have. */
            readonly live: {
                readonly assigned: number;
                readonly running: number;
                readonly isLeast: boolean;
            };
            /** @description How the newest runs that are kept ended, those that are open among them. */
            readonly newest: {
                readonly runs: number;
                /** @description There are older ones, which were not read. */
                readonly isCut: boolean;
                readonly succeeded: number;
                readonly failed: number;
                readonly cancelled: number;
            };
        };
        /**
         * @description When a successor of a lost attempt may start.
         * @enum {string}
         */
        readonly Replacement: "AfterGone" | "AfterLost";
        readonly RunBody: {
            readonly id: string;
            readonly name: string;
            readonly phase: components["schemas"]["RunPhase"];
            /** @description Why it ended or why it waits. */
            readonly reason: string | null;
            readonly message: string | null;
            readonly labels: {
                readonly [key: string]: string;
            };
            readonly priority: number;
            /** @description Attempts made so far. */
            readonly attempts: number;
            readonly workerId: string | null;
            readonly exitCode: number | null;
            /** @description true: it will end; its attempt is being stopped. */
            readonly stopping: boolean;
            /** Format: date-time */
            readonly createdAt: string;
            /** Format: date-time */
            readonly startedAt: string | null;
            /** Format: date-time */
            readonly finishedAt: string | null;
            /**
             * Format: date-time
             * @description Earliest start of the next attempt, while Pending.
             */
            readonly notBefore: string | null;
            /** @description The template it was made from; null = from none. */
            readonly template: components["schemas"]["RunTemplate"] | null;
            /** @description Id of the run that it repeats. */
            readonly rerunOf: string | null;
            readonly spec: components["schemas"]["RunSpec"];
            readonly submittedBy: string | null;
            /**
             * Format: date-time
             * @description null = it is suspended, or was until its end: no deadline runs.
             */
            readonly deadlineAt: string | null;
            /** @description Values it was made with, null in place of a secret one; null = from no template. */
            readonly parameters: components["schemas"]["ShownValues"] | null;
        };
        readonly RunInput: {
            readonly name?: string;
            /** @description The program and its arguments, passed on as they are. */
            readonly command?: readonly string[];
            /** @description A line for the worker's shell. */
            readonly shell?: string;
            /** @description Written to a file and run as `<interpreter> <file>`. */
            readonly script?: {
                readonly interpreter: string;
                readonly content: string;
            };
            readonly env?: {
                readonly [key: string]: string;
            };
            readonly workingDir?: string | null;
            /** @description Kubernetes quantities: `500m`, 0.5 or `2`; `512Mi`, `1Gi` or bytes. */
            readonly resources?: {
                readonly cpu?: string | number;
                readonly memory?: string | number;
            };
            readonly labels?: {
                readonly [key: string]: string;
            };
            readonly nodeSelector?: {
                readonly [key: string]: string;
            };
            readonly tolerations?: readonly {
                readonly key?: "" | string;
                /** @enum {string} */
                readonly operator?: "Exists" | "Equal";
                readonly value?: string;
                /** @enum {string} */
                readonly effect?: "" | "NoSchedule";
            }[];
            readonly scheduling?: {
                readonly strategy?: ("packing" | "least-loaded" | "round-robin" | "first-available" | "most-capacity" | "affinity") | null;
                readonly preferredWorkers?: readonly string[];
                readonly excludedWorkers?: readonly string[];
                readonly preferredLabels?: readonly {
                    readonly key: string;
                    readonly value: string;
                    readonly weight?: number;
                }[];
                readonly affinityKey?: string | null;
            };
            readonly priority?: number;
            readonly backoffLimit?: number;
            readonly backoff?: {
                readonly initialSeconds?: number;
                readonly factor?: number;
                readonly maxSeconds?: number;
                readonly jitter?: number;
            };
            readonly infrastructureLimit?: number;
            readonly activeDeadlineSeconds?: number;
            readonly attemptTimeoutSeconds?: number | null;
            readonly terminationGracePeriodSeconds?: number;
            readonly ttlSecondsAfterFinished?: number | null;
            /** @description RFC 3339. */
            readonly startAfter?: string | null;
            readonly suspend?: boolean;
            /** @enum {string} */
            readonly replacement?: "AfterGone" | "AfterLost";
            readonly dedicatedWorker?: boolean;
        } & (unknown | unknown | unknown);
        readonly RunListBody: {
            /** @description Newest first. */
            readonly runs: readonly components["schemas"]["RunSummaryBody"][];
            /** @description Cursor of the next page, null = this was the last. */
            readonly next: string | null;
        };
        /** @enum {string} */
        readonly RunPhase: "Pending" | "Assigned" | "Running" | "Succeeded" | "Failed" | "Cancelled";
        /** @description The snapshot of what a user asked for, complete: every default is filled in by `parse-run-spec.ts` and nothing else invents one. Never changed by the system. */
        readonly RunSpec: {
            readonly name: string;
            readonly command: components["schemas"]["Command"];
            readonly env: {
                readonly [key: string]: string;
            };
            /** @description null = the worker's own scratch directory of this attempt. */
            readonly workingDir: string | null;
            readonly resources: {
                readonly cpuMillis: number;
                readonly memoryMib: number;
            };
            readonly labels: {
                readonly [key: string]: string;
            };
            readonly nodeSelector: {
                readonly [key: string]: string;
            };
            readonly tolerations: readonly components["schemas"]["Toleration"][];
            readonly scheduling: components["schemas"]["Scheduling"];
            /** @description −1000…1000, higher first; a waiting run gains one point every 30 s. */
            readonly priority: number;
            /** @description At most backoffLimit + 1 charged attempts. */
            readonly backoffLimit: number;
            readonly backoff: components["schemas"]["Backoff"];
            /** @description How many lost workers this run survives. */
            readonly infrastructureLimit: number;
            /** @description From submit (or `startAfter`) to the end of the last attempt. */
            readonly activeDeadlineSeconds: number;
            /** @description From start to end of one attempt; null = only the active deadline. */
            readonly attemptTimeoutSeconds: number | null;
            /** @description From SIGTERM to SIGKILL. */
            readonly terminationGracePeriodSeconds: number;
            /** @description null = kept until deleted by hand. */
            readonly ttlSecondsAfterFinished: number | null;
            /** @description RFC 3339 instant before which the run does not start, or null. */
            readonly startAfter: string | null;
            /** @description true: submitted suspended; it waits until it is resumed. Whether it still is, the run says. */
            readonly suspend: boolean;
            readonly replacement: components["schemas"]["Replacement"];
            /** @description true: a worker of its own, made for this run and ended after it. */
            readonly dedicatedWorker: boolean;
        };
        readonly RunSummaryBody: {
            readonly id: string;
            readonly name: string;
            readonly phase: components["schemas"]["RunPhase"];
            /** @description Why it ended or why it waits. */
            readonly reason: string | null;
            readonly message: string | null;
            readonly labels: {
                readonly [key: string]: string;
            };
            readonly priority: number;
            /** @description Attempts made so far. */
            readonly attempts: number;
            readonly workerId: string | null;
            readonly exitCode: number | null;
            /** @description true: it will end; its attempt is being stopped. */
            readonly stopping: boolean;
            /** Format: date-time */
            readonly createdAt: string;
            /** Format: date-time */
            readonly startedAt: string | null;
            /** Format: date-time */
            readonly finishedAt: string | null;
            /**
             * Format: date-time
             * @description Earliest start of the next attempt, while Pending.
             */
            readonly notBefore: string | null;
            /** @description The template it was made from; null = from none. */
            readonly template: components["schemas"]["RunTemplate"] | null;
            /** @description Id of the run that it repeats. */
            readonly rerunOf: string | null;
        };
        /** @description Which template, version and number a run has. */
        readonly RunTemplate: {
            readonly id: string;
            readonly name: string;
            readonly version: number;
            /** @description 1, 2, 3, … within the template, never given twice; gaps are possible. */
            readonly number: number;
        };
        /** @description Of `/v1/scheduler`. */
        readonly SchedulerBody: {
            /** @description For runs that name none. */
            readonly strategy: components["schemas"]["Strategy"];
            /** @description Waiting runs beyond which a submit is refused, as they were last counted. */
            readonly pendingRunsMax: number;
            /** @description Rises with every change; 0 = nothing was configured. */
            readonly version: number;
        };
        /** @description What a run would like of its worker; only `excludedWorkers` is a demand. */
        readonly Scheduling: {
            /** @description null = affinity where there is an `affinityKey`, else the install's. */
            readonly strategy: components["schemas"]["Strategy"] | null;
            readonly preferredWorkers: readonly string[];
            readonly excludedWorkers: readonly string[];
            readonly preferredLabels: readonly components["schemas"]["PreferredLabel"][];
            /** @description Runs of one key would like the worker that had the last one. */
            readonly affinityKey: string | null;
        };
        /** @enum {string} */
        readonly Scope: "read" | "submit" | "admin";
        /** @description Values by name; null stands for a secret one. */
        readonly ShownValues: {
            readonly [key: string]: components["schemas"]["ParameterValue"] | null;
        };
        /** @enum {string} */
        readonly Strategy: "packing" | "least-loaded" | "round-robin" | "first-available" | "most-capacity" | "affinity";
        readonly SubmittedBody: {
            readonly id: string;
            /** @description false = the idempotency key had made this run before. */
            readonly created: boolean;
        };
        readonly TemplateBody: {
            readonly id: string;
            readonly name: string;
            readonly status: components["schemas"]["TemplateStatus"];
            /** @description The version that is shown; also the ETag, in quotes. */
            readonly version: number;
            readonly newestVersion: number;
            readonly description: string;
            readonly labels: {
                readonly [key: string]: string;
            };
            /** @description Who made this version. */
            readonly createdBy: string | null;
            /** Format: date-time */
            readonly createdAt: string;
            /**
             * Format: date-time
             * @description When this version was made.
             */
            readonly versionAt: string;
            /**
             * Format: date-time
             * @description The last change of version or status.
             */
            readonly updatedAt: string;
            readonly spec: components["schemas"]["RunSpec"];
            readonly parameters: readonly components["schemas"]["Parameter"][];
        };
        readonly TemplateChange: {
            readonly name?: string;
            readonly description?: string;
            readonly labels?: {
                readonly [key: string]: string;
            };
            /** @description What each run of it executes, as `hodei run -f` takes it. */
            readonly spec?: components["schemas"]["RunInput"];
            readonly parameters?: readonly {
                readonly name: string;
                /** @enum {string} */
                readonly type?: "string" | "number" | "boolean" | "choice" | "secret";
                readonly description?: string;
                readonly required?: boolean;
                readonly default?: string | number | boolean | null;
                readonly pattern?: string | null;
                readonly min?: number | null;
                readonly max?: number | null;
                readonly choices?: readonly string[];
            }[];
            /** @description The version that the caller knows: any other is refused. */
            readonly expectedVersion?: number | null;
        };
        readonly TemplateInput: {
            readonly name: string;
            readonly description?: string;
            readonly labels?: {
                readonly [key: string]: string;
            };
            /** @description What each run of it executes, as `hodei run -f` takes it. */
            readonly spec: components["schemas"]["RunInput"];
            readonly parameters?: readonly {
                readonly name: string;
                /** @enum {string} */
                readonly type?: "string" | "number" | "boolean" | "choice" | "secret";
                readonly description?: string;
                readonly required?: boolean;
                readonly default?: string | number | boolean | null;
                readonly pattern?: string | null;
                readonly min?: number | null;
                readonly max?: number | null;
                readonly choices?: readonly string[];
            }[];
        };
        readonly TemplateListBody: {
            /** @description In order of their names. */
            readonly templates: readonly components["schemas"]["TemplateSummaryBody"][];
            readonly next: string | null;
        };
        readonly TemplateStatsBody: {
            /** @description Numbers given so far, those of deleted runs among them. */
            readonly numbers: number;
            /** @description Runs that are kept, at most the newest 10,000; what follows is counted from them. */
            readonly runs: number;
            /** @description More runs are kept than are counted: the older ones are left out. */
            readonly isCut: boolean;
            readonly open: number;
            readonly succeeded: number;
            readonly failed: number;
            readonly cancelled: number;
            readonly lastRun: {
                readonly id: string;
                readonly number: number;
                readonly phase: components["schemas"]["RunPhase"];
                /** Format: date-time */
                readonly createdAt: string;
            } | null;
            /** @description From start to end of the runs that succeeded; null = none did. */
            readonly durationsMs: {
                readonly mean: number;
                readonly median: number;
                readonly p95: number;
                readonly max: number;
            } | null;
        };
        /**
         * @description - `Active`: takes new runs and new versions.
         *     - `Disabled`: takes new versions and no new runs; runs that exist go on. May become Active again.
         *     - `Archived`: read-only for ever; its name is free for another template.
         * @enum {string}
         */
        readonly TemplateStatus: "Active" | "Disabled" | "Archived";
        readonly TemplateSummaryBody: {
            readonly id: string;
            readonly name: string;
            readonly status: components["schemas"]["TemplateStatus"];
            /** @description The version that is shown; also the ETag, in quotes. */
            readonly version: number;
            readonly newestVersion: number;
            readonly description: string;
            readonly labels: {
                readonly [key: string]: string;
            };
            /** @description Who made this version. */
            readonly createdBy: string | null;
            /** Format: date-time */
            readonly createdAt: string;
            /**
             * Format: date-time
             * @description When this version was made.
             */
            readonly versionAt: string;
            /**
             * Format: date-time
             * @description The last change of version or status.
             */
            readonly updatedAt: string;
        };
        readonly TemplateVersionListBody: {
            /** @description Newest first. */
            readonly versions: readonly components["schemas"]["TemplateSummaryBody"][];
            readonly next: string | null;
        };
        /** @description As in Kubernetes: an empty `effect` tolerates every effect, `Exists` ignores `value`. */
        readonly Toleration: {
            readonly key: string;
            /** @enum {string} */
            readonly operator: "Exists" | "Equal";
            readonly value: string;
            /** @enum {string} */
            readonly effect: "" | "NoSchedule";
        };
        readonly UnblockBody: {
            readonly change: string;
            readonly effect: string;
            /** @description true: it comes by itself. */
            readonly wait: boolean;
        };
        readonly UsageBody: {
            /** @description Averages and maxima over the time that was asked for; null = nothing was reported. */
            readonly total: components["schemas"]["UsageTotalBody"] | null;
            /** @description The total is of the newest points alone: there are too many. */
            readonly isCut: boolean;
            /** @description The newest, in order of time. */
            readonly points: readonly components["schemas"]["UsagePointBody"][];
        };
        /** @description What an attempt used for a while. CPU is in percent of all cores of its worker. */
        readonly UsagePointBody: {
            readonly runId: string;
            readonly attempt: number;
            readonly workerId: string;
            /**
             * Format: date-time
             * @description Begin of the span: a minute, later a quarter of an hour.
             */
            readonly at: string;
            /**
             * Format: date-time
             * @description Of the newest report in it.
             */
            readonly lastAt: string;
            readonly reports: number;
            readonly cpuPercent: number;
            readonly cpuPercentMax: number;
            readonly memoryBytes: number;
            readonly memoryBytesMax: number;
            /** @description Of the worker; 0 = unknown. */
            readonly memoryTotalBytes: number;
            readonly diskBytesMax: number;
            /** @description What workers report under names of their own, as the newest report has it. */
            readonly custom: {
                readonly [key: string]: number;
            };
        };
        readonly UsageTotalBody: {
            /** Format: date-time */
            readonly firstAt: string;
            /** Format: date-time */
            readonly lastAt: string;
            readonly reports: number;
            readonly cpuPercent: number;
            readonly cpuPercentMax: number;
            readonly memoryBytes: number;
            readonly memoryBytesMax: number;
            readonly diskBytesMax: number;
        };
        /** @enum {string} */
        readonly Verdict: "READY" | "NOT_YET" | "NEVER" | "PLACED" | "FINISHED";
        readonly ViolationBody: {
            /** @description Of the run, worker or template that the invariant speaks of. */
            readonly id: string;
            readonly detail: string;
        };
        readonly WorkerBody: {
            readonly id: string;
            readonly phase: components["schemas"]["WorkerPhase"];
            readonly profile: string;
            readonly cpuMillis: number;
            readonly memoryMib: number;
            readonly labels: {
                readonly [key: string]: string;
            };
            readonly reason: string | null;
            readonly message: string | null;
            readonly machineId: string | null;
            readonly runId: string | null;
            readonly runsTaken: number;
            /** Format: date-time */
            readonly createdAt: string;
            /** Format: date-time */
            readonly readyAt: string | null;
            /** Format: date-time */
            readonly lastHeartbeatAt: string | null;
            /** Format: date-time */
            readonly terminatedAt: string | null;
        };
        readonly WorkerListBody: {
            readonly workers: readonly components["schemas"]["WorkerBody"][];
        };
        /** @enum {string} */
        readonly WorkerPhase: "Creating" | "Connecting" | "Ready" | "Busy" | "Draining" | "Terminating" | "Terminated";
    };
    responses: {
        /** @description AlreadyFinished */
        readonly AlreadyFinished: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "AlreadyFinished";
                };
            };
        };
        /** @description AlreadyFinished, Conflict */
        readonly AlreadyFinishedOrConflict: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "AlreadyFinished" | "Conflict";
                };
            };
        };
        /** @description Conflict */
        readonly Conflict: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "Conflict";
                };
            };
        };
        /** @description Forbidden */
        readonly Forbidden: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "Forbidden";
                };
            };
        };
        /** @description Internal */
        readonly Internal: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "Internal";
                };
            };
        };
        /** @description InvalidRequest */
        readonly InvalidRequest: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "InvalidRequest";
                };
            };
        };
        /** @description InvalidRequest, InvalidSpec */
        readonly InvalidRequestOrInvalidSpec: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "InvalidRequest" | "InvalidSpec";
                };
            };
        };
        /** @description KeyNotFound */
        readonly KeyNotFound: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "KeyNotFound";
                };
            };
        };
        /** @description ProviderInUse */
        readonly ProviderInUse: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "ProviderInUse";
                };
            };
        };
        /** @description ProviderNameTaken */
        readonly ProviderNameTaken: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "ProviderNameTaken";
                };
            };
        };
        /** @description ProviderNameTaken, ProviderInUse */
        readonly ProviderNameTakenOrProviderInUse: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "ProviderNameTaken" | "ProviderInUse";
                };
            };
        };
        /** @description ProviderNotFound */
        readonly ProviderNotFound: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "ProviderNotFound";
                };
            };
        };
        /** @description RateLimited */
        readonly RateLimited: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly "retry-after": components["headers"]["RetryAfter"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "RateLimited";
                };
            };
        };
        /** @description RateLimited, QueueFull */
        readonly RateLimitedOrQueueFull: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly "retry-after": components["headers"]["RetryAfter"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "RateLimited" | "QueueFull";
                };
            };
        };
        /** @description RunNotFound */
        readonly RunNotFound: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "RunNotFound";
                };
            };
        };
        /** @description SpecTooLarge */
        readonly SpecTooLarge: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "SpecTooLarge";
                };
            };
        };
        /** @description StoreUnavailable */
        readonly StoreUnavailable: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly "retry-after": components["headers"]["RetryAfter"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "StoreUnavailable";
                };
            };
        };
        /** @description TemplateExists */
        readonly TemplateExists: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "TemplateExists";
                };
            };
        };
        /** @description TemplateNotActive */
        readonly TemplateNotActive: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "TemplateNotActive";
                };
            };
        };
        /** @description TemplateNotActive, Conflict */
        readonly TemplateNotActiveOrConflict: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "TemplateNotActive" | "Conflict";
                };
            };
        };
        /** @description TemplateNotFound */
        readonly TemplateNotFound: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "TemplateNotFound";
                };
            };
        };
        /** @description TemplateNotFound, RunNotFound */
        readonly TemplateNotFoundOrRunNotFound: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "TemplateNotFound" | "RunNotFound";
                };
            };
        };
        /** @description Unauthenticated */
        readonly Unauthenticated: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "Unauthenticated";
                };
            };
        };
        /** @description Unplaceable */
        readonly Unplaceable: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "Unplaceable";
                };
            };
        };
        /** @description Unplaceable, IdempotencyConflict */
        readonly UnplaceableOrIdempotencyConflict: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "Unplaceable" | "IdempotencyConflict";
                };
            };
        };
        /** @description WorkerNotFound */
        readonly WorkerNotFound: {
            headers: {
                readonly "x-request-id": components["headers"]["RequestId"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["ProblemBody"] & {
                    /** @enum {unknown} */
                    readonly code?: "WorkerNotFound";
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description Names the request; the log has it too. */
        readonly RequestId: string;
        /** @description Seconds to wait before a repeat. */
        readonly RetryAfter: number;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly listRuns: {
        readonly parameters: {
            readonly query?: {
                /** @description `1`: server-sent events, what is and what changes. */
                readonly watch?: "1" | "true" | "0" | "false";
                /** @description With `watch`: the id of the last event that the caller has. */
                readonly since?: string;
                /** @description Only runs in one of these phases; may also be separated by commas. */
                readonly phase?: readonly components["schemas"]["RunPhase"][];
                /** @description Only runs that have all of these labels, each `key=value`. */
                readonly label?: readonly string[];
                /** @description How many items the page may hold. */
                readonly limit?: number;
                /** @description The `next` of the page before. */
                readonly cursor?: string;
            };
            readonly header?: {
                /** @description Of who connects again to the events: the id of the last one. */
                readonly "Last-Event-ID"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The page. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RunListBody"];
                    readonly "text/event-stream": string;
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly submitRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description The caller's name for this request: a repeat under it makes nothing new. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["RunInput"];
            };
        };
        readonly responses: {
            /** @description The run that this key made before. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    /** @description Where the run is. */
                    readonly location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RunBody"];
                };
            };
            /** @description The new run. */
            readonly 201: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    /** @description Where the run is. */
                    readonly location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RunBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequestOrInvalidSpec"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 413: components["responses"]["SpecTooLarge"];
            readonly 415: components["responses"]["InvalidRequest"];
            readonly 422: components["responses"]["UnplaceableOrIdempotencyConflict"];
            readonly 429: components["responses"]["RateLimitedOrQueueFull"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly submitRuns: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly runs: readonly components["schemas"]["KeyedRunInput"][];
                };
            };
        };
        readonly responses: {
            /** @description What became of each run. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BulkBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequestOrInvalidSpec"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 413: components["responses"]["SpecTooLarge"];
            readonly 415: components["responses"]["InvalidRequest"];
            readonly 422: components["responses"]["Unplaceable"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly dryRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["RunInput"];
            };
        };
        readonly responses: {
            /** @description The complete spec, and what would be decided. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ForeseenBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequestOrInvalidSpec"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 413: components["responses"]["SpecTooLarge"];
            readonly 415: components["responses"]["InvalidRequest"];
            readonly 422: components["responses"]["Unplaceable"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly getRun: {
        readonly parameters: {
            readonly query?: {
                /** @description `1`: server-sent events, what is and what changes. */
                readonly watch?: "1" | "true" | "0" | "false";
                /** @description With `watch`: the id of the last event that the caller has. */
                readonly since?: string;
            };
            readonly header?: {
                /** @description Of who connects again to the events: the id of the last one. */
                readonly "Last-Event-ID"?: string;
            };
            readonly path: {
                /** @description Id of the run. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The run. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RunBody"];
                    readonly "text/event-stream": string;
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["RunNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly patchRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Id of the run. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @description Moves it in the queue as if it had been submitted so. */
                    readonly priority?: number | null;
                    /** @description true: it leaves the queue, and its deadline does not run; false: it goes on. */
                    readonly suspend?: boolean | null;
                };
            };
        };
        readonly responses: {
            /** @description The run as it is now. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RunBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["RunNotFound"];
            readonly 409: components["responses"]["AlreadyFinishedOrConflict"];
            readonly 413: components["responses"]["SpecTooLarge"];
            readonly 415: components["responses"]["InvalidRequest"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly listAttempts: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Id of the run. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description All attempts. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AttemptListBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["RunNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly listEvents: {
        readonly parameters: {
            readonly query?: {
                /** @description Only events with a higher number: the `next` of the page before. */
                readonly since?: number;
                /** @description How many items the page may hold. */
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path: {
                /** @description Id of the run. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The events behind `since`. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["EventListBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["RunNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly readLogs: {
        readonly parameters: {
            readonly query?: {
                /** @description `1`: waits as long as it may; server-sent events when they are accepted. */
                readonly follow?: "1" | "true" | "0" | "false";
                /** @description The `next` of the page before: `<attempt>.<seq>`. */
                readonly cursor?: string;
                /** @description How many seconds to wait for something new. */
                readonly wait?: number;
                /** @description `text`: the bytes themselves, all streams in order. */
                readonly format?: "json" | "text";
            };
            readonly header?: {
                /** @description Of who connects again to the events: the id of the last one. */
                readonly "Last-Event-ID"?: string;
            };
            readonly path: {
                /** @description Id of the run. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The output behind the cursor. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    /** @description As text: `next`. */
                    readonly "Hodei-Next-Cursor"?: string;
                    /** @description As text: `complete`. */
                    readonly "Hodei-Complete"?: "true" | "false";
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LogPageBody"];
                    readonly "text/plain": string;
                    readonly "text/event-stream": string;
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["RunNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly verifyLogs: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Id of the run. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The verdict. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LogVerdictBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["RunNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly explainRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Id of the run. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The explanation. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ExplanationBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["RunNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly readRunUsage: {
        readonly parameters: {
            readonly query?: {
                /** @description Only this attempt of a run. */
                readonly attempt?: number;
                /** @description Only what was reported then or later. */
                readonly from?: string;
                /** @description Only what was reported until then. */
                readonly to?: string;
                /** @description How many points there may be, the newest. */
                readonly limit?: number;
                /** @description `1`: server-sent events, what is and what changes. */
                readonly watch?: "1" | "true" | "0" | "false";
                /** @description With `watch`: the id of the last event that the caller has. */
                readonly since?: string;
            };
            readonly header?: {
                /** @description Of who connects again to the events: the id of the last one. */
                readonly "Last-Event-ID"?: string;
            };
            readonly path: {
                /** @description Id of the run. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The total and its points. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["UsageBody"];
                    readonly "text/event-stream": string;
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["RunNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly cancelRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Id of the run. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": {
                    /** @description Why, for those who look at the run later. */
                    readonly reason?: string | null;
                };
            };
        };
        readonly responses: {
            /** @description The run is final. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CancelBody"];
                };
            };
            /** @description An attempt lives and is being stopped. */
            readonly 202: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CancelBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["RunNotFound"];
            readonly 409: components["responses"]["AlreadyFinished"];
            readonly 413: components["responses"]["SpecTooLarge"];
            readonly 415: components["responses"]["InvalidRequest"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly cancelRuns: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @description A run must have all of them. */
                    readonly labels: {
                        readonly [key: string]: string;
                    };
                    /** @description Which of these runs; null = all that are not final. */
                    readonly phases?: readonly ("Pending" | "Assigned" | "Running")[] | null;
                    /** @description Why, for those who look at a run later. */
                    readonly reason?: string | null;
                    /** @description true: only counts. */
                    readonly dryRun?: boolean | null;
                    /** @description Refuses when there are more or fewer. */
                    readonly expectedCount?: number | null;
                    /** @description How many more or fewer are well. */
                    readonly allowedDifference?: number | null;
                    /** @description The `next` of the answer before. */
                    readonly cursor?: string | null;
                };
            };
        };
        readonly responses: {
            /** @description What became of them. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BulkCancelBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 409: components["responses"]["Conflict"];
            readonly 413: components["responses"]["SpecTooLarge"];
            readonly 415: components["responses"]["InvalidRequest"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly rerunRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description The caller's name for this request: a repeat under it makes nothing new. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                /** @description Id of the run. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": {
                    /**
                     * @description Of the template: the version that the run had, or the newest.
                     * @default pinned
                     * @enum {string}
                     */
                    readonly version?: "pinned" | "latest";
                    /** @description Values by name. Text may stand for a number, true or false. */
                    readonly parameters?: {
                        readonly [key: string]: string | number | boolean | null;
                    } | null;
                };
            };
        };
        readonly responses: {
            /** @description The run that this key made before. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    /** @description Where the run is. */
                    readonly location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RunBody"];
                };
            };
            /** @description The new run. */
            readonly 201: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    /** @description Where the run is. */
                    readonly location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RunBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequestOrInvalidSpec"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["TemplateNotFoundOrRunNotFound"];
            readonly 409: components["responses"]["TemplateNotActive"];
            readonly 413: components["responses"]["SpecTooLarge"];
            readonly 415: components["responses"]["InvalidRequest"];
            readonly 422: components["responses"]["UnplaceableOrIdempotencyConflict"];
            readonly 429: components["responses"]["RateLimitedOrQueueFull"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly listTemplates: {
        readonly parameters: {
            readonly query?: {
                /** @description Only templates of one of these statuses; may also be separated by commas. */
                readonly status?: readonly ("Active" | "Disabled" | "Archived")[];
                /** @description Only templates that have all of these labels, each `key=value`. */
                readonly label?: readonly string[];
                /** @description How many items the page may hold. */
                readonly limit?: number;
                /** @description The `next` of the page before. */
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The page. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TemplateListBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly createTemplate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description The caller's name for this request: a repeat under it makes nothing new. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["TemplateInput"];
            };
        };
        readonly responses: {
            /** @description The template that this key made before. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    /** @description The version that is shown, in quotes. */
                    readonly ETag?: string;
                    /** @description Where the template is. */
                    readonly location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TemplateBody"];
                };
            };
            /** @description The new template. */
            readonly 201: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    /** @description The version that is shown, in quotes. */
                    readonly ETag?: string;
                    /** @description Where the template is. */
                    readonly location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TemplateBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequestOrInvalidSpec"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 409: components["responses"]["TemplateExists"];
            readonly 413: components["responses"]["SpecTooLarge"];
            readonly 415: components["responses"]["InvalidRequest"];
            readonly 422: components["responses"]["UnplaceableOrIdempotencyConflict"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly getTemplate: {
        readonly parameters: {
            readonly query?: {
                /** @description One of its versions; 0 = the newest. */
                readonly version?: number;
            };
            readonly header?: never;
            readonly path: {
                /** @description Name or id of the template. */
                readonly reference: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The template at this version. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    /** @description The version that is shown, in quotes. */
                    readonly ETag?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TemplateBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["TemplateNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly archiveTemplate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description The ETag that the caller knows; `*` = any. Another version is refused. */
                readonly "If-Match"?: string;
            };
            readonly path: {
                /** @description Name or id of the template. */
                readonly reference: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The archived template. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    /** @description The version that is shown, in quotes. */
                    readonly ETag?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TemplateBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["TemplateNotFound"];
            readonly 409: components["responses"]["TemplateNotActiveOrConflict"];
            readonly 412: components["responses"]["Conflict"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly changeTemplate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description The ETag that the caller knows; `*` = any. Another version is refused. */
                readonly "If-Match"?: string;
            };
            readonly path: {
                /** @description Name or id of the template. */
                readonly reference: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["TemplateChange"];
            };
        };
        readonly responses: {
            /** @description The template as it is now. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    /** @description The version that is shown, in quotes. */
                    readonly ETag?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TemplateBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequestOrInvalidSpec"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["TemplateNotFound"];
            readonly 409: components["responses"]["TemplateNotActiveOrConflict"];
            readonly 412: components["responses"]["Conflict"];
            readonly 413: components["responses"]["SpecTooLarge"];
            readonly 415: components["responses"]["InvalidRequest"];
            readonly 422: components["responses"]["Unplaceable"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly listTemplateVersions: {
        readonly parameters: {
            readonly query?: {
                /** @description How many items the page may hold. */
                readonly limit?: number;
                /** @description The `next` of the page before. */
                readonly cursor?: number;
            };
            readonly header?: never;
            readonly path: {
                /** @description Name or id of the template. */
                readonly reference: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The page. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TemplateVersionListBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["TemplateNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly enableTemplate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description The ETag that the caller knows; `*` = any. Another version is refused. */
                readonly "If-Match"?: string;
            };
            readonly path: {
                /** @description Name or id of the template. */
                readonly reference: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The active template. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    /** @description The version that is shown, in quotes. */
                    readonly ETag?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TemplateBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["TemplateNotFound"];
            readonly 409: components["responses"]["TemplateNotActiveOrConflict"];
            readonly 412: components["responses"]["Conflict"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly disableTemplate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description The ETag that the caller knows; `*` = any. Another version is refused. */
                readonly "If-Match"?: string;
            };
            readonly path: {
                /** @description Name or id of the template. */
                readonly reference: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The disabled template. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    /** @description The version that is shown, in quotes. */
                    readonly ETag?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TemplateBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["TemplateNotFound"];
            readonly 409: components["responses"]["TemplateNotActiveOrConflict"];
            readonly 412: components["responses"]["Conflict"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly listTemplateRuns: {
        readonly parameters: {
            readonly query?: {
                /** @description Only runs in one of these phases; may also be separated by commas. */
                readonly phase?: readonly components["schemas"]["RunPhase"][];
                /** @description How many items the page may hold. */
                readonly limit?: number;
                /** @description The `next` of the page before. */
                readonly cursor?: number;
            };
            readonly header?: never;
            readonly path: {
                /** @description Name or id of the template. */
                readonly reference: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The page. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RunListBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["TemplateNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly runTemplate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description The caller's name for this request: a repeat under it makes nothing new. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                /** @description Name or id of the template. */
                readonly reference: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": {
                    /** @description One of its versions; null = the newest. */
                    readonly version?: number | null;
                    /** @description Values by name. Text may stand for a number, true or false. */
                    readonly parameters?: {
                        readonly [key: string]: string | number | boolean | null;
                    } | null;
                };
            };
        };
        readonly responses: {
            /** @description The run that this key made before. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    /** @description Where the run is. */
                    readonly location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RunBody"];
                };
            };
            /** @description The new run. */
            readonly 201: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    /** @description Where the run is. */
                    readonly location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RunBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["TemplateNotFound"];
            readonly 409: components["responses"]["TemplateNotActive"];
            readonly 413: components["responses"]["SpecTooLarge"];
            readonly 415: components["responses"]["InvalidRequest"];
            readonly 422: components["responses"]["UnplaceableOrIdempotencyConflict"];
            readonly 429: components["responses"]["RateLimitedOrQueueFull"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly readTemplateStats: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Name or id of the template. */
                readonly reference: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Counted now. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TemplateStatsBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["TemplateNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly listWorkers: {
        readonly parameters: {
            readonly query?: {
                /** @description `true`: also those that are gone and still remembered. */
                readonly all?: boolean;
                /** @description Only workers in one of these phases; may also be separated by commas. */
                readonly phase?: readonly ("Creating" | "Connecting" | "Ready" | "Busy" | "Draining" | "Terminating" | "Terminated")[];
                /** @description Only workers that have all of these labels, each `key=value`. */
                readonly label?: readonly string[];
                /** @description Only workers whose labels it selects, as Kubernetes writes it: `zone in (a, b), tier!=spare, gpu, !old`. */
                readonly selector?: string;
                /** @description Only workers with at least so much. */
                readonly cpu?: string;
                /** @description Only workers with at least so much. */
                readonly memory?: string;
                /** @description Only workers that were heard within so many seconds. */
                readonly heardWithin?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description At most 500 workers, the newest. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WorkerListBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly readWorkerUsage: {
        readonly parameters: {
            readonly query?: {
                /** @description Only this attempt of a run. */
                readonly attempt?: number;
                /** @description Only what was reported then or later. */
                readonly from?: string;
                /** @description Only what was reported until then. */
                readonly to?: string;
                /** @description How many points there may be, the newest. */
                readonly limit?: number;
                /** @description `1`: server-sent events, what is and what changes. */
                readonly watch?: "1" | "true" | "0" | "false";
                /** @description With `watch`: the id of the last event that the caller has. */
                readonly since?: string;
            };
            readonly header?: {
                /** @description Of who connects again to the events: the id of the last one. */
                readonly "Last-Event-ID"?: string;
            };
            readonly path: {
                /** @description Id of the worker. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The total and its points. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["UsageBody"];
                    readonly "text/event-stream": string;
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["WorkerNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly listProviders: {
        readonly parameters: {
            readonly query?: {
                /** @description Only providers of one of these kinds; may also be separated by commas. */
                readonly kind?: readonly ("docker" | "kubernetes" | "fargate" | "cloud-run" | "container-apps" | "lambda" | "cloud-functions" | "azure-functions" | "ec2" | "compute-engine" | "azure-vms" | "bare-metal" | "custom")[];
                /** @description Only providers of one of these statuses; may also be separated by commas. */
                readonly status?: readonly ("Active" | "Maintenance" | "Disabled" | "Overloaded" | "Unhealthy" | "Degraded")[];
                /** @description `true`: only Active ones that have fewer workers than they may have. */
                readonly capacity?: boolean;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The providers; there are few. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ProviderListBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly createProvider: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ProviderInput"];
            };
        };
        readonly responses: {
            /** @description The new provider, Active. */
            readonly 201: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    /** @description Where the provider is. */
                    readonly location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ProviderBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 409: components["responses"]["ProviderNameTaken"];
            readonly 413: components["responses"]["SpecTooLarge"];
            readonly 415: components["responses"]["InvalidRequest"];
            readonly 429: components["responses"]["RateLimitedOrQueueFull"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly readProviderStats: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The sums. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ProviderStatsBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly getProvider: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Name or id of the provider. */
                readonly reference: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The provider. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ProviderBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["ProviderNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly deleteProvider: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Name or id of the provider. */
                readonly reference: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Whether there was one. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeletedProviderBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 409: components["responses"]["ProviderInUse"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly changeProvider: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Name or id of the provider. */
                readonly reference: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ProviderChange"];
            };
        };
        readonly responses: {
            /** @description The provider as it is now. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ProviderBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["ProviderNotFound"];
            readonly 409: components["responses"]["ProviderNameTakenOrProviderInUse"];
            readonly 413: components["responses"]["SpecTooLarge"];
            readonly 415: components["responses"]["InvalidRequest"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly enableProvider: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Name or id of the provider. */
                readonly reference: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The provider, Active. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ProviderBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["ProviderNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly disableProvider: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Name or id of the provider. */
                readonly reference: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The provider, Disabled. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ProviderBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["ProviderNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly getQueue: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The counts, all of one instant. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["QueueBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly getScheduler: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The configuration. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SchedulerBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly putScheduler: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /**
                     * @description For runs that name none.
                     * @default packing
                     * @enum {string}
                     */
                    readonly strategy?: "packing" | "least-loaded" | "round-robin" | "first-available" | "most-capacity" | "affinity";
                    /**
                     * @description Waiting runs beyond which a submit is refused with `QueueFull`.
                     * @default 1000000
                     */
                    readonly pendingRunsMax?: number;
                    /** @description Of what is to be replaced; without it, whatever is there. */
                    readonly version?: number | null;
                };
            };
        };
        readonly responses: {
            /** @description The new configuration. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SchedulerBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 409: components["responses"]["Conflict"];
            readonly 413: components["responses"]["SpecTooLarge"];
            readonly 415: components["responses"]["InvalidRequest"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly listKeys: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The keys. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["KeyListBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly createKey: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @description What it is for, as the list shows it. */
                    readonly name: string;
                    readonly scope: components["schemas"]["Scope"];
                    /**
                     * @description null: it never expires.
                     * @default null
                     */
                    readonly lifetimeSeconds?: number | null;
                };
            };
        };
        readonly responses: {
            /** @description The new key. */
            readonly 201: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CreatedKeyBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 415: components["responses"]["InvalidRequest"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly revokeKey: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description Id of the key: the hex digits between its underscores. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The key, revoked. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["KeyBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["KeyNotFound"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly listAudit: {
        readonly parameters: {
            readonly query?: {
                /** @description Only this. */
                readonly type?: "ApiKeyCreated" | "ApiKeyRevoked" | "TemplateCreated" | "TemplateChanged" | "TemplateEnabled" | "TemplateDisabled" | "TemplateArchived" | "SchedulerConfigured" | "ProviderRegistered" | "ProviderChanged" | "ProviderDeleted" | "RunSubmitted" | "RunCancelRequested" | "RunPriorityChanged" | "RunSuspended" | "RunResumed" | "RunAssignedByHand" | "RunStartedByHand" | "RunEndedByHand";
                /** @description Only what this one did: name and id of a key. */
                readonly actor?: string;
                /** @description Only events from this instant on. */
                readonly from?: string;
                /** @description Only events before this instant. */
                readonly until?: string;
                /** @description How many items the page may hold. */
                readonly limit?: number;
                /** @description How many of the newest are skipped. */
                readonly offset?: number;
                /** @description All about this run, key, template or provider, the oldest first; goes with no other parameter. */
                readonly correlationId?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The events. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AuditPageBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly countAudit: {
        readonly parameters: {
            readonly query?: {
                /** @description Only events from this instant on. */
                readonly from?: string;
                /** @description Only events before this instant. */
                readonly until?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The counts. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AuditCountsBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly getInvariants: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Every invariant. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["InvariantsBody"];
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
    readonly getHealth: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It does. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** @constant */
                        readonly status: "ok";
                    };
                };
            };
            readonly 500: components["responses"]["Internal"];
        };
    };
    readonly getOpenApi: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description An OpenAPI 3.1 document. */
            readonly 200: {
                headers: {
                    readonly "x-request-id": components["headers"]["RequestId"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": Record<string, never>;
                };
            };
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["StoreUnavailable"];
        };
    };
}
