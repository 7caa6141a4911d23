/**
 * Settings of a session. Statements are planned once and for any values: the server would go on
 * planning ours anew for each call, which costs more than running them. And no table is read from
 * end to end nor hashed. Neither changes what a statement does; docs/internals/store.md says more.
 */
export const SESSION = {
  TimeZone: "UTC",
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  jit: "off",
} as const;

export const sessionOptions = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ");
