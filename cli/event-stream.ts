/** One server-sent event of the API; its data is one line of JSON. */
export interface StreamMessage {
  /** null = none of its own. */
  readonly id: string | null;
  readonly event: string;
  readonly data: unknown;
}

/**
 * The messages of a `text/event-stream` body, as they come (WHATWG HTML, server-sent events): blocks that
 * an empty line ends. Comments and what is cut off at the end are left out.
 */
export async function* readEventStream(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamMessage> {
  const utf8 = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const blocks = (rest + utf8.decode(chunk, { stream: true })).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const message = parseBlock(block);
      if (message !== null) yield message;
    }
  }
}

function parseBlock(block: string): StreamMessage | null {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const at = line.indexOf(":");
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1).replace(/^ /, ""));
  }
  const data = fields.get("data");
  if (data === undefined) return null;
  return {
    id: fields.get("id") ?? null,
    event: fields.get("event") ?? "message",
    data: JSON.parse(data),
  };
}
