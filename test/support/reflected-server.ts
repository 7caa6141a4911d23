import {
  type Client,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  Metadata,
  type MethodDefinition,
  type ServiceDefinition,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { fromJSON, loadFileDescriptorSetFromBuffer } from "@grpc/proto-loader";
import { onTestFinished } from "vitest";
import { connect, unary } from "./scripted-worker.ts";

const field = (id: number, type: string, rule?: string) => ({ id, type, ...(rule && { rule }) });

/** The reflection service as its own protocol file describes it, cut to what is asked. */
const REFLECTION = {
  nested: {
    Service: { fields: { name: field(1, "string") } },
    Services: { fields: { service: field(1, "Service", "repeated") } },
    Files: { fields: { fileDescriptorProto: field(1, "bytes", "repeated") } },
    Ask: { fields: { fileContainingSymbol: field(4, "string"), listServices: field(7, "string") } },
    Answer: {
      fields: {
        fileDescriptorResponse: field(4, "Files"),
        listServicesResponse: field(6, "Services"),
      },
    },
    ServerReflection: {
      methods: {
        ServerReflectionInfo: {
          requestType: "Ask",
          responseType: "Answer",
          requestStream: true,
          responseStream: true,
        },
      },
    },
  },
};

/** A client of `grpc.<folder>.<Service>`. */
export function standardClient(
  port: number,
  folders: string[],
  service: string,
  nested: object,
): Client {
  const root = folders.reduceRight<object>(
    (inner, name) => ({ nested: { [name]: inner } }),
    nested,
  );
  const loaded = loadPackageDefinition(fromJSON(root as never)) as never;
  const Service = [...folders, service].reduce<never>((at, name) => at[name], loaded) as never as {
    new (address: string, channel: ReturnType<typeof credentials.createInsecure>): Client;
  };
  const client = new Service(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  return client;
}

interface Answer {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
}

/** Asks the reflection service in one stream, one question after the other. */
export function reflection(port: number, version = "v1") {
  const folders = ["grpc", "reflection", version];
  const client = standardClient(port, folders, "ServerReflection", REFLECTION) as never as {
    serverReflectionInfo: () => NodeJS.ReadWriteStream & {
      write(ask: object): void;
      once(event: "data", take: (answer: Answer) => void): void;
    };
  };
  const call = client.serverReflectionInfo();
  call.on("error", () => {});
  const ask = (question: object) =>
    new Promise<Answer>((resolve) => {
      call.once("data", resolve);
      call.write(question);
    });
  return {
    services: async () => {
      const answer = await ask({ listServices: "*" });
      return (answer.listServicesResponse?.service ?? []).map(({ name }) => name);
    },
    /** The files that describe this symbol, as the wire carries them. */
    files: async (fileContainingSymbol: string) =>
      (await ask({ fileContainingSymbol })).fileDescriptorResponse?.fileDescriptorProto ?? [],
    end: () => call.end(),
  };
}

type Message = Record<string, unknown>;

/** A server as it describes itself: what it serves, and calls made of plain objects. */
export interface ReflectedServer {
  /** Every method it describes, `/package.Service/Method`; that it is served is another thing. */
  readonly paths: readonly string[];
  /** null = the method is served; else why it cannot be called. Found out by an empty request. */
  lacks(path: string): Promise<string | null>;
  /** A unary call on a connection of its own; rejects with the ServiceError. */
  call(path: string, request: object): Promise<Message>;
  /** Everything a server's stream holds, once it ended by itself; rejects with its status. */
  read(path: string, request: object): Promise<Message[]>;
}

export async function reflect(port: number): Promise<ReflectedServer> {
  const asking = reflection(port);
  const services = await asking.services();
  const methods = new Map<string, MethodDefinition<Message, Message>>();
  for (const service of services.filter((name) => name.startsWith("hodei."))) {
    const files = await asking.files(service);
    const definition = loadFileDescriptorSetFromBuffer(asSet(files), {
      ...{ longs: Number, enums: String, defaults: true, oneofs: true },
    })[service] as ServiceDefinition;
    for (const method of Object.values(definition)) methods.set(method.path, method);
  }
  asking.end();
  const find = (path: string) => {
    const method = methods.get(path);
    if (!method) throw new Error(`${path} is not registered`);
    return method;
  };
  return {
    paths: [...methods.keys()],
    lacks: async (path) => {
      if (!methods.has(path)) return `${path} is not described`;
      const code = await emptyCall(clientOf(port), find(path));
      return code === status.UNIMPLEMENTED ? `${path} is not served` : null;
    },
    call: (path, request) => {
      const { requestSerialize, responseDeserialize } = find(path);
      const client = clientOf(port);
      return unary((callback) =>
        client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request as Message,
          new Metadata(),
          callback as never,
        ),
      );
    },
    read: (path, request) => {
      const { requestSerialize, responseDeserialize } = find(path);
      const stream = clientOf(port).makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request as Message,
      );
      return drained(stream);
    },
  };
}

/** The status of a call with an empty request; of a stream, once it answers anything at all. */
function emptyCall(client: Client, method: MethodDefinition<Message, Message>): Promise<status> {
  const { path, requestSerialize, responseDeserialize } = method;
  const codecs = [path, requestSerialize, responseDeserialize] as const;
  const { promise, resolve } = Promise.withResolvers<status>();
  if (!method.responseStream) {
    const answered = (error: ServiceError | null) => resolve(error?.code ?? status.OK);
    client.makeUnaryRequest(...codecs, {}, new Metadata(), answered);
    return promise;
  }
  const bidi = method.requestStream ? client.makeBidiStreamRequest(...codecs) : null;
  const call = bidi ?? client.makeServerStreamRequest(...codecs, {});
  call.on("error", ({ code }: ServiceError) => resolve(code));
  for (const event of ["data", "end"]) call.on(event, () => resolve(status.OK));
  bidi?.end();
  return promise.finally(() => call.cancel());
}

function clientOf(port: number): Client {
  const client = connect(port);
  onTestFinished(() => client.close());
  return client;
}

function drained(stream: ClientReadableStream<Message>): Promise<Message[]> {
  onTestFinished(() => stream.cancel());
  const messages: Message[] = [];
  stream.on("data", (message: Message) => messages.push(message));
  return new Promise((resolve, reject) => {
    stream.on("error", reject);
    stream.on("end", () => resolve(messages));
  });
}

/** Descriptors of files as the one message that holds them: field 1, repeated. */
function asSet(files: readonly Buffer[]): Buffer {
  return Buffer.concat(
    files.flatMap((file) => [Buffer.from([0x0a, ...varint(file.length)]), file]),
  );
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
