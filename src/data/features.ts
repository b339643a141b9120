import { ToolkitError } from '../core/errors.ts'
import { nameHint } from '../core/nearest.ts'
import { ownMember } from '../core/own-member.ts'
import {
  isModelField,
  type Field,
  type Fields,
  type ModelField,
  type Schema,
} from '../core/schema.ts'
import { withDerivedFeatures } from './derived-sql.ts'
import { quoteName, quotePath, type Database } from './duckdb-store.ts'
import type { Expression } from './expressions/expression.ts'
import { checkMisfits, type SchemaPolicy } from './schema/check-misfits.ts'
import { findStoredMisfits } from './schema/find-stored-misfits.ts'

/**
 * How a linear model sees a column. Trees take every column as it is — a
 * category as a set of levels — because their splits do not change under any
 * of these encodings.
 *
 * - `as-is`: x − mean, in the column's own unit.
 * - `standardize`: (x − mean) / standard deviation of the training rows.
 * - `log1p`: ln(1 + x), then standardized; the field needs `min` ≥ 0.
 * - `one-hot`: one 0/1 column a level; a level never seen in training weighs nothing.
 *
 * Columns of text, dates and moments have no encoding: models take them through derived and learnt features.
 * A missing number is replaced by the mean of the training rows, a missing category by zeros.
 */
export type Encoding<F extends Field> = F extends { readonly type: 'category' }
  ? 'one-hot'
  : F extends { readonly type: 'boolean' }
    ? 'as-is'
    : F extends { readonly type: 'text' | 'date' | 'datetime' }
      ? never
      : 'as-is' | 'standardize' | 'log1p'

/** The columns models may use, each with its encoding; checked against the schema by the compiler. */
export type FeatureSpec<F extends Fields = Fields> = {
  readonly [K in keyof F]?: Encoding<F[K]>
}

/** One feature with what its encoding needs to know. */
export interface Feature {
  readonly name: string
  readonly field: ModelField
  readonly encoding: Encoding<ModelField>
  /** Of a feature that is no column: what it is made of. */
  readonly expression?: Expression
  /** Whether the score may only rise with it, or only fall. */
  readonly monotone?: 'increasing' | 'decreasing'
}

/** A raw column that models take. */
export interface ModelInput {
  readonly name: string
  readonly field: Field
}

/**
 * Lists the features in the order of the schema and checks them all, for
 * projects whose types nobody compiled.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` naming every feature that does not fit its column.
 */
export function listFeatures(schema: Schema, spec: FeatureSpec): Feature[] {
  const names = Object.keys(schema.fields)
  const problems: string[] = []
  const hints: string[] = []
  for (const [name, encoding] of Object.entries(spec)) {
    const field = ownMember(schema.fields, name)
    if (field === undefined) {
      problems.push(`there is no column '${name}'`)
      hints.push(nameHint(name, names, 'columns'))
    } else if (!isModelField(field)) {
      problems.push(`'${name}' is ${field.type}, which has no encoding`)
      hints.push(
        `leave '${name}' out of the features; derived and learned features can be made of it`,
      )
    } else if (encoding !== undefined && !encodingsOf(field).includes(encoding)) {
      problems.push(`'${name}' is ${field.type} and cannot be encoded as '${encoding}'`)
      hints.push(`'${name}' takes: ${encodingsOf(field).join(', ')}`)
    }
  }
  if (problems.length > 0) {
    throw new ToolkitError('CONFIG_INVALID', `project.ts, features: ${problems.join('; ')}`, {
      hint: hints.join('; '),
    })
  }
  return names.flatMap((name) => {
    const encoding = ownMember(spec, name)
    const field = schema.fields[name]
    return encoding === undefined || !isModelField(field) ? [] : [{ name, field, encoding }]
  })
}

function encodingsOf(field: ModelField): readonly Encoding<ModelField>[] {
  switch (field.type) {
    case 'category':
      return ['one-hot']
    case 'boolean':
      return ['as-is']
    case 'integer':
    case 'number':
      return (field.min ?? -1) >= 0 ? ['as-is', 'standardize', 'log1p'] : ['as-is', 'standardize']
  }
}

/** The part of the data a row belongs to: column `fold` of the feature table, 0 to folds − 1. */
export const foldColumn = 'fold'
/** The row's key: its 0-based position in the raw table, column `row` of the feature table. */
export const rowColumn = 'row'

