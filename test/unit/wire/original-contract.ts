/**
 * What the original's workers and command lines speak, as far as this gateway serves it: names,
 * numbers and types of every message that the served methods reach. Written down here on purpose a
 * second time, so that a slip in `proto/hodei.proto` is seen as one.
 *
 * A field is `number name type`; types: a scalar, `enum X`, a message, `repeated T`,
 * `optional T`, `map<K, V>`; a member of a oneof is `T in <oneof>`.
 */
type Fields = Readonly<Record<string, readonly string[]>>;

const TIME = "google.protobuf.Timestamp";
const DURATION = "google.protobuf.Duration";

/** The first generation: what its workers (0.1.0) were built against. */
export const FIRST_GENERATION: Fields = {
  JobId: ["1 value string"],
  WorkerId: ["1 value string"],
  ExecutionId: ["1 value string"],
  ResourceCapacity: [
    "1 cpu_cores double",
    "2 memory_bytes int64",
    "3 disk_bytes int64",
    "4 gpu_count int32",
    "5 custom_resources map<string, int64>",
  ],
  ResourceUsage: [
    "1 cpu_cores double",
    "2 memory_bytes int64",
    "3 disk_bytes int64",
    "4 gpu_count int32",
    "5 custom_usage map<string, int64>",
  ],
  ResourceRequirements: [
    "1 cpu_cores double",
    "2 memory_bytes int64",
    "3 disk_bytes int64",
    "4 gpu_count int32",
    "5 custom_required map<string, int64>",
  ],
  LabelSelector: [
    "1 match_labels map<string, string>",
    "2 match_expressions repeated LabelSelectorRequirement",
  ],
  LabelSelectorRequirement: ["1 key string", "2 operator string", "3 values repeated string"],
  Affinity: [
    "1 node_affinity NodeAffinity",
    "2 pod_affinity PodAffinity",
    "3 pod_anti_affinity PodAntiAffinity",
  ],
  NodeAffinity: [
    "1 preferred_during_scheduling repeated LabelSelectorRequirement",
    "2 required_during_scheduling LabelSelectorRequiredDuringScheduling",
  ],
  LabelSelectorRequiredDuringScheduling: ["1 label_selector LabelSelector"],
  PodAffinity: [
    "1 preferred_during_scheduling repeated LabelSelectorRequirement",
    "2 required_during_scheduling repeated LabelSelectorRequiredDuringScheduling",
  ],
  PodAntiAffinity: [
    "1 preferred_during_scheduling repeated LabelSelectorRequirement",
    "2 required_during_scheduling repeated LabelSelectorRequiredDuringScheduling",
  ],
  Toleration: [
    "1 key string",
    "2 operator string",
    "3 value string",
    `4 toleration_seconds ${DURATION}`,
  ],
  Taint: ["1 key string", "2 value string", "3 effect string"],
  TimeoutConfig: [
    `1 execution_timeout ${DURATION}`,
    `2 heartbeat_timeout ${DURATION}`,
    `3 cleanup_timeout ${DURATION}`,
  ],
  SchedulingInfo: [
    "1 priority enum PriorityLevel",
    "2 scheduler_name string",
    `3 deadline ${DURATION}`,
    "4 preemption_allowed bool",
  ],
  WorkerInfo: [
    "1 worker_id WorkerId",
    "2 name string",
    "3 version string",
    "4 hostname string",
    "5 ip_address string",
    "6 os_info string",
    "7 architecture string",
    "8 capacity ResourceCapacity",
    "9 capabilities repeated string",
    "10 taints repeated Taint",
    "11 labels map<string, string>",
    "12 tolerations repeated Toleration",
    "13 affinity Affinity",
    `14 start_time ${TIME}`,
  ],
  WorkerHeartbeat: [
    "1 worker_id WorkerId",
    "2 status enum WorkerStatus",
    "3 usage ResourceUsage",
    "4 active_jobs int32",
    "5 running_job_ids repeated string",
    `6 timestamp ${TIME}`,
  ],
  RegisterWorkerRequest: ["1 auth_token string", "2 worker_info WorkerInfo", "3 session_id string"],
  RegisterWorkerResponse: [
    "1 worker_id WorkerId",
    "2 success bool",
    "3 message string",
    "4 session_id string",
    `5 registration_time ${TIME}`,
  ],
  WorkerMessage: [
    "1 heartbeat WorkerHeartbeat in payload",
    "2 log LogEntry in payload",
    "3 result JobResultMessage in payload",
    "4 stats ResourceUsageMessage in payload",
    "5 status WorkerStatusNotification in payload",
  ],
  LogEntry: ["1 job_id string", "2 line string", "3 is_stderr bool", `4 timestamp ${TIME}`],
  JobResultMessage: [
    "1 job_id string",
    "2 exit_code int32",
    "3 success bool",
    "4 error_message string",
    `5 completed_at ${TIME}`,
  ],
  ResourceUsageMessage: ["1 cpu_percent double", "2 memory_bytes int64", "3 disk_bytes int64"],
  WorkerStatusNotification: ["1 status enum WorkerStatus", "2 reason string"],
  ServerMessage: [
    "1 run_job RunJobCommand in payload",
    "2 cancel CancelJobCommand in payload",
    "3 ack AckMessage in payload",
    "4 keep_alive KeepAliveMessage in payload",
  ],
  RunJobCommand: [
    "1 job_id string",
    "2 command CommandSpec",
    "3 env map<string, string>",
    "4 inputs repeated ArtifactInput",
    "5 outputs repeated ArtifactOutput",
    "6 timeout_ms int64",
    "7 working_dir string",
  ],
  CommandSpec: ["1 shell ShellCommand in command_type", "2 script ScriptCommand in command_type"],
  ShellCommand: ["1 cmd string", "2 args repeated string"],
  ScriptCommand: ["1 interpreter string", "2 content string"],
  ArtifactInput: ["1 url string", "2 dest_path string"],
  ArtifactOutput: ["1 src_path string", "2 url string"],
  CancelJobCommand: ["1 job_id string", "2 force bool"],
  AckMessage: ["1 message_id string", "2 success bool"],
  KeepAliveMessage: [`1 timestamp ${TIME}`],
  UnregisterWorkerRequest: ["1 worker_id WorkerId", "2 reason string"],
  UnregisterWorkerResponse: ["1 success bool", "2 message string", `3 timestamp ${TIME}`],
  JobDefinition: [
    "1 job_id JobId",
    "2 name string",
    "3 description string",
    "4 command string",
    "5 arguments repeated string",
    "6 environment map<string, string>",
    "7 requirements ResourceRequirements",
    "8 scheduling SchedulingInfo",
    "9 selector LabelSelector",
    "10 tolerations repeated Toleration",
    "11 timeout TimeoutConfig",
    "12 tags repeated string",
  ],
  JobExecution: [
    "1 execution_id ExecutionId",
    "2 job_id JobId",
    "3 worker_id WorkerId",
    "4 state enum ExecutionState",
    "5 job_status enum JobStatus",
    `6 start_time ${TIME}`,
    `7 end_time ${TIME}`,
    "8 retry_count int32",
    "9 exit_code string",
    "10 error_message string",
    "11 metadata map<string, string>",
  ],
  QueueJobRequest: ["1 job_definition JobDefinition", "2 queued_by string"],
  QueueJobResponse: ["1 success bool", "2 message string", `3 queued_at ${TIME}`],
  CancelJobRequest: ["1 execution_id ExecutionId", "2 job_id JobId", "3 reason string"],
  CancelJobResponse: ["1 success bool", "2 message string", `3 cancelled_at ${TIME}`],
};

