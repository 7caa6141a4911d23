import { request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { startApiGateway } from "../../../local/functions-host/api-gateway.ts";

test("a target that cannot be read is the caller's fault, and the next call is answered", async () => {
  const seen: string[] = [];
  const gateway = await startApiGateway(
    async ({ rawPath }) => {
      seen.push(rawPath);
      return { statusCode: 200 };
    },
    0,
    { debug() {}, info() {}, warn() {}, error() {} },
  );
  onTestFinished(() => gateway.close());
  const statusOf = (path: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const call = request({ host: "127.0.0.1", port: gateway.port, path }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on("error", reject).end();
    });
  for (const path of ["/v1/runs/%ff", "////", ["http:", "//["].join("")])
    expect([path, await statusOf(path)]).toEqual([path, 400]);
  expect(await statusOf("/v1/runs/%C3%BC")).toBe(200);
  expect(seen).toEqual(["/v1/runs/ü"]);
});
