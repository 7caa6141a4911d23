import { composeAuthoriser } from "../compose-authoriser.ts";
import { askKey } from "./ask-key.ts";

/** Asked by API Gateway before it lets a call through, which remembers the answer for a while. */
export const handler = askKey(composeAuthoriser());
