import { largestFloat, type Field, type NumericField } from '../../core/schema.ts'

/**
 * The schema's condition as SQL: true where a value does not fit its field,
 * never null. It agrees with `describeViolation` on every double, and on null.
 *
 * @param value - SQL of type DOUBLE; it occurs several times, so let it be a column
 * @param isModelInput - agrees with `describeInputViolation` instead
 */
export function violationSql(field: Field, value: string, isModelInput = false): string {
  const limits = isModelInput ? [`abs(${value}) <= ${doubleSql(largestFloat)}`] : []
  const fits = [isStorableSql(field, value), ...limits, ...isAdmittedSql(field, value)]
  const isMissing = `${value} IS NULL OR isnan(${value})`
  return `CASE WHEN ${isMissing} THEN ${field.nullable !== true} ELSE NOT (${fits.join(' AND ')}) END`
}

/**
 * True where the column of a table can hold the value without changing it,
 * whether or not the field admits it: finite, and whole where the column is.
 * What is not can be let through by no policy.
 */
export function isStorableSql(field: Field, value: string): string {
  const isFinite = `isfinite(${value})`
  if (storageType(field) === 'DOUBLE') return isFinite
  return `${isFinite} AND ${value} = floor(${value}) AND abs(${value}) <= ${Number.MAX_SAFE_INTEGER}`
}

/** DuckDB's type of the column of a field. */
export function storageType(field: Field): 'BIGINT' | 'DOUBLE' {
  if (field.type === 'number') return 'DOUBLE'
  return field.type === 'category' && !field.levels.every(Number.isSafeInteger)
    ? 'DOUBLE'
    : 'BIGINT'
}

function isAdmittedSql(field: Field, value: string): string[] {
  switch (field.type) {
    case 'boolean':
      return [`${value} IN (0, 1)`]
    case 'category':
      return field.levels.length === 0
        ? ['false']
        : [`${value} IN (${field.levels.map(doubleSql).join(', ')})`]
    case 'integer':
    case 'number':
      return isWithinSql(field, value)
  }
}

function isWithinSql({ min, max }: NumericField, value: string): string[] {
  return [
    ...(min === undefined ? [] : [`${value} >= ${doubleSql(min)}`]),
    ...(max === undefined ? [] : [`${value} <= ${doubleSql(max)}`]),
  ]
}

/** A literal that is this very double: DuckDB reads `0.1` as a decimal. */
function doubleSql(value: number): string {
  return `CAST('${Object.is(value, -0) ? '-0.0' : value}' AS DOUBLE)`
}
