import { type Column, isNumeric, valueOf } from '../table/column.ts'
import { listNames } from './key-checks.ts'
import type { Suspicion } from './training-check.ts'
import type { CountedColumn, TrainingTable } from './training-table.ts'
import { countWhere } from '../count-where.ts'

/**
 * Features that say the same: equal in every row, or the same in other words,
 * such as a code and its label. Columns whose values hardly ever repeat are
 * only held equal, because any two of them can be translated into each other.
 */
export async function findDuplicateColumns(training: TrainingTable): Promise<readonly Suspicion[]> {
  const candidates = training.features.filter(
    ({ column, distinct }) => column.family !== 'other' && distinct > 1,
  )
  const found: Suspicion[] = []
  for (const group of await groupAlike(training, candidates)) {
    found.push(...(await splitGroup(training, group)))
  }
  return found
}

const sampledRows = 1000

/** Columns that are one-to-one in a sample; those that differ there differ in the whole. */
async function groupAlike(
  { database, sample, rows }: TrainingTable,
  columns: readonly CountedColumn[],
): Promise<readonly (readonly CountedColumn[])[]> {
  if (columns.length < 2) return []
  const values = columns.map(
    ({ column, sampled }) => `${comparable(column, sampled)} AS ${sampled}`,
  )
  const drawn = await database.query(
    `SELECT ${values.join(', ')} FROM ${sample}
     ORDER BY (position * 2654435761) % 4294967296, position LIMIT ${sampledRows}`,
  )
  const groups = new Map<string, CountedColumn[]>()
  for (const counted of columns) {
    const cells = drawn.map((row) => row[counted.sampled] ?? null)
    const { distinct, present } = counted
    const isRecodable = canBeRecoded(counted, rows)
    const signature = isRecodable ? numberByFirst(cells) : cells
    const key = JSON.stringify([distinct, present, isRecodable, signature.map(String)])
    groups.set(key, [...(groups.get(key) ?? []), counted])
  }
  return [...groups.values()].filter((group) => group.length > 1)
}

/** Repetitions that must agree before two columns count as the same in other words. */
const leastRepetitions = 20

function canBeRecoded({ distinct, present }: CountedColumn, rows: number): boolean {
  return present - distinct >= Math.max(leastRepetitions, rows / 10)
}

/** Numbers of any type as one type, so that 1 and 1.0 are equal. */
function comparable(column: Column, sql: string): string {
  return `CAST(${isNumeric(column) ? `CAST(${sql} AS DOUBLE)` : sql} AS VARCHAR)`
}

/** Each value as the number of values before it first came: equal for columns that are one-to-one. */
function numberByFirst(cells: readonly unknown[]): number[] {
  const numbers = new Map<unknown, number>()
  return cells.map((cell) => {
    const known = numbers.get(cell) ?? numbers.size
    numbers.set(cell, known)
    return known
  })
}

/** Being one-to-one is transitive: each column of the group is held against the first of its kind. */
async function splitGroup(
  training: TrainingTable,
  group: readonly CountedColumn[],
): Promise<Suspicion[]> {
  const found: Suspicion[] = []
  let rest = group
  while (rest.length > 1) {
    const [first, ...others] = rest
    const relations = await compareColumns(training, first!, others)
    const same = others.filter((_, i) => relations[i] !== 'different')
    if (same.length > 0) {
      const isEqual = relations.every((relation) => relation !== 'recoded')
      found.push(describeDuplicates([first!, ...same], isEqual))
    }
    rest = others.filter((_, i) => relations[i] === 'different')
  }
  return found
}

async function compareColumns(
  { database, table, rows }: TrainingTable,
  first: CountedColumn,
  others: readonly CountedColumn[],
): Promise<readonly ('equal' | 'recoded' | 'different')[]> {
  const value = valueOf(first.column)
  const isRecodable = canBeRecoded(first, rows)
  const aggregates = others.flatMap(({ column }, i) => {
    const differ = `${comparable(first.column, value)} IS DISTINCT FROM ${comparable(column, valueOf(column))}`
    return [
      `${countWhere(differ)} AS d${i}`,
      ...(isRecodable ? [`count(DISTINCT row(${value}, ${valueOf(column)})) AS p${i}`] : []),
    ]
  })
  const [row] = await database.query(`SELECT ${aggregates.join(', ')} FROM ${table.relation}`)
  const pairs = first.distinct + (first.present < rows ? 1 : 0)
  return others.map((_, i) => {
    if (Number(row?.[`d${i}`]) === 0) return 'equal'
    return isRecodable && Number(row?.[`p${i}`]) === pairs ? 'recoded' : 'different'
  })
}

function describeDuplicates(columns: readonly CountedColumn[], isEqual: boolean): Suspicion {
  const names = columns.map(({ column }) => column.name)
  return {
    check: 'duplicate_columns',
    columns: names,
    numbers: { columns: names.length },
    message: `${listNames(names)} ${isEqual ? 'are equal in every row' : 'say the same in other words: each value of one goes with one of the others'}`,
    hint: `keep '${names[0]}' and take the rest out of the features`,
  }
}
