const account = aws.getCallerIdentityOutput().accountId;
const region = aws.getRegionOutput().region;

export interface LogGroupName {
  readonly name: string;
  /** Its streams, as a grant names them. */
  readonly streams: $util.Output<string>;
}

/** Where the output of one function or container goes. */
export function logGroupOf(program: string): LogGroupName {
  const name = `/${$app.name}/${$app.stage}/${program}`;
  return {
    name,
    streams: $interpolate`arn:aws:logs:${region}:${account}:log-group:${name}:*`,
  };
}
