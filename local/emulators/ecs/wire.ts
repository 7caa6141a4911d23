/** Request and answer shapes of the four operations, as they travel in AWS JSON 1.1. */

export interface KeyValue {
  readonly name: string;
  readonly value: string;
}

export interface ContainerOverride {
  readonly name: string;
  readonly command?: readonly string[];
  readonly environment?: readonly KeyValue[];
}

export interface TaskOverride {
  readonly cpu?: string;
  readonly memory?: string;
  readonly containerOverrides?: readonly ContainerOverride[];
}

export interface Tag {
  readonly key: string;
  readonly value?: string;
}

export interface RunTaskRequest {
  readonly cluster?: string;
  readonly taskDefinition?: string;
  readonly count?: number;
  readonly clientToken?: string;
  readonly startedBy?: string;
  readonly group?: string;
  readonly launchType?: string;
  readonly capacityProviderStrategy?: readonly { readonly capacityProvider: string }[];
  readonly networkConfiguration?: {
    readonly awsvpcConfiguration?: { readonly subnets?: readonly string[] };
  };
  readonly overrides?: TaskOverride;
  readonly tags?: readonly Tag[];
}

export interface DescribeTasksRequest {
  readonly cluster?: string;
  readonly tasks?: readonly string[];
  readonly include?: readonly string[];
}

export interface ListTasksRequest {
  readonly cluster?: string;
  readonly family?: string;
  readonly startedBy?: string;
  readonly launchType?: string;
  readonly desiredStatus?: string;
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface StopTaskRequest {
  readonly cluster?: string;
  readonly task?: string;
  readonly reason?: string;
}

export interface Failure {
  readonly arn?: string;
  readonly reason: string;
}

/** A task as the operations show it. Instants are epoch SECONDS; absent = not yet. */
export type WireTask = Readonly<Record<string, unknown>>;
