import { Agent, request } from "node:http";
import { stubWorkers } from "./hodei.ts";
import type { Submitter, System, Target } from "./system.ts";

const CONNECTIONS_MAX = 16;
const BODY = JSON.stringify({ name: "noop", command: ["true"] });

/** Submits to the functions behind the HTTP API, which reach the database by the Data API. */
export const hodeiHttp: System = { submitter: httpSubmitter, executor: stubWorkers };

async function httpSubmitter({ httpUrl }: Target): Promise<Submitter> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
  const one = () => post(`${httpUrl}/v1/runs`, agent);
  return {
    one,
    many: async (count) => void (await Promise.all(Array.from({ length: count }, one))),
    close: async () => agent.destroy(),
  };
}

/** Answers the id of the run. */
function post(url: string, agent: Agent): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { "content-type": "application/json", "content-length": BODY.length };
  const call = request(url, { method: "POST", agent, headers }, (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (piece: string) => {
      text += piece;
    });
    response.on("end", () => {
      if (response.statusCode === 201) resolve((JSON.parse(text) as { id: string }).id);
      else reject(new Error(`the API answered ${response.statusCode}: ${text}`));
    });
  });
  call.on("error", reject);
  call.end(BODY);
  return promise;
}
