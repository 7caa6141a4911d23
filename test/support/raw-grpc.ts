import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { onTestFinished } from "vitest";

/** A connection over plain HTTP/2 that is cut when the test is over; its errors are the test's wish. */
export function rawConnection(port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`, { maxSessionMemory: 1000 });
  session.on("error", () => {});
  onTestFinished(() => session.destroy());
  return session;
}

/** A message as gRPC frames it: a flag for compression, the length, the bytes. */
export function grpcFrame(bytes: Uint8Array, { flag = 0, length = bytes.length } = {}): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flag, 0);
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, bytes]);
}

export interface RawAnswer {
  /** `grpc-status` as it was said; null = the stream ended without one. */
  readonly status: string | null;
  readonly message: string;
  readonly httpStatus: number | null;
}

export type RawHeaders = Readonly<Record<string, string | string[]>>;

export const grpcHeaders = (path: string, more: RawHeaders = {}): RawHeaders => ({
  ":method": "POST",
  ":path": path,
  "content-type": "application/grpc",
  te: "trailers",
  ...more,
});

/** Sends these bytes as the body of one call and tells how the stream ended; never rejects. */
export function rawCall(
  session: ClientHttp2Session,
  path: string,
  body: Uint8Array | null,
  { headers = {}, end = true }: { headers?: RawHeaders; end?: boolean } = {},
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let said: IncomingHttpHeaders = {};
    let httpStatus: number | null = null;
    const done = () =>
      resolve({
        status: (said["grpc-status"] as string | undefined) ?? null,
        message: (said["grpc-message"] as string | undefined) ?? "",
        httpStatus,
      });
    if (session.destroyed || session.closed) return done();
    const stream = session.request(grpcHeaders(path, headers) as never);
    stream.on("error", () => {});
    stream.on("response", (headers) => {
      httpStatus = headers[":status"] ?? null;
      said = { ...said, ...headers };
      if ("grpc-status" in headers) done(); // an answer of nothing but trailers
    });
    stream.on("trailers", (trailers) => {
      said = { ...said, ...trailers };
      done();
    });
    stream.on("close", done);
    stream.resume();
    if (body) stream.write(body);
    if (end) stream.end();
  });
}
