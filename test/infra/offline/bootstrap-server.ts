import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { ACCOUNT } from "./aws-answers.ts";

/** What `sst` finds of itself in an account where it was used before. */
const BOOTSTRAP = {
  ...{ version: 5, asset: "sst-asset-offline", state: "sst-state-offline" },
  assetEcrRegistryId: ACCOUNT,
  assetEcrUrl: `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/sst-asset`,
};

export interface BootstrapServer {
  readonly url: string;
  /** What was asked for, in order. */
  readonly calls: string[];
  close(): void;
}

/**
 * The few calls that `sst diff` makes itself: its parameters in SSM, and its state in S3, which is
 * empty. Whatever else is asked gets 400, and stands in `calls`.
 */
export async function startBootstrapServer(): Promise<BootstrapServer> {
  const calls: string[] = [];
  const server = createServer((request, response) => void answer(request, response, calls));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  calls: string[],
): Promise<void> {
  const target = request.headers["x-amz-target"];
  calls.push(typeof target === "string" ? target : `${request.method} ${request.url}`);
  const body = await text(request);
  if (target === "AmazonSSM.GetParameter") {
    const { Name } = JSON.parse(body) as { Name: string };
    const Value =
      Name === "/sst/bootstrap"
        ? JSON.stringify(BOOTSTRAP)
        : Buffer.alloc(32, 1).toString("base64"); // the passphrase of the state
    response.setHeader("content-type", "application/x-amz-json-1.1");
    response.end(JSON.stringify({ Parameter: { Name, Type: "String", Value, Version: 1 } }));
    return;
  }
  response.statusCode = request.method === "GET" ? 404 : 400;
  response.setHeader("content-type", "application/xml");
  response.end("<Error><Code>NoSuchKey</Code><Message>empty</Message></Error>");
}
