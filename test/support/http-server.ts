import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface TestServer {
  readonly url: string;
  /** May be called again. */
  close(): Promise<void>;
}

/** Serves a `fetch` function on a free port of the loopback interface. */
export async function serveFetch(
  answer: (request: Request) => Response | Promise<Response>,
): Promise<TestServer> {
  const server = createServer((incoming, outgoing) => {
    void relay(answer, incoming, outgoing).catch(() => outgoing.destroy()); // as a crash would look
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function relay(
  answer: (request: Request) => Response | Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const caller = new AbortController();
  outgoing.on("close", () => caller.abort());
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = "GET" } = incoming;
  const request = new Request(new URL(incoming.url ?? "/", "http://127.0.0.1"), {
    method,
    headers: incoming.headers as Record<string, string>,
    signal: caller.signal,
    ...(method === "GET" || method === "HEAD" ? {} : { body: Buffer.concat(chunks) }),
  });
  const response = await answer(request);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  for await (const chunk of response.body ?? []) outgoing.write(chunk); // as it comes
  outgoing.end();
}
