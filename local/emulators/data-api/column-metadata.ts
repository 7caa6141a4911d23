import type pg from "pg";
import type { Runner } from "./run-sql.ts";

/** The part of the service's column metadata that Postgres can answer; the rest is constant. */
export async function columnMetadata(
  runner: Runner,
  fields: readonly pg.FieldDef[],
): Promise<object[]> {
  const { rows } = await runner.query<[string, string]>({
    text: "select oid::text, typname from pg_type where oid = any ($1::oid[])",
    values: [fields.map((field) => field.dataTypeID)],
    rowMode: "array",
  });
  const names = new Map(rows);
  return fields.map((field) => ({
    arrayBaseColumnType: 0,
    isAutoIncrement: false,
    isCaseSensitive: false,
    isCurrency: false,
    isSigned: false,
    label: field.name,
    name: field.name,
    nullable: 2, // unknown
    precision: 0,
    scale: 0,
    schemaName: "",
    tableName: "",
    type: 0,
    typeName: names.get(`${field.dataTypeID}`) ?? "",
  }));
}
