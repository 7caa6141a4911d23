/** An error answer: HTTP status and a body `{ "__type": type, "message": …, …fields }`. */
export class EcsError extends Error {
  readonly type: string;
  readonly status: number;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    type: string,
    message: string,
    options: { status?: number; fields?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message);
    this.name = "EcsError";
    this.type = type;
    this.status = options.status ?? 400;
    this.fields = options.fields ?? {};
  }
}

export const invalidParameter = (message: string): EcsError =>
  new EcsError("InvalidParameterException", message);

export const throttled = (): EcsError => new EcsError("ThrottlingException", "Rate exceeded");

export const serverFault = (message: string): EcsError =>
  new EcsError("ServerException", message, { status: 500 });
