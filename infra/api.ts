import { limits } from "../core/domain/limits.ts";
import { database, functionsDatabaseSecret } from "./database.ts";
import { functionEnvironment } from "./environment.ts";
import { queryDatabase, wakeReconciler } from "./grants.ts";
import { lambdaFunction } from "./lambda-function.ts";
import { migration } from "./migrations.ts";
import { apiDomain, isProduction } from "./stage.ts";
import { wakeQueue } from "./wake-queue.ts";

type Text = $util.Input<string>;

const readDatabase = queryDatabase<Text>(database.clusterArn, functionsDatabaseSecret.arn);

const http = lambdaFunction("Http", {
  handler: "functions/http/handler.handler",
  timeoutSeconds: limits.apiTimeoutSeconds,
  concurrency: null,
  environment: functionEnvironment,
  grants: [...readDatabase, ...wakeReconciler<Text>(wakeQueue.arn)],
  dependsOn: [migration],
});

const authoriser = lambdaFunction("Authoriser", {
  handler: "functions/http/authoriser.handler",
  timeoutSeconds: 10, // API Gateway waits no longer
  concurrency: null,
  environment: functionEnvironment,
  grants: readDatabase,
  dependsOn: [migration],
});

export const api = new sst.aws.ApiGatewayV2("Api", {
  cors: false, // no browser of another origin has business here
  ...(apiDomain && { domain: apiDomain }),
  accessLog: { retention: isProduction ? "3 months" : "1 week" },
  transform: {
    stage: (stage) => {
      stage.defaultRouteSettings = {
        throttlingRateLimit: limits.apiCallsPerSecond,
        throttlingBurstLimit: limits.apiCallsBurst,
      };
    },
  },
});

/**
 * Turns calls without a good key away before they reach the API. The API checks the key again, and
 * its scope: what this one remembers may be older than a revocation.
 */
const keys = api.addAuthorizer({
  name: "Keys",
  lambda: { function: authoriser.arn, ttl: `${limits.authoriserCacheSeconds} seconds` },
});

api.route("GET /healthz", http.arn);
api.route("$default", http.arn, { auth: { lambda: keys.id } });
