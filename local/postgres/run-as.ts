/** The user that `initdb` and `postgres` run as. */
export interface RunAs {
  /** Merged into the options of `spawn`: nothing for an ordinary user. */
  readonly spawn: { readonly uid?: number; readonly gid?: number };
  /** null = ourselves. */
  readonly other: { readonly uid: number; readonly gid: number } | null;
}

/** nobody, on Linux and in every container image; macOS has it as -2 but needs no root. */
const NOBODY = 65534;

/**
 * Postgres refuses to run as root. An ordinary user runs it as himself; root hands it to `nobody`,
 * who exists everywhere (initdb looks the user's name up, so an arbitrary uid will not do).
 */
export function runAs(uid: number | undefined = process.getuid?.()): RunAs {
  if (uid !== 0) return { spawn: {}, other: null };
  const nobody = { uid: NOBODY, gid: NOBODY };
  return { spawn: nobody, other: nobody };
}
