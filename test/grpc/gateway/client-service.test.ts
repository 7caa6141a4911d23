import { EventEmitter } from "node:events";
import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type ServiceError,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { type Caller, createAuthorise } from "#core/application/authorise-call.ts";
import { CallRates } from "#core/application/call-rates.ts";
import { limits } from "#core/domain/limits.ts";
import { callerOf } from "../../../gateway/callers.ts";
import { clientServices } from "../../../gateway/client-service.ts";
import { createMemoryKeys, sha256 } from "../../support/fakes/memory-keys.ts";
import { until } from "../../support/until.ts";

const bytes = (value: Buffer): Buffer => value;
const WORD = Buffer.from("word");

const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/test.Kinds/${name}`,
  ...{ requestStream, responseStream },
  ...{ requestSerialize: bytes, requestDeserialize: bytes },
  ...{ responseSerialize: bytes, responseDeserialize: bytes },
});
/** One RPC of each kind there is. */
const KINDS: ServiceDefinition = {
  unary: method("Unary", false, false),
  upload: method("Upload", true, false),
  watch: method("Watch", false, true),
  talk: method("Talk", true, true),
  broken: method("Broken", false, false),
};
const SCOPES = Object.fromEntries(
  Object.values(KINDS).map(({ path }) => [path, "submit" as const]),
);

const label = (call: object): Buffer => Buffer.from(callerOf(call).label ?? "nobody");
const service = {
  unary: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) =>
    answer(null, label(call)),
  upload: (call: ServerReadableStream<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
    call.on("data", () => {});
    call.on("end", () => answer(null, label(call)));
  },
  /** Says who calls, and stays open until the caller leaves. */
  watch: (call: ServerWritableStream<Buffer, Buffer>) => void call.write(label(call)),
  talk: (call: ServerDuplexStream<Buffer, Buffer>) => {
    call.on("data", () => call.write(label(call)));
    call.on("end", () => call.end());
  },
  broken: () => {
    throw new Error("a defect");
  },
};

async function start(rates = new CallRates()) {
  const keys = createMemoryKeys(Date.now);
  const log = pino({ level: "silent" });
  const authorise = createAuthorise({ keys, digest: sha256, anonymous: null, log, rates });
  const server = new Server();
  server.addService(KINDS, clientServices({ authorise, log }, SCOPES)(KINDS, service));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => {
    client.close();
    server.forceShutdown();
  });
  const metadata = (key?: string): Metadata => {
    const sent = new Metadata();
    if (key) sent.set("authorization", `Bearer ${key}`);
    return sent;
  };
  type Outcome = { readonly code: string; readonly said: string; readonly trailers?: Metadata };
  const outcome =
    (resolve: (one: Outcome) => void) => (error: ServiceError | null, said?: Buffer) =>
      resolve({
        code: status[error?.code ?? status.OK] ?? "",
        said: String(said ?? error?.details ?? ""),
        ...(error && { trailers: error.metadata }),
      });
  const args = (name: string) => [`/test.Kinds/${name}`, bytes, bytes] as const;
  const watch = (key?: string) =>
    client.makeServerStreamRequest(...args("Watch"), WORD, metadata(key));
  return {
    keys,
    watch,
    calls: {
      unary: (key?: string) =>
        new Promise<Outcome>((resolve) => {
          client.makeUnaryRequest(...args("Unary"), WORD, metadata(key), outcome(resolve));
        }),
      broken: (key?: string) =>
        new Promise<Outcome>((resolve) => {
          client.makeUnaryRequest(...args("Broken"), WORD, metadata(key), outcome(resolve));
        }),
      upload: (key?: string) =>
        new Promise<Outcome>((resolve) => {
          const call = client.makeClientStreamRequest(
            ...([...args("Upload"), metadata(key), outcome(resolve)] as const),
          );
          call.write(WORD);
          call.end();
        }),
      watch: (key?: string) =>
        new Promise<Outcome>((resolve) => {
          const call = watch(key);
          call.on("error", outcome(resolve));
          call.on("data", (said: Buffer) => {
            outcome(resolve)(null, said);
            call.cancel();
          });
        }),
      talk: (key?: string) =>
        new Promise<Outcome>((resolve) => {
          const call = client.makeBidiStreamRequest(...args("Talk"), metadata(key));
          call.on("error", outcome(resolve));
          call.on("data", (said: Buffer) => outcome(resolve)(null, said));
          call.write(WORD);
          call.end();
        }),
    },
  };
}

test("calls of every kind are asked for a key before their handler sees them", async () => {
  const { keys, calls } = await start();
  const [submit, read] = [keys.add("submit", { name: "ci" }), keys.add("read")];
  const { broken, ...kinds } = calls;
  for (const [kind, call] of Object.entries(kinds)) {
    const codes = [(await call()).code, (await call(`${submit}0`)).code, (await call(read)).code];
    expect([kind, ...codes]).toEqual([
      ...[kind, "UNAUTHENTICATED", "UNAUTHENTICATED", "PERMISSION_DENIED"],
    ]);
    expect(await call(submit)).toEqual({ code: "OK", said: "ci (0000000000000001)" });
  }
  expect(await broken(submit)).toMatchObject({ code: "INTERNAL", said: "internal error" });
});

test("too many calls are told when to try again, where gRPC's own clients look for it", async () => {
  const { keys, calls } = await start(new CallRates({ burst: 1, perSecond: 0.001 }));
  const key = keys.add("admin");
  expect((await calls.unary(key)).code).toBe("OK");
  const { code, trailers } = await calls.unary(key);
  expect(code).toBe("RESOURCE_EXHAUSTED");
  expect(Number(trailers?.get("grpc-retry-pushback-ms")[0])).toBeGreaterThan(900_000);
});

test("streams of one key are bounded, and a stream that ended makes room", async () => {
  const { keys, calls, watch } = await start();
  const [many, other] = [keys.add("submit"), keys.add("submit")];
  const open = Array.from({ length: limits.keyStreamsMax }, () => watch(many));
  let heard = 0;
  for (const call of open) {
    call.on("error", () => {});
    call.once("data", () => {
      heard += 1;
    });
  }
  await until("all are open", () => heard === open.length);
  expect((await calls.watch(many)).code).toBe("RESOURCE_EXHAUSTED");
  expect((await calls.unary(many)).code).toBe("OK");
  expect((await calls.watch(other)).code).toBe("OK");
  for (const call of open.slice(0, 2)) call.cancel();
  await until("there is room", async () => (await calls.watch(many)).code === "OK");
});

test("an RPC that the table does not know does not start", () => {
  const door = clientServices({ authorise: () => Promise.reject(new Error()), log: pino() }, {});
  expect(() => door(KINDS, service)).toThrow("/test.Kinds/Unary is served and needs no scope");
  expect(door(KINDS, {})).toEqual({}); // what is not served answers UNIMPLEMENTED, to anybody
});

test("a caller who left while he was asked for his key is not served", async () => {
  const asked = Promise.withResolvers<Caller>();
  const log = pino({ level: "silent" });
  const door = clientServices({ authorise: () => asked.promise, log }, SCOPES);
  const seen: object[] = [];
  const { watch } = door(KINDS, { watch: (call: object) => seen.push(call) });
  const left = { metadata: new Metadata(), cancelled: true };
  const here = Object.assign(new EventEmitter(), { metadata: new Metadata(), cancelled: false });
  for (const call of [left, here]) watch?.(call as never, undefined as never);
  asked.resolve({ keyId: null, label: null, scope: "submit" });
  await until("who is here is served", () => seen.length > 0);
  expect(seen).toEqual([here]);
});
