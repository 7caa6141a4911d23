/** Where the machines are made: one cluster, one task definition, one container in it. */
export interface EcsConfig {
  /** Short name or ARN. */
  readonly cluster: string;
  /** Family, `family:revision` or ARN of what RunTask starts. */
  readonly taskDefinition: string;
  /** Family of `taskDefinition`: the room that `list` looks through. */
  readonly family: string;
  /** The container whose environment carries the worker's settings. */
  readonly containerName: string;
  /** One per availability zone; at least one, at most 16. */
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: boolean;
  readonly region: string;
}