/** What the later generation (0.69) added to those messages without touching a number. */
export const LATER_ADDITIONS: Fields = {
  SchedulingInfo: [
    "5 preferred_provider string",
    "6 required_labels map<string, string>",
    "7 required_annotations map<string, string>",
    "8 preferred_region string",
  ],
  WorkerHeartbeat: ["7 dropped_logs uint64"],
  RegisterWorkerRequest: [`4 timeout_config ${TIME}`, "5 job_id optional string"],
  WorkerMessage: [
    "6 log_batch LogBatch in payload",
    "7 ack AckMessage in payload",
    "8 self_terminate SelfTerminateMessage in payload",
  ],
  RunJobCommand: ["8 stdin optional string", "9 secrets_json optional string"],
  AckMessage: ["3 worker_id string"],
  QueueJobResponse: ["4 job_id JobId"],
  ResourceRequirements: ["6 custom_required map<string, int64>"],
  UnregisterWorkerRequest: ["3 reason string"],
  LogBatch: ["1 job_id string", "2 entries repeated LogEntry"],
  SelfTerminateMessage: [
    "1 worker_id string",
    "2 last_job_id string",
    "3 expected_cleanup_ms uint64",
    "4 actual_wait_ms uint64",
    "5 reason string",
  ],
  GetJobRequest: ["1 job_id JobId"],
  GetJobResponse: [
    "1 job JobDefinition",
    "2 status enum JobStatus",
    "3 executions repeated JobExecution",
  ],
};

