/**
 * The text of an API key: `hodei_<id>_<secret>`, 16 and 64 lower-case hex digits. The prefix and the
 * fixed length let scanners of secrets find it with one expression and hardly a false alarm. The id
 * is no secret: it leads to the row, stands in logs and names the submitter.
 */
const API_KEY = /^hodei_([0-9a-f]{16})_([0-9a-f]{64})$/;
const API_KEY_ID = /^[0-9a-f]{16}$/;

export const apiKeyText = (id: string, secret: string): string => `hodei_${id}_${secret}`;

export const isApiKeyId = (text: string): boolean => API_KEY_ID.test(text);

/** The id that an API key names; null = this text is no API key. */
export const apiKeyIdOf = (text: string): string | null => API_KEY.exec(text)?.[1] ?? null;

/** The key in an `Authorization` header or metadata value (RFC 6750); null = there is none. */
export const bearerOf = (authorization: string | undefined): string | null =>
  /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1] ?? null;
