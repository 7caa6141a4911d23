import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalMode, startLocalMode } from "../support/local-mode.ts";

let local: LocalMode;
beforeAll(async () => {
  local = await startLocalMode();
});
afterAll(() => local.end());

test("the API of local mode answers no other host name and no other origin", async () => {
  const { port } = new URL(local.url);
  const get = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      request({ port, host: "127.0.0.1", path: "/healthz", headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
  expect(await get({ host: `127.0.0.1:${port}` })).toBe(200);
  expect(await get({ host: `evil.example:${port}` })).toBe(403);
  expect(await get({ host: `127.0.0.1:${port}`, origin: "http://evil.example" })).toBe(403);
});

test("the fake ECS starts nothing for a stranger", async () => {
  const response = await fetch(local.ecs.url, {
    method: "POST",
    headers: { "x-amz-target": "AmazonEC2ContainerServiceV20141113.ListTasks" },
    body: "{}",
  });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain("UnrecognizedClientException");
});
