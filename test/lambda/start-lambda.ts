import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Bundle } from "../../scripts/bundle.ts";

/** What a function's process reported instead of an answer. */
export class LambdaError extends Error {
  override readonly name = "LambdaError";
}

export interface LambdaOptions {
  readonly bundle: Bundle;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
}

/** One function in a process of its own, behind Lambda's runtime interface. */
export interface Lambda {
  /** From the start of the process until it asked for its first event, in milliseconds. */
  readonly coldStartMs: number;
  readonly pid: number;
  /** What it wrote to its log so far. */
  log(): string;
  /** Throws LambdaError when the handler threw, or took longer than it may. */
  invoke<T>(event: unknown): Promise<T>;
  stop(): void;
}

interface Invocation {
  readonly id: string;
  readonly event: unknown;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const RUNTIME = fileURLToPath(new URL("runtime-process.mjs", import.meta.url));

/** Starts it and waits until it is ready. Throws LambdaError when it cannot be loaded. */
export async function startLambda(options: LambdaOptions): Promise<Lambda> {
  const waiting: Invocation[] = [];
  let running: Invocation | null = null;
  let asking: ServerResponse | null = null;
  const ready = Promise.withResolvers<void>();
  const handOver = () => {
    const next = asking && waiting.shift();
    if (!next || !asking) return;
    running = next;
    asking.setHeader("lambda-runtime-aws-request-id", next.id);
    asking.setHeader(
      "lambda-runtime-deadline-ms",
      String(Date.now() + options.timeoutSeconds * 1000),
    );
    asking.end(JSON.stringify(next.event));
    asking = null;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url?.replace("/2018-06-01/runtime", "");
    if (path === "/invocation/next") {
      asking = response;
      ready.resolve();
      handOver();
      return;
    }
    const body = await json(request);
    response.writeHead(202).end();
    if (path === "/init/error") ready.reject(errorOf(body));
    else if (path?.endsWith("/error")) running?.reject(errorOf(body));
    else running?.resolve(body);
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const startedAt = performance.now();
  const child = startProcess(options, (server.address() as AddressInfo).port);
  const lines: string[] = [];
  child.stdout?.on("data", (chunk) => lines.push(String(chunk)));
  child.stderr?.on("data", (chunk) => lines.push(String(chunk)));
  child.on("exit", (code) => {
    const error = new LambdaError(`the process ended with ${code}: ${lines.join("")}`);
    ready.reject(error);
    running?.reject(error);
  });
  const stop = () => {
    child.kill("SIGKILL");
    server.close();
    server.closeAllConnections();
  };
  await ready.promise.catch((error) => {
    stop();
    throw error;
  });
  return {
    coldStartMs: performance.now() - startedAt,
    pid: child.pid ?? 0,
    log: () => lines.join(""),
    invoke: async <T>(event: unknown) => {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const timer = setTimeout(() => {
        reject(new LambdaError(`Task timed out after ${options.timeoutSeconds} seconds`));
        stop();
      }, options.timeoutSeconds * 1000);
      waiting.push({ id: randomUUID(), event, resolve, reject });
      handOver();
      return (await promise.finally(() => clearTimeout(timer))) as T;
    },
    stop,
  };
}

const errorOf = (body: unknown): LambdaError => {
  const { errorType, errorMessage } = body as { errorType: string; errorMessage: string };
  return new LambdaError(`${errorType}: ${errorMessage}`);
};

/** Nothing of this process's environment goes along but the path of programs. */
function startProcess({ bundle, environment }: LambdaOptions, port: number): ChildProcess {
  return spawn(process.execPath, [RUNTIME], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      AWS_LAMBDA_FUNCTION_NAME: "hodei-test",
      LAMBDA_TASK_ROOT: dirname(bundle.file),
      _HANDLER: "bundle.handler",
      ...environment,
    },
  });
}
