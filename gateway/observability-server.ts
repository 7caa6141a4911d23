import { createServer, type Server } from "node:http";

/** `/metrics` and `/healthz` of the gateway process, on a port of their own, inside the network. */
export function startObservabilityServer(options: {
  host: string;
  port: number;
  metrics: { text(): Promise<string>; contentType: string };
  healthy: () => boolean;
}): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === "/healthz") {
      response.writeHead(options.healthy() ? 200 : 503).end();
      return;
    }
    if (request.url !== "/metrics") {
      response.writeHead(404).end();
      return;
    }
    options.metrics.text().then(
      (text) => response.writeHead(200, { "content-type": options.metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  server.once("error", reject);
  server.listen(options.port, options.host, () => resolve(server));
  return promise;
}
