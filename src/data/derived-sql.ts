import { quoteName } from './duckdb-store.ts'
import type { Expression } from './expressions/expression.ts'
import { isBoolean } from './expressions/sort-of-expression.ts'
import { toSql } from './expressions/to-sql.ts'
import { findColumns } from './expressions/walk-expression.ts'

interface MaybeDerived {
  readonly name: string
  readonly expression?: Expression
}

/** The expressions among features, by name. */
export function derivedExpressions(features: readonly MaybeDerived[]): Record<string, Expression> {
  return Object.fromEntries(
    features.flatMap(({ name, expression }) =>
      expression === undefined ? [] : [[name, expression] as const],
    ),
  )
}

/**
 * The relation with the derived features as columns of 32-bit floats or booleans. They are computed of what a model
 * gets to see of the columns, which is 32-bit floats too: a number that lies at the edge of a bin must not
 * be in another one when it is served.
 *
 * @param key - the column of the relation that names a row
 */
export function withDerivedFeatures(
  relation: string,
  features: readonly MaybeDerived[],
  key: string,
): string {
  const expressions = derivedExpressions(features)
  const columns = Object.values(expressions).flatMap(findColumns)
  if (columns.length === 0) return relation
  const numbers = columns.filter(({ kind }) => kind === 'numberColumn').map(({ name }) => name)
  const seen = [...new Set(numbers)].map((name) => {
    const column = quoteName(name)
    return `CAST(TRY_CAST(CAST(${column} AS DOUBLE) AS FLOAT) AS DOUBLE) AS ${column}`
  })
  const source = `(SELECT ${seen.length === 0 ? '*' : `* REPLACE (${seen.join(', ')})`} FROM ${relation})`
  const made = features.flatMap(({ name, expression }) => {
    if (expression === undefined) return []
    const column = `derived.${quoteName(name)}`
    return isBoolean(expression) ? [column] : [`TRY_CAST(${column} AS FLOAT) AS ${quoteName(name)}`]
  })
  return `(SELECT raw.*, ${made.join(', ')} FROM ${relation} AS raw
    JOIN (${toSql(expressions, source, [key])}) AS derived USING (${quoteName(key)}))`
}