/** How rows are parted into folds. */
export interface FoldRule {
  readonly folds: number
  /** The column whose rows of one value have one fold. */
  readonly group?: string | undefined
  /** The column by which rows are ordered. */
  readonly time?: string | undefined
}

/** The raw table with its row keys and folds, for SQL's FROM. */
export function foldedRelation(path: string, rule: FoldRule): string {
  return `(SELECT *, ${foldExpression(rule)} AS ${quoteName(foldColumn)} FROM ${rawRelation(path)})`
}

/** The raw table with its row keys, for SQL's FROM. */
export function rawRelation(path: string): string {
  return `(SELECT file_row_number AS ${quoteName(rowColumn)}, * EXCLUDE (file_row_number)
    FROM read_parquet(${quotePath(path)}, file_row_number = true))`
}

/**
 * The SQL of the fold of a row: the first eight hexadecimal digits of the
 * sha256 of the key's decimal text, as a number, modulo `folds`. A row keeps
 * its fold while it keeps its place: rows that are added go behind the others.
 * Rows of one value of `group` have one fold, by that value's text; a row without one is on its own.
 * By `time` folds are as large as each other, fold 0 has the newest rows, and those of one moment are together; rows without one are the oldest.
 */
export function foldExpression({ folds, group, time }: FoldRule): string {
  if (time !== undefined) {
    const rank = `rank() OVER (ORDER BY ${quoteName(time)} DESC NULLS LAST)`
    return `CAST((${rank} - 1) * ${folds} // count(*) OVER () AS INTEGER)`
  }
  const row = `CAST(${rowColumn} AS VARCHAR)`
  const name =
    group === undefined ? row : `coalesce('group ' || CAST(${quoteName(group)} AS VARCHAR), ${row})`
  return `CAST(CAST('0x' || substr(sha256(${name}), 1, 8) AS UBIGINT) % ${folds} AS INTEGER)`
}

/**
 * Writes the feature table: row, fold, the raw columns that models take, the derived features, the target and the weight, in row order.
 * What is read is held against the schema again: a Parquet file may have been
 * changed since `ingest` wrote it.
 *
 * @param paths - `raw`: Parquet of `ingest`; `place`: its name in messages; `output`: where DuckDB writes the table
 * @param options.policy - for cells that do not fit the schema
 * @throws {ToolkitError} `DATA_COLUMN_MISSING` when the raw table lacks a column, `DATA_FILE_INVALID` when one has
 *   another type, `DATA_CELL_INVALID` with the cells that do not fit
 */
export async function buildFeatures(
  database: Database,
  paths: { readonly raw: string; readonly place: string; readonly output: string },
  options: {
    readonly features: readonly Feature[]
    /** The raw columns that features are or are made of; the features when absent. */
    readonly inputs?: readonly ModelInput[]
    readonly target: { readonly name: string; readonly field: Field }
    readonly weight?: { readonly name: string; readonly field: Field }
    readonly folds: FoldRule
    readonly policy: SchemaPolicy
    /** Gives the raw table with some of its features from elsewhere. */
    readonly join?: (raw: string) => Promise<string>
  },
): Promise<{ readonly rows: number; readonly warning: string | undefined }> {
  const raw = rawRelation(paths.raw)
  const { features, inputs = features, target, weight } = options
  const outcome = weight === undefined ? [target] : [target, weight]
  const derived = features.filter(({ expression }) => expression !== undefined)
  const names = [...inputs, ...derived, ...outcome].map(({ name }) => name)
  const warning = checkMisfits(
    await findStoredMisfits(database, paths, [...inputs, ...outcome]),
    options.policy,
  )
  const relation = options.join === undefined ? raw : await options.join(raw)
  const columns = [
    quoteName(rowColumn),
    `${foldExpression(options.folds)} AS ${quoteName(foldColumn)}`,
    ...names.map(quoteName),
  ]
  await database.writeParquet(
    `SELECT ${columns.join(', ')} FROM ${withDerivedFeatures(relation, features, rowColumn)} ORDER BY ${quoteName(rowColumn)}`,
    paths.output,
  )
  const [counted] = await database.query(
    `SELECT count(*) AS n FROM read_parquet(${quotePath(paths.output)})`,
  )
  return { rows: Number(counted?.['n']), warning }
}
