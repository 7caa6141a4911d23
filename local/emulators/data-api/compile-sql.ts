import { badRequest } from "./api-error.ts";

/** SQL for Postgres' extended protocol. */
export interface CompiledSql {
  /** With `$1…` in place of `:name`. */
  readonly text: string;
  /** Parameter names in order of `$1…`. */
  readonly order: readonly string[];
}

/**
 * What may stand in SQL, longest first. Only `parameter` and `separator` mean anything to us; the
 * others are named so that what looks like a parameter inside them is left alone.
 */
const TOKEN = new RegExp(
  [
    /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))/,
    /(?<dollar>\$(?<tag>[A-Za-z_]\w*|)\$[\s\S]*?(?:\$\k<tag>\$|$))/,
    /(?<escape>\b[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|$))/,
    /(?<literal>'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$))/,
    /(?<cast>::)/,
    /(?<parameter>:[A-Za-z_]\w*)/,
    /(?<separator>;)/,
  ]
    .map((part) => part.source)
    .join("|"),
  "g",
);

/**
 * Replaces `:name` by `cast("$n")`, outside literals and comments. Refuses a second statement, and
 * a parameter that has no value.
 */
export function compileSql(
  sql: string,
  parameters: ReadonlyMap<string, { cast(placeholder: string): string }>,
): CompiledSql {
  const order: string[] = [];
  let text = "";
  let end = 0;
  let statementEnd: number | null = null;
  for (const match of sql.matchAll(TOKEN)) {
    const between = sql.slice(end, match.index);
    end = match.index + match[0].length;
    const { comment, parameter, separator } = match.groups ?? {};
    if (statementEnd !== null && (between.trim() !== "" || !(comment || separator))) throw multi();
    if (separator) statementEnd ??= end;
    text += between + (parameter ? placeholder(parameter.slice(1), order, parameters) : match[0]);
  }
  const rest = sql.slice(end);
  if (statementEnd !== null && rest.trim() !== "") throw multi();
  return { text: text + rest, order };
}

const multi = () => badRequest("Multistatements aren't supported");

function placeholder(
  name: string,
  order: string[],
  parameters: ReadonlyMap<string, { cast(placeholder: string): string }>,
): string {
  const parameter = parameters.get(name);
  if (parameter === undefined) throw badRequest(`Named parameter :${name} has no value`);
  if (!order.includes(name)) order.push(name);
  return parameter.cast(`$${order.indexOf(name) + 1}`);
}
