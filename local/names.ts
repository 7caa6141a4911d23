/** What the parts of local mode are called, where a deployed stage has ARNs. */
export const REGION = "eu-west-1";
export const CLUSTER = "hodei-local";
export const WORKER_FAMILY = "hodei-worker";
export const QUEUES = { wake: "hodei-wake", dead: "hodei-wake-dead" } as const;
