import type { Scope } from "#core/domain/access/scope.ts";

/** What the API key of a call must be good for, by the path of each RPC that is served to clients. */
export const RPC_SCOPES: Readonly<Record<string, Scope>> = {
  "/hodei.JobExecutionService/QueueJob": "submit",
  "/hodei.JobExecutionService/QueueJobs": "submit",
  "/hodei.JobExecutionService/CancelJob": "submit",
  "/hodei.JobExecutionService/GetJob": "read",
  "/hodei.JobExecutionService/ListJobs": "read",
  "/hodei.JobExecutionService/ExecutionEventStream": "read",
  // By hand anybody's run gets a result that no worker had: docs/decisions/0035
  "/hodei.JobExecutionService/AssignJob": "admin",
  "/hodei.JobExecutionService/StartJob": "admin",
  "/hodei.JobExecutionService/UpdateProgress": "admin",
  "/hodei.JobExecutionService/CompleteJob": "admin",
  "/hodei.JobExecutionService/FailJob": "admin",
  "/hodei.SchedulerService/ScheduleJob": "submit",
  "/hodei.SchedulerService/GetSchedulingDecision": "read",
  "/hodei.SchedulerService/ConfigureScheduler": "admin",
  "/hodei.SchedulerService/SchedulingDecisionStream": "read",
  "/hodei.SchedulerService/GetQueueStatus": "read",
  "/hodei.SchedulerService/GetAvailableWorkers": "read",
  "/hodei.LogStreamService/SubscribeLogs": "read",
  "/hodei.LogStreamService/GetLogs": "read",
  "/hodei.LogStreamService/VerifyLogs": "read",
  "/hodei.MetricsService/StreamMetrics": "read",
  "/hodei.MetricsService/GetAggregatedMetrics": "read",
  "/hodei.MetricsService/GetTimeSeriesMetrics": "read",
  "/hodei.AuditService/GetAuditLogs": "admin",
  "/hodei.AuditService/GetAuditLogsByCorrelation": "admin",
  "/hodei.AuditService/GetEventCounts": "admin",
  "/hodei.providers.ProviderManagementService/RegisterProvider": "admin",
  "/hodei.providers.ProviderManagementService/GetProvider": "read",
  "/hodei.providers.ProviderManagementService/GetProviderByName": "read",
  "/hodei.providers.ProviderManagementService/ListProviders": "read",
  "/hodei.providers.ProviderManagementService/UpdateProvider": "admin",
  "/hodei.providers.ProviderManagementService/DeleteProvider": "admin",
  "/hodei.providers.ProviderManagementService/EnableProvider": "admin",
  "/hodei.providers.ProviderManagementService/DisableProvider": "admin",
  "/hodei.providers.ProviderManagementService/GetProviderStats": "read",
  "/hodei.job.TemplateManagementService/CreateTemplate": "admin",
  "/hodei.job.TemplateManagementService/UpdateTemplate": "admin",
  "/hodei.job.TemplateManagementService/GetTemplate": "read",
  "/hodei.job.TemplateManagementService/ListTemplates": "read",
  "/hodei.job.TemplateManagementService/DeleteTemplate": "admin",
  "/hodei.job.TemplateManagementService/TriggerRun": "submit",
  "/hodei.job.TemplateManagementService/GetExecution": "read",
  "/hodei.job.TemplateManagementService/ListExecutions": "read",
};

/**
 * Services that ask for no API key, and why. Workers prove themselves by their bootstrap token and
 * their session, and an API key is nothing there. Health is asked by load balancers, which have no
 * key, and says one word. Reflection tells the contract, which is public anyway.
 */
export const OTHER_DOORS = [
  "hodei.WorkerAgentService",
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
] as const;
