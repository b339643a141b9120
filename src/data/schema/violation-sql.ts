import { parseMoment } from '../../core/moment.ts'
import {
  isTimeField,
  largestFloat,
  type Field,
  type ModelField,
  type TextField,
} from '../../core/schema.ts'
import { quoteText } from '../duckdb-store.ts'
import { isMomentSql, momentLiteral } from './datetime-sql.ts'

/**
 * The schema's condition as SQL: true where a value does not fit its field,
 * never null. It agrees with `describeViolation` on every value.
 *
 * @param value - SQL of the field's {@link valueType}; it occurs several times, so let it be a column
 * @param isModelInput - agrees with `describeInputViolation` instead
 */
export function violationSql(field: Field, value: string, isModelInput = false): string {
  const limits = isModelInput && holdsNumbers(field) ? [fitsModelSql(value)] : []
  const fits = [isStorableSql(field, value), ...limits, ...isAdmittedSql(field, value)]
  return `CASE WHEN ${isMissingSql(field, value)} THEN ${field.nullable !== true} ELSE NOT (${fits.join(' AND ')}) END`
}

function fitsModelSql(value: string): string {
  return `abs(${value}) <= ${doubleSql(largestFloat)}`
}

/** True where the value is missing, never null. */
export function isMissingSql(field: Field, value: string): string {
  if (isTimeField(field)) return `(${value} IS NULL)`
  return `(${value} IS NULL OR ${field.type === 'text' ? isBlankSql(value) : `isnan(${value})`})`
}

/** True where a text is nothing but white space. */
export function isBlankSql(text: string): string {
  return `regexp_full_match(${text}, '[\\t\\n\\f\\r ]*')`
}

/**
 * True where the column of a table can hold the value without changing it,
 * whether or not the field admits it: finite, and whole where the column is.
 * What is not can be let through by no policy.
 */
export function isStorableSql(field: Field, value: string): string {
  switch (storageType(field)) {
    case 'VARCHAR':
      return 'true'
    case 'DATE':
      return `${value} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'`
    case 'TIMESTAMP':
      return isMomentSql(value)
    case 'DOUBLE':
      return `isfinite(${value})`
    case 'BIGINT':
      return `isfinite(${value}) AND ${value} = floor(${value}) AND abs(${value}) <= ${Number.MAX_SAFE_INTEGER}`
  }
}

/** DuckDB's type of the stored column of a field. */
export function storageType(field: Field): 'BIGINT' | 'DOUBLE' | 'VARCHAR' | 'DATE' | 'TIMESTAMP' {
  switch (field.type) {
    case 'text':
      return 'VARCHAR'
    case 'date':
      return 'DATE'
    case 'datetime':
      return 'TIMESTAMP'
    case 'number':
      return 'DOUBLE'
    case 'category':
      return field.levels.every(Number.isSafeInteger) ? 'BIGINT' : 'DOUBLE'
    case 'integer':
    case 'boolean':
      return 'BIGINT'
  }
}

/** DuckDB's type of the values that are checked: every number is a double. */
export function valueType(field: Field): 'DOUBLE' | 'VARCHAR' | 'DATE' | 'TIMESTAMP' {
  const type = storageType(field)
  return type === 'BIGINT' ? 'DOUBLE' : type
}

/** What a cell may look like to be a number; DuckDB's own casts would round `1.5` to the integer 2. */
export const numberPattern = String.raw`[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?`

/**
 * SQL of the 1 or 0 that a text of `true` or `false` means, in any case of its letters; null for any other text.
 *
 * @param text - blanks around it are none of it, as they are around numbers
 */
export function truthSql(text: string): string {
  return `CASE lower(trim(${text})) WHEN 'true' THEN 1.0 WHEN 'false' THEN 0.0 END`
}

/**
 * SQL of the day that a text writes as 2025-03-31, null for any other text: what the API takes, which DuckDB's own
 * cast, to which 2025-3-1 and a time are days too, would not be.
 *
 * @param text - blanks around the day are none of it, as they are around numbers
 */
export function daySql(text: string): string {
  return `CASE WHEN regexp_full_match(trim(${text}), '\\d{4}-\\d{2}-\\d{2}') THEN TRY_CAST(trim(${text}) AS DATE) END`
}

/** Whether the cells of a field are numbers. */
export function holdsNumbers(field: Field): field is ModelField {
  return valueType(field) === 'DOUBLE'
}

/** What a field asks beside its type, as conditions that all have to hold: bounds, levels, lengths. */
export function isAdmittedSql(field: Field, value: string): string[] {
  switch (field.type) {
    case 'boolean':
      return [`${value} IN (0, 1)`]
    case 'category':
      return [isAmongSql(value, field.levels.map(doubleSql))]
    case 'integer':
    case 'number':
      return isWithinSql(field, value, doubleSql)
    case 'date':
      return isWithinSql(field, value, (day) => `DATE ${quoteText(day)}`)
    case 'datetime':
      return isWithinSql(field, value, (moment) => momentLiteral(parseMoment(moment) ?? NaN))
    case 'text':
      return isAdmittedTextSql(field, value)
  }
}

function isAdmittedTextSql({ levels, maxLength }: TextField, value: string): string[] {
  return [
    ...(levels === undefined ? [] : [isAmongSql(value, levels.map(quoteText))]),
    ...(maxLength === undefined ? [] : [`length(${value}) <= ${doubleSql(maxLength)}`]),
  ]
}

function isAmongSql(value: string, literals: readonly string[]): string {
  return literals.length === 0 ? 'false' : `${value} IN (${literals.join(', ')})`
}

function isWithinSql<Bound>(
  { min, max }: { readonly min?: Bound; readonly max?: Bound },
  value: string,
  literal: (bound: Bound) => string,
): string[] {
  return [
    ...(min === undefined ? [] : [`${value} >= ${literal(min)}`]),
    ...(max === undefined ? [] : [`${value} <= ${literal(max)}`]),
  ]
}

/** A literal that is this very double: DuckDB reads `0.1` as a decimal. */
export function doubleSql(value: number): string {
  return `CAST('${Object.is(value, -0) ? '-0.0' : value}' AS DOUBLE)`
}
