import { type ChannelOptions, credentials, Metadata } from "@grpc/grpc-js";
import { limits } from "#core/domain/limits.ts";
import { WorkerAgentServiceClient } from "#proto/hodei.ts";
import type { ServerAddress } from "./config.ts";

/** Own subchannels: a new client must mean a new connection, also to the same address. */
const OPTIONS: ChannelOptions = {
  "grpc.use_local_subchannel_pool": 1,
  "grpc.enable_retries": 0, // a retry buffer would keep every message of a long stream
  "grpc.keepalive_time_ms": limits.keepaliveMs,
  "grpc.keepalive_timeout_ms": limits.keepaliveTimeoutMs,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc.initial_reconnect_backoff_ms": 200,
  "grpc.max_reconnect_backoff_ms": 5_000,
  "grpc.max_receive_message_length": limits.messageBytesMax,
};

/** A client with a connection of its own; nothing is dialled before the first call. */
export function makeGatewayClient(server: ServerAddress): WorkerAgentServiceClient {
  const { tls } = server;
  const channelCredentials =
    tls === null
      ? credentials.createInsecure()
      : credentials.createSsl(tls.authority, tls.client?.key, tls.client?.certificate);
  return new WorkerAgentServiceClient(server.target, channelCredentials, OPTIONS);
}

/** What every call after registration carries. */
export function sessionMetadata(workerId: string, secret: string): Metadata {
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${secret}`);
  metadata.set("hodei-worker-id", workerId);
  return metadata;
}
