import { batchColumns } from '../profile/column-batches.ts'
import { shownValueOf, valueOf } from '../table/column.ts'
import { showCell } from './key-checks.ts'
import type { Suspicion } from './training-check.ts'
import type { CountedColumn, TrainingTable } from './training-table.ts'

/** Features that (nearly) never change: one value, or nothing, in (nearly) all rows. */
export async function findConstantColumns(
  training: TrainingTable,
  nearConstantShare: number,
): Promise<readonly Suspicion[]> {
  const { rows, features } = training
  // Whatever fills that share of the rows leaves only so many for other values.
  const mostOthers = rows * (1 - nearConstantShare)
  const suspects = features.filter(
    ({ present, distinct }) => rows - present >= rows - mostOthers || distinct - 1 <= mostOthers,
  )
  const found: Suspicion[] = []
  for (const batch of batchColumns(suspects, 1)) {
    const tops = await countTops(training, batch)
    for (const [i, suspect] of batch.entries()) {
      found.push(...describeConstant(suspect, { rows, top: tops[i]!, nearConstantShare }))
    }
  }
  return found
}

/** The most common value of each column, as it is shown, and its rows. */
async function countTops(
  { database, table }: TrainingTable,
  suspects: readonly CountedColumn[],
): Promise<readonly { readonly rows: number; readonly shown: string }[]> {
  const counted = suspects.flatMap(({ column }, i) => [
    `list_max(map_values(histogram(${valueOf(column)}))) AS n${i}`,
    `CAST(mode(${shownValueOf(column)}) AS VARCHAR) AS s${i}`,
  ])
  const [row] = await database.query(`SELECT ${counted.join(', ')} FROM ${table.relation}`)
  return suspects.map((_, i) => ({
    rows: Number(row?.[`n${i}`] ?? 0),
    shown: showCell(row?.[`s${i}`]),
  }))
}

function describeConstant(
  { column: { name }, present }: CountedColumn,
  found: {
    readonly rows: number
    readonly top: { readonly rows: number; readonly shown: string }
    readonly nearConstantShare: number
  },
): Suspicion[] {
  const { rows, top, nearConstantShare } = found
  const missing = rows - present
  const same = Math.max(missing, top.rows)
  if (same / rows < nearConstantShare) return []
  const state = missing >= top.rows ? 'is missing' : `is ${top.shown}`
  const extent = same === rows ? 'every row' : `all rows but ${rows - same} of ${rows}`
  return [
    {
      check: 'constant_columns',
      columns: [name],
      numbers: { share: same / rows },
      message: `'${name}' ${state} in ${extent}`,
      hint: `take '${name}' out of the features, or look why it does not change`,
    },
  ]
}
