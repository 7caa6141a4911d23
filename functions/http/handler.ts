import { composeApi } from "../compose.ts";
import { createApp } from "./app.ts";
import { createHandler, type HttpHandler } from "./lambda.ts";

const { flush, ...deps } = composeApi();
const handle = createHandler(createApp(deps));

/** The HTTP API behind API Gateway (payload format 2.0). */
export const handler: HttpHandler = async (event, context) => {
  try {
    return await handle(event, context);
  } finally {
    flush();
  }
};
