import type { WireParameter } from "./bind-parameters.ts";
import type { FieldOptions } from "./result-field.ts";
import type { Runner } from "./run-sql.ts";
import type { Transactions } from "./transactions.ts";

/** A request's body; which members count depends on the operation. */
export interface WireRequest {
  readonly resourceArn?: string;
  readonly secretArn?: string;
  readonly database?: string;
  readonly schema?: string;
  readonly sql?: string;
  readonly parameters?: readonly WireParameter[];
  readonly parameterSets?: readonly (readonly WireParameter[])[];
  readonly transactionId?: string;
  readonly includeResultMetadata?: boolean;
  readonly formatRecordsAs?: "NONE" | "JSON";
  readonly resultSetOptions?: FieldOptions;
}

/** What the operations share. */
export interface DataApiContext {
  readonly transactions: Transactions;
  /** Runs on any connection; what it changes is committed when its statement ends. */
  autocommit<T>(run: (runner: Runner) => Promise<T>): Promise<T>;
}