/**
 * Numbers that the two generations use for different things. A gateway that serves both declares
 * none of them: a decoder skips an undeclared number whatever it carries.
 */
export const CONFLICTS: Readonly<Record<string, readonly number[]>> = {
  ResourceRequirements: [5], // map<string, int64>, then repeated string
  UnregisterWorkerRequest: [2], // string, then bool
  UnregisterWorkerResponse: [3], // a timestamp, then int32
};

/** `name` by value. WorkerStatus 3 really is spelled so. */
export const ENUMS: Readonly<Record<string, readonly string[]>> = {
  JobStatus: [
    "JOB_STATUS_PENDING",
    "JOB_STATUS_QUEUED",
    "JOB_STATUS_ASSIGNED",
    "JOB_STATUS_RUNNING",
    "JOB_STATUS_COMPLETED",
    "JOB_STATUS_FAILED",
    "JOB_STATUS_CANCELLED",
    "JOB_STATUS_TIMEOUT",
  ],
  WorkerStatus: [
    "WORKER_STATUS_OFFLINE",
    "WORKER_STATUS_REGISTERING",
    "WORKER_STATUS_AVAILABLE",
    "JOB_STATUS_BUSY",
    "WORKER_STATUS_DRAINING",
    "WORKER_STATUS_ERROR",
  ],
  ExecutionState: [
    "EXECUTION_STATE_CREATED",
    "EXECUTION_STATE_STARTING",
    "EXECUTION_STATE_RUNNING",
    "EXECUTION_STATE_COMPLETING",
    "EXECUTION_STATE_COMPLETED",
    "EXECUTION_STATE_FAILED",
    "EXECUTION_STATE_CANCELLED",
    "EXECUTION_STATE_TIMEOUT",
  ],
  PriorityLevel: ["PRIORITY_LOW", "PRIORITY_NORMAL", "PRIORITY_HIGH", "PRIORITY_CRITICAL"],
};

/** path, kind, request → response. */
export const METHODS: readonly string[] = [
  "/hodei.WorkerAgentService/Register unary RegisterWorkerRequest → RegisterWorkerResponse",
  "/hodei.WorkerAgentService/WorkerStream bidi_streaming WorkerMessage → ServerMessage",
  "/hodei.WorkerAgentService/UnregisterWorker unary UnregisterWorkerRequest → UnregisterWorkerResponse",
  "/hodei.JobExecutionService/QueueJob unary QueueJobRequest → QueueJobResponse",
  "/hodei.JobExecutionService/CancelJob unary CancelJobRequest → CancelJobResponse",
  "/hodei.JobExecutionService/GetJob unary GetJobRequest → GetJobResponse",
];
