// Plays the managed runtime: loads the handler, then asks the runtime interface for the next event,
// hands it over and says what came of it, one after the other, for as long as the process lives.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT, _HANDLER } = process.env;
const runtime = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const post = (path, value) =>
  fetch(`${runtime}${path}`, { method: "POST", body: JSON.stringify(value ?? null) });
const described = (error) => ({
  errorType: error?.name ?? "Error",
  errorMessage: String(error?.message ?? error),
});

async function load() {
  const [file, name] = _HANDLER.split(".");
  try {
    const module = await import(pathToFileURL(join(LAMBDA_TASK_ROOT, `${file}.mjs`)).href);
    return module[name];
  } catch (error) {
    await post("/init/error", described(error));
    process.exit(1);
  }
}

const handler = await load();
for (;;) {
  const next = await fetch(`${runtime}/invocation/next`);
  const awsRequestId = next.headers.get("lambda-runtime-aws-request-id");
  const deadline = Number(next.headers.get("lambda-runtime-deadline-ms"));
  const context = { awsRequestId, getRemainingTimeInMillis: () => deadline - Date.now() };
  const event = await next.json();
  try {
    await post(`/invocation/${awsRequestId}/response`, await handler(event, context));
  } catch (error) {
    await post(`/invocation/${awsRequestId}/error`, described(error));
  }
}
