import type { Facts, Message } from "../facts.ts";
import type { Finding, Rule } from "../rule.ts";

/** A bootstrap token is accepted from one session only: by what was answered, and in the row. */
export const tokenOfOneSession: Rule = {
  name: "token-of-one-session",
  check: ({ messages, workers }) => [...answeredTwo(messages), ...storedTwo(workers)],
};

function answeredTwo(messages: readonly Message[]): Finding[] {
  const accepted = new Set(
    messages
      .filter(({ what, success }) => what === "registered" && success)
      .map(({ stream }) => stream),
  );
  const asked = messages.filter(({ what, stream }) => what === "register" && accepted.has(stream));
  return [...Map.groupBy(asked, ({ workerId }) => workerId ?? "")].flatMap(
    ([workerId, requests]) =>
      new Set(requests.map(({ sessionSha256 }) => sessionSha256)).size > 1
        ? [{ what: `the token of worker ${workerId} served two sessions`, entries: requests }]
        : [],
  );
}

function storedTwo(workers: Facts["workers"]): Finding[] {
  return [...workers].flatMap(([id, story]) =>
    story
      .filter(({ old, new: fresh }) => old && fresh && (old.session_sha256 ?? null) !== null)
      .filter(({ old, new: fresh }) => old?.session_sha256 !== fresh?.session_sha256)
      .map((change) => ({ what: `worker ${id} got another session`, entries: [change] })),
  );
}
