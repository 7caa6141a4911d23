/**
 * Every bound and period of the system, in one place, with its unit in its name. Relations between
 * them (a lease outlives three heartbeats, a token outlives the launch, …) are asserted by
 * `test/house/limits.test.ts`; infra/ reads this file so that a timeout is written once.
 */
export const limits = {
  // What a caller may send
  specBytesMax: 32 * 1024, // a Data API row stays under 64 KB with the snapshot in it
  requestBytesMax: 256 * 1024,
  bulkRunsMax: 1000, // in one request, stored by one statement
  bulkRequestBytesMax: 2 * 1024 * 1024, // with defaults filled in, a Data API request stays under 4 MiB
  bulkProblemsMax: 100, // bad fields that one refusal names
  bulkCancelRunsMax: 500, // stopped by one call, by one statement
  bulkCancelCountMax: 100_000, // counted before, at most
  queueCountMax: 100_000, // waiting runs, and live attempts, that GET /v1/queue counts: each is read
  queueNewestMax: 10_000, // runs of which it says how they ended: rows that are wide
  selectorRequirementsMax: 32, // of one label selector
  nameCharsMax: 253, // as a Kubernetes object name
  argvItemsMax: 1024,
  envEntriesMax: 256,
  labelEntriesMax: 32,
  labelKeyCharsMax: 253,
  labelValueCharsMax: 63,
  tolerationsMax: 32,
  preferredWorkersMax: 16,
  excludedWorkersMax: 16,
  preferredLabelsMax: 8,
  labelWeightMax: 100,
  priorityMin: -1000,
  priorityMax: 1000,
  backoffLimitMax: 1000,
  durationSecondsMax: 30 * 24 * 3600,
  startAheadSecondsMax: 366 * 24 * 3600, // from a submit to its `startAfter`
  idempotencyKeyCharsMax: 255,
  pendingCountPeriodMs: 10_000, // waiting runs are counted no more often, for the bound below …
  pendingRunsMax: 1_000_000, // beyond it a submit is refused (QueueFull), never an accepted run
  pageItemsMax: 500,
  pageItemsDefault: 100,
  templateBytesMax: 48 * 1024, // with spec and parameters, as JSON: a Data API row stays under 64 KB
  templateParametersMax: 64,
  templateDescriptionCharsMax: 1024,
  parameterNameCharsMax: 63,
  parameterChoicesMax: 100,
  parameterBytesMax: 16 * 1024, // all values of a run together, as JSON: they are in its environment too
  patternCharsMax: 256,
  patternStatesMax: 1000, // times parameterBytesMax: what one check of a run's values can take
  pageOffsetMax: 100_000, // rows of a list that are skipped, and counted, by gRPC's ListJobs
  auditLookMax: 100_000, // newest submits, and newest other events, that a look into the audit log reads
  auditTrailMax: 500, // events of one run, key or template in one answer
  auditNameCharsMax: 512, // of who, or what, is asked for
  logPageBytesMax: 512 * 1024, // a Data API answer stays under 1 MiB
  logVerifyPiecesMax: 100_000, // that one statement looks at, to say whether output is complete …
  logVerifyStatementsMax: 20, // … of so many for one answer
  logVerifiesMax: 2, // under way at once in one process: each may read millions of rows …
  logVerifyAgainMs: 2_000, // … and who comes then may come again
  logVerifyGapsMax: 100, // that one answer lists; the rest it counts
  logAttemptsMax: 2000, // of a run, that a reader of its output is led through
  logEntriesDefault: 1000, // lines in one answer of GetLogs
  logEntriesMax: 10_000,
  providersMax: 100,
  availableWorkersMax: 10_000, // in one answer, which has no pages
  watchSeconds: 20, // API Gateway gives up on an integration after 30 s; the client reconnects
  watchHeartbeatMs: 5_000, // what is between may cut a connection that says nothing

  // Who may call
  apiKeyNameCharsMax: 63,
  apiKeyLifetimeSecondsMax: 10 * 365 * 24 * 3600,
  apiKeyCacheMs: 10_000, // a process believes what it read of a key for so long: a revoked key may live on till then
  apiKeyCacheEntriesMax: 10_000, // in one process; the one that was used longest ago goes first
  apiKeyUseNotedMs: 60_000, // the last use of a key is written no more often
  keyCallsBurst: 2000, // with one key, in one process …
  keyCallsPerSecond: 500, // … and sustained: stops a loop run wild; it is no quota
  keyStreamsMax: 100, // of calls that stream, open at once with one key at one gateway
  workerLogStreamsMax: 4, // of one worker at one gateway: the present one, and those whose end is not yet noticed

  // Defaults of a spec
  cpuMillisDefault: 250,
  memoryMibDefault: 512,
  backoffLimitDefault: 0, // nothing runs twice unless asked for
  backoffInitialSecondsDefault: 10, // as the Job controller of Kubernetes
  backoffFactorDefault: 2,
  backoffMaxSecondsDefault: 360,
  backoffJitterDefault: 0.1,
  infrastructureLimitDefault: 5,
  dispatchLimit: 50, // ends before start that one run survives before it fails
  activeDeadlineSecondsDefault: 24 * 3600, // nothing waits without a clock
  terminationGraceSecondsDefault: 10,
  terminationGraceSecondsMax: 110, // Fargate kills a task 120 s after SIGTERM

  // Leases
  heartbeatPeriodMs: 10_000,
  leaseMs: 45_000,
  selfFenceMarginMs: 5_000, // a worker fences itself this long before its lease ends
  reportedLimitMs: 60_000, // a connected worker that no longer names its attempt loses it
  leaseFloorMs: 120_000, // after an outage of all gateways nobody is lost for this long
  gatewayBeatMs: 2_000,
  gatewayDeadMs: 6_000, // three beats missed: its workers are not placed on, their machines looked at
  acceptDeadlineMs: 30_000, // Assigned and not accepted for this long → Pending again, free
  gatewayDrainMs: 20_000,
  gatewayFinishCallsMs: 5_000, // calls in flight once the streams of the workers have gone
  metricsPrintPeriodMs: 60_000, // CloudWatch keeps one value a minute

  // The fence in a job's hands
  fenceCheckPeriodMs: 100, // a worker asks no more often for its job, however often that asks; all who wait hear the answer
  fenceConnectionsMax: 16, // open at a worker's socket; the next is closed, and comes again
  fenceQuestionBytesMax: 256, // one line: a word, an execution id, a fence
  fenceQuestionMs: 2_000, // from the connection to the end of that line
  fenceAnswerMs: 3_000, // a worker waits so long for its gateway, then nobody knows
  fenceChecksBurst: 20, // of one worker, at a gateway …
  fenceChecksPerSecond: 20, // … and sustained: twice of what our worker asks

  // Placement
  priorityAgeingSecondsPerPoint: 30, // one point of priority is worth this much waiting
  placementRunsMax: 500,
  placementRunsPerShapeMax: 200,
  placementWorkersMax: 1000,
  placementChoiceMax: 100, // workers of one kind that a strategy other than packing chooses among

  // Explaining a run
  explainShapesMax: 64, // shapes of the queue in which runs ahead are counted
  explainAheadMax: 1000, // runs ahead that are counted of each
  explainWorkersMax: 5000,
  explainKindsMax: 50, // kinds of workers in one answer

  // Checking invariants
  invariantRowsMax: 50_000, // runs, and workers, that one look over HTTP reads; `npm run db:check` reads all
  violationsShownMax: 20, // of each invariant: with ids and details an answer stays under 1 MiB
  violationCharsMax: 300, // of one detail
  outputRunsCheckedMax: 100, // newest runs of whose output the numbers are looked at …
  outputChunksCheckedMax: 2000, // … so far
  overdueMs: 5 * 60_000, // a clock that ran out so long ago, and nobody cared: several ticks were missed
  machineGoneMs: 10 * 60_000, // from the end of a worker until its machine should be gone
  invariantsAgainMs: 5_000, // a process answers what it found so long, and never looks twice at once

  // Launching
  launchBurst: 100, // Fargate: 100 task launches in a burst …
  launchPerSecond: 20, // … and 20 per second sustained
  launchesPerTickMax: 40,
  launchRetryInitialMs: 2_000,
  launchRetryMaxMs: 60_000,
  launchTokenReuseMs: 45 * 60_000, // the same clientToken may be sent again until then
  launchGiveUpMs: 10 * 60_000,
  failingProfileWindowMs: 15 * 60_000, // older failures no longer slow a profile down
  failingProfileFree: 2, // this many machines may fail in a row before launches slow down
  registerDeadlineMs: 5 * 60_000, // from the accepted launch
  connectDeadlineMs: 60_000, // from registration to the first heartbeat
  tokenLifetimeMs: 15 * 60_000,
  machineMissingGraceMs: 5 * 60_000, // DescribeTasks may not know a young task yet
  unknownMachineAgeMs: 10 * 60_000,
  massKillFloor: 5,
  massKillShare: 0.2,

  // The tick
  tickPeriodMs: 60_000, // EventBridge Scheduler's finest rate
  tickBudgetMs: 20_000,
  tickRoundsMax: 20,
  tickBatchMax: 200,
  sweepPeriodMs: 5 * 60_000,
  sweepBudgetMs: 10_000, // for rows past their time; the next period goes on
  expiredRunsMax: 1000, // in one statement, with attempts and events
  expiredChunksMax: 2000, // in one statement: of output at 16 KiB each, 32 MiB
  workerRetentionMs: 24 * 3600_000,
  templateStatsRunsMax: 10_000, // the newest runs of a template that are counted: each is read
  apiKeyRetentionMs: 90 * 24 * 3600_000, // after a key was revoked or expired, for who asks what it was
  expiredApiKeysMax: 1000, // in one statement
  usageSpanMs: 60_000, // a row of what an attempt used …
  usageShortSpansMs: 3600_000, // … for so long after its assignment …
  usageLongSpanMs: 15 * 60_000, // … and from then on: at most 152 rows of one attempt in a day
  usageRetentionMs: 24 * 3600_000, // as long as a worker is remembered
  expiredUsageMax: 5000, // in one statement
  usagePointsMax: 5000, // rows that one answer sums up
  auditRetentionMs: 90 * 24 * 3600_000, // a trigger refuses to delete younger ones: hodei.guard_audit_event
  expiredAuditEventsMax: 1000, // in one statement

  // Deployed
  sleepAfterMs: 15 * 60_000, // an idle stage sleeps then, unless told otherwise
  sleepLookPeriodMs: 6 * 3600_000, // a stage that sleeps looks at its rows once in so long: a wake may be lost
  apiTimeoutSeconds: 29, // API Gateway gives up after 30 s
  apiCallsPerSecond: 500, // of all callers together, before anything of ours runs …
  apiCallsBurst: 1000, // … and at once
  authoriserCacheSeconds: 60, // the function checks every call again
  reconcileTimeoutSeconds: 50, // longer than the tick's budget, shorter than its period
  gatewayStopSeconds: 60, // from SIGTERM to SIGKILL: longer than a drain
  deregistrationSeconds: 90, // the balancer lets streams live so long: longer than the stop
  workerStopSeconds: 120, // the longest Fargate gives: the longest grace and the delivery of its result
  gatewayStreamsMax: 2000, // beyond it a gateway is added, as the average: a thousand workers

  // The wire
  messageBytesMax: 1024 * 1024,
  logChunkBytesMax: 16 * 1024,
  logRingBytesMax: 4 * 1024 * 1024,
  logBytesPerAttemptMax: 100 * 1024 * 1024,
  lateLogsMs: 30_000, // a worker still delivers output after its result was recorded, for so long …
  announcedLogsMs: 40_000, // … and what was announced and is not there after so long is missing
  lostLogsMs: 10_000, // the same where nobody announced an end: its worker was lost
  goneLogsMs: 3_000, // the same once the worker has ended: what a gateway of its had received is stored
  streamsPerConnectionMax: 128, // also the calls that one client may have open at once
  batchItemsMax: 500,
  keepaliveMs: 20_000, // our worker pings, the gateway asks the peer's kernel
  keepaliveTimeoutMs: 10_000, // of our worker's ping
  reconnectWithinMs: 5_000,
  outboxMessagesMax: 256,
  usageReportsPerWorkerMax: 360, // an hour at one heartbeat every 10 s
  usageReportsMax: 200_000, // of all workers, in the memory of a gateway
  usageWritePeriodMs: 30_000, // a gateway writes what it gathered of the reports about attempts
  usageSpansWaitingMax: 20_000, // executions whose reports wait for that
  connectionsMax: 10_000, // of all peers, open at one gateway: five times what it is scaled out at
  requestWithinMs: 30_000, // from the connection to its first whole request, and from a call to its request
  openDoorStreamsMax: 500, // of health and reflection, which ask for no key, open at one gateway
  strangerBytesMax: 4 * 1024 * 1024, // of all streams that have not said yet of which worker they are
  statusDetailsBytesMax: 2 * 1024, // in a header, percent-encoded: clients read 8 KiB of headers
  connectionIdleMs: 10 * 60_000, // without a call
  executionStreamsMax: 500, // ExecutionEventStream, at one gateway: each looks twice a second
} as const;
