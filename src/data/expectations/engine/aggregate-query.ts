import type { Cell, Database } from '../../duckdb-store.ts'
import type { Table } from '../../table/column.ts'

/** One cell for each aggregate that an expectation asked for, or why there are none. */
export type Cells = readonly Cell[] | { readonly error: unknown }

/**
 * Computes SQL aggregates over the whole table in one statement, each only once.
 * When that fails, each list is tried alone, so that one bad regular expression
 * or literal is the error of one expectation.
 *
 * @param wanted - one list of aggregates for each expectation
 */
export async function selectAll(
  database: Database,
  table: Table,
  wanted: readonly (readonly string[])[],
): Promise<Cells[]> {
  try {
    const cells = await selectAggregates(database, table, [...new Set(wanted.flat())])
    return wanted.map((aggregates) => pick(cells, aggregates))
  } catch {
    // Whose fault it is shows when each runs alone.
    return selectSingly(database, table, wanted)
  }
}

async function selectSingly(
  database: Database,
  table: Table,
  wanted: readonly (readonly string[])[],
): Promise<Cells[]> {
  const found: Cells[] = []
  for (const aggregates of wanted) {
    try {
      found.push(pick(await selectAggregates(database, table, aggregates), aggregates))
    } catch (error) {
      found.push({ error })
    }
  }
  return found
}

async function selectAggregates(
  database: Database,
  { relation }: Table,
  aggregates: readonly string[],
): Promise<ReadonlyMap<string, Cell>> {
  const cells = new Map<string, Cell>()
  for (const group of groupByMemory(aggregates, relation)) {
    const selected = group.map((sql, i) => `${sql} AS a${i}`)
    const [row] = await database.query(`SELECT ${selected.join(', ')} FROM ${relation}`)
    group.forEach((sql, i) => cells.set(sql, row?.[`a${i}`] ?? null))
  }
  return cells
}

/**
 * Distinct values stand in memory, so each count of them is a statement of its
 * own where scanning one column again costs little, as in Parquet.
 */
function groupByMemory(aggregates: readonly string[], relation: string): (readonly string[])[] {
  if (aggregates.length === 0) return []
  if (!/^(\(SELECT \* FROM )?read_parquet\(/.test(relation)) return [aggregates]
  const small = aggregates.filter((sql) => !isLarge(sql))
  const large = aggregates.filter(isLarge).map((sql) => [sql])
  return small.length === 0 ? large : [small, ...large]
}

function isLarge(sql: string): boolean {
  return sql.includes('count(DISTINCT')
}

function pick(cells: ReadonlyMap<string, Cell>, aggregates: readonly string[]): Cell[] {
  return aggregates.map((sql) => cells.get(sql) ?? null)
}
