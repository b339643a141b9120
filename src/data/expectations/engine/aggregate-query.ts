import type { Cell, Database } from '../../duckdb-store.ts'
import type { Table } from '../../table/column.ts'

/** One cell for each aggregate that an expectation asked for, or why there are none. */
export type Cells = readonly Cell[] | { readonly error: unknown }

/** The rows, and how a statement about them is cut. */
export interface AggregateSource {
  readonly database: Database
  readonly table: Table
  /**
   * Whether each count of distinct values, which stand in memory, is a statement
   * of its own: worth it for many rows where scanning one column again costs little.
   */
  readonly savesMemory: boolean
}

/**
 * Computes SQL aggregates over the whole table in one statement for each 500, each only once.
 * When that fails, each list is tried alone, so that one bad regular expression
 * or literal is the error of one expectation.
 *
 * @param wanted - one list of aggregates for each expectation
 */
export async function selectAll(
  source: AggregateSource,
  wanted: readonly (readonly string[])[],
): Promise<Cells[]> {
  try {
    const cells = await selectAggregates(source, [...new Set(wanted.flat())])
    return wanted.map((aggregates) => pick(cells, aggregates))
  } catch {
    // Whose fault it is shows when each runs alone.
    return selectSingly(source, wanted)
  }
}

async function selectSingly(
  source: AggregateSource,
  wanted: readonly (readonly string[])[],
): Promise<Cells[]> {
  const found: Cells[] = []
  for (const aggregates of wanted) {
    try {
      found.push(pick(await selectAggregates(source, aggregates), aggregates))
    } catch (error) {
      found.push({ error })
    }
  }
  return found
}

async function selectAggregates(
  { database, table, savesMemory }: AggregateSource,
  aggregates: readonly string[],
): Promise<ReadonlyMap<string, Cell>> {
  const cells = new Map<string, Cell>()
  if (aggregates.length === 0) return cells
  const groups = savesMemory ? Map.groupBy(aggregates, distinctIn).values() : [aggregates]
  for (const group of [...groups].flatMap(partAggregates)) {
    const selected = group.map((sql, i) => `${sql} AS a${i}`)
    const [row] = await database.query(`SELECT ${selected.join(', ')} FROM ${table.relation}`)
    group.forEach((sql, i) => cells.set(sql, row?.[`a${i}`] ?? null))
  }
  return cells
}

/** Twice as many in one statement take more than twice as long, as there are of a table of many columns. */
const aggregatesAtOnce = 500

function partAggregates(aggregates: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(aggregates.length / aggregatesAtOnce) }, (_, i) =>
    aggregates.slice(i * aggregatesAtOnce, (i + 1) * aggregatesAtOnce),
  )
}

/** What is counted without repeats; `undefined` for aggregates that need little memory. */
function distinctIn(sql: string): string | undefined {
  return /count\(DISTINCT .*/s.exec(sql)?.[0]
}

function pick(cells: ReadonlyMap<string, Cell>, aggregates: readonly string[]): Cell[] {
  return aggregates.map((sql) => cells.get(sql) ?? null)
}
