import { Agent, request } from "node:http";
import { stubWorkers } from "./hodei.ts";
import type { Submitter, System, Target } from "./system.ts";

const CONNECTIONS_MAX = 16;
const RUN = { name: "noop", command: ["/bin/true"] };
const CREATED = 201;
const ANSWERED = 200;

/** Submits to the functions behind the HTTP API, which reach the database by the Data API. */
export const hodeiHttp: System = { submitter: httpSubmitter, executor: stubWorkers };

async function httpSubmitter({ httpUrl }: Target): Promise<Submitter> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
  const body = JSON.stringify(RUN);
  return {
    one: async () => {
      const text = await post(`${httpUrl}/v1/runs`, { agent, body, expected: CREATED });
      return (JSON.parse(text) as { id: string }).id;
    },
    many: async (count) => {
      const all = JSON.stringify({ runs: Array(count).fill(RUN) });
      await post(`${httpUrl}/v1/runs/bulk`, { agent, body: all, expected: ANSWERED });
    },
    close: async () => agent.destroy(),
  };
}

interface Post {
  readonly agent: Agent;
  readonly body: string;
  /** The status that says it was done. */
  readonly expected: number;
}

/** Answers the body of the answer. */
function post(url: string, { agent, body, expected }: Post): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { "content-type": "application/json", "content-length": body.length };
  const call = request(url, { method: "POST", agent, headers }, (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (piece: string) => {
      text += piece;
    });
    response.on("end", () => {
      if (response.statusCode === expected) resolve(text);
      else reject(new Error(`the API answered ${response.statusCode}: ${text}`));
    });
  });
  call.on("error", reject);
  call.end(body);
  return promise;
}
