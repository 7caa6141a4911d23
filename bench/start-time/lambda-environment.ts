/** What a deployed function finds in its environment, as far as its module reads it when loaded. */
export const LAMBDA_ENVIRONMENT: NodeJS.ProcessEnv = {
  NODE_ENV: "production",
  AWS_REGION: "eu-west-1",
  AWS_LAMBDA_FUNCTION_NAME: "hodei",
  HODEI_DB_RESOURCE_ARN: "arn:aws:rds:eu-west-1:000000000000:cluster:hodei",
  HODEI_DB_SECRET_ARN: "arn:aws:secretsmanager:eu-west-1:000000000000:secret:hodei",
  HODEI_WAKE_QUEUE_URL: "http://127.0.0.1:9/000000000000/wake",
  HODEI_PROFILES: JSON.stringify([
    { name: "small", cpuMillis: 1000, memoryMib: 2048, maxWorkers: 10 },
    { name: "large", cpuMillis: 4000, memoryMib: 8192, maxWorkers: 4, labels: { disk: "fast" } },
  ]),
  HODEI_ECS_CLUSTER: "hodei",
  HODEI_ECS_TASK_DEFINITION: "hodei-worker:1",
  HODEI_ECS_SUBNETS: "subnet-a,subnet-b",
  HODEI_ECS_SECURITY_GROUPS: "sg-workers",
  HODEI_BOOTSTRAP_KEYS: JSON.stringify({ currentId: "k1", keys: { k1: "k".repeat(32) } }),
  HODEI_GATEWAY_URL: "http://127.0.0.1:50051",
};
