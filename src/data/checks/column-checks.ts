import { shownValueOf, valueOf } from '../table/column.ts'
import { showCell } from './key-checks.ts'
import type { Suspicion } from './training-check.ts'
import type { CountedColumn, TrainingTable } from './training-table.ts'

/** Features that (nearly) never change: one value, or nothing, in (nearly) all rows. */
export async function findConstantColumns(
  training: TrainingTable,
  nearConstantShare: number,
): Promise<readonly Suspicion[]> {
  const { database, table, rows, features } = training
  // Whatever fills that share of the rows leaves only so many for other values.
  const mostOthers = rows * (1 - nearConstantShare)
  const suspects = features.filter(
    ({ present, distinct }) => rows - present >= rows - mostOthers || distinct - 1 <= mostOthers,
  )
  if (suspects.length === 0) return []
  const counted = suspects.map(
    ({ column }, i) =>
      `(SELECT arg_max({'n': n, 'v': CAST(v AS VARCHAR)}, n) FROM (SELECT count(*) AS n, any_value(s) AS v
         FROM (SELECT ${valueOf(column)} AS k, ${shownValueOf(column)} AS s FROM ${table.relation})
         WHERE k IS NOT NULL GROUP BY k)) AS c${i}`,
  )
  const selected = suspects.flatMap((_, i) => [`c${i}.n AS n${i}`, `c${i}.v AS s${i}`])
  const [row] = await database.query(
    `SELECT ${selected.join(', ')} FROM (SELECT ${counted.join(', ')})`,
  )
  return suspects.flatMap((suspect, i) => {
    const top = { rows: Number(row?.[`n${i}`] ?? 0), shown: showCell(row?.[`s${i}`]) }
    return describeConstant(suspect, { rows, top, nearConstantShare })
  })
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
