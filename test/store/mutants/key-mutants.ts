import { createApiKey, noteApiKeyUse, revokeApiKey } from "#adapters/store/transitions/api-keys.ts";
import { deleteOldApiKeys } from "#adapters/store/transitions/sweep-rows.ts";
import { apiKeys, keyRaces } from "../api-keys.exam.ts";
import { mutant } from "./mutant.ts";

export const keyMutants = {
  "a key under another key's id": mutant(
    createApiKey,
    apiKeys["refused: an id that another key has"],
    [" where k.key_sha256 = excluded.key_sha256", ""],
  ),
  "a key that is sent twice answers nothing": mutant(
    createApiKey,
    apiKeys["the same key sent twice is stored once"],
    ["do update set name = k.name where k.key_sha256 = excluded.key_sha256", "do nothing"],
  ),
  "revoked again, later": mutant(
    revokeApiKey,
    apiKeys["a key is revoked once; again it stays as it was, and no other key is"],
    ["coalesce(k.revoked_at, t.now)", "t.now"],
  ),
  "all keys are revoked": mutant(
    revokeApiKey,
    apiKeys["a key is revoked once; again it stays as it was, and no other key is"],
    ["k.id = any(array[:id::text])", ":id::text is not null"],
  ),
  "keys are swept at once": mutant(
    deleteOldApiKeys,
    apiKeys["keys that were revoked or expired long ago are swept, others never"],
    [" - hodei.millis(:retentionMs::float8)", " + 0 * hodei.millis(:retentionMs::float8)"],
  ),
  "a use of a revoked key": mutant(noteApiKeyUse, apiKeys["refused: the use of a revoked key"], [
    " and k.revoked_at is null",
    "",
  ]),
  "a use of a key that is being revoked": mutant(
    noteApiKeyUse,
    keyRaces["a use waits for the revoke of its key: it is not noted"],
    [
      "and k.revoked_at is null",
      "and exists (select from hodei.api_key o where o.id = k.id and o.revoked_at is null)",
    ],
  ),
  "a use is noted each time": mutant(noteApiKeyUse, apiKeys["a use is noted once a minute"], [
    "\n    and (k.last_used_at is null or k.last_used_at <= t.now - hodei.millis(:againAfterMs::float8))",
    " and :againAfterMs::float8 > 0",
  ]),
  "a use that is noted for all": mutant(noteApiKeyUse, apiKeys["a use is noted once a minute"], [
    "k.id = any(array[:id::text])",
    ":id::text is not null",
  ]),
};
