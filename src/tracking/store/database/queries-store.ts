import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import type { Row, SqlValue } from './tracking-database-store.ts'

/** What is asked of a connection, each text prepared once. */
export interface Queries {
  rows(sql: string, values: readonly SqlValue[]): Row[]
  /** As `rows`, each as the list of its columns: three times as fast, for what is read by the ten thousands. */
  tuples(sql: string, values: readonly SqlValue[]): SQLOutputValue[][]
  row(sql: string, values: readonly SqlValue[]): Row | undefined
  change(sql: string, values: readonly SqlValue[]): number
}

export function createQueries(connection: DatabaseSync): Queries {
  const prepare = createStatements(connection, { returnArrays: false })
  const prepareTuples = createStatements(connection, { returnArrays: true })
  return {
    rows: (sql, values) => prepare(sql).all(...values),
    tuples: (sql, values) =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `returnArrays` says, node's types do not
      prepareTuples(sql).all(...values) as unknown as SQLOutputValue[][],
    row: (sql, values) => prepare(sql).get(...values),
    change: (sql, values) => Number(prepare(sql).run(...values).changes),
  }
}

function createStatements(
  connection: DatabaseSync,
  options: { readonly returnArrays: boolean },
): (sql: string) => StatementSync {
  const statements = new Map<string, StatementSync>()
  return (sql) => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = connection.prepare(sql)
    statement.setReturnArrays(options.returnArrays)
    // Searches make their own texts: a bound keeps a long-lived server small.
    if (statements.size > 200) statements.clear()
    statements.set(sql, statement)
    return statement
  }
}
