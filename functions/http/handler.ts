import { composeApi } from "../compose.ts";
import { createApp } from "./app.ts";
import { createHandler, type HttpHandler } from "./lambda.ts";

const { flush, ...parts } = composeApi();
const handle = createHandler(createApp(parts));

/** The HTTP API behind API Gateway (payload format 2.0). */
export const handler: HttpHandler = async (event, context) => {
  try {
    return await handle(event, context);
  } finally {
    flush();
  }
};
