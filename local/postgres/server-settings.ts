/** What the server may cost and promise. */
export interface ServerSettings {
  /** false: commits survive a crash of the server but not of the machine; much faster. */
  readonly durable: boolean;
  readonly port: number;
  /** Beyond ours, by name; they win. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Superuser and owner of everything. */
export const SERVER_USER = "hodei";

/** Arguments of `initdb`: byte order everywhere, so that no machine's locale changes a result. */
export function initdbArguments(data: string, passwordFile: string, durable: boolean): string[] {
  return [
    ...["--pgdata", data, "--username", SERVER_USER],
    ...["--auth", "scram-sha-256", "--pwfile", passwordFile],
    ...["--encoding", "UTF8", "--locale", "C"],
    ...["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"],
    ...(durable ? [] : ["--no-sync"]),
  ];
}

/** Arguments of `postgres`. TCP on loopback only: a socket's path may be too long or unwritable. */
export function postgresArguments(
  data: string,
  { durable, port, settings }: ServerSettings,
): string[] {
  const all: Record<string, string | number> = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    TimeZone: "UTC",
    log_timezone: "UTC",
    max_connections: 200,
    // Refused statements (guards, constraints) are expected and would carry user data.
    log_min_messages: "log",
    log_checkpoints: "off",
    jit: "off",
    ...(durable ? {} : FAST),
    ...settings,
  };
  const pairs = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return ["-D", data, ...pairs];
}

const FAST = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: 0,
};
