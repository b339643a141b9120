import { valueOf } from '../table/column.ts'
import { measurePowers } from './column-power.ts'
import { countRows, showCell } from './key-checks.ts'
import type { Suspicion, TrainingCheck } from './training-check.ts'
import type { CountedColumn, TrainingTable } from './training-table.ts'

/** Rows without a target, or with an infinite one: nothing can be learnt from them. */
export async function findMissingTarget(training: TrainingTable): Promise<readonly Suspicion[]> {
  const { database, table, rows, target, kind } = training
  const { column, present } = target
  const isFloat = column.type === 'DOUBLE' || column.type === 'FLOAT'
  let infinite = 0
  if (isFloat && kind === 'quantity') {
    const [row] = await database.query(
      `SELECT count(*) FILTER (isinf(${valueOf(column)})) AS n FROM ${table.relation}`,
    )
    infinite = Number(row?.['n'])
  }
  const missing = rows - present
  if (missing + infinite === 0) return []
  const parts = [
    ...(missing > 0 ? [`missing in ${countRows(missing)}`] : []),
    ...(infinite > 0 ? [`infinite in ${countRows(infinite)}`] : []),
  ]
  return [
    describe('missing_target', training, {
      numbers: { missing, infinite },
      message: `the target '${column.name}' is ${parts.join(' and ')} of ${rows}`,
      hint: 'leave these rows out of the training, or find their targets',
    }),
  ]
}

/** A target that never changes. */
export function findSingleClass(training: TrainingTable): readonly Suspicion[] {
  const { column, distinct } = training.target
  if (distinct > 1) return []
  return [
    describe('single_class_target', training, {
      numbers: { classes: distinct },
      message: `the target '${column.name}' has ${distinct === 0 ? 'no value' : 'one value'} in all rows`,
      hint: 'check how the rows were selected: without two outcomes there is nothing to tell apart',
    }),
  ]
}

/** A class below both is too rare: to be split, and to be learnt. */
const leastClassRows = 20
const leastClassShare = 0.002

/** Classes with so few rows that their scores are chance. */
export async function findRareClasses(training: TrainingTable): Promise<readonly Suspicion[]> {
  const { database, table, target, kind } = training
  if (kind === 'quantity' || target.distinct < 2) return []
  const value = valueOf(target.column)
  const least = Math.max(leastClassRows, target.present * leastClassShare)
  const rare = await database.query(
    `SELECT CAST(${value} AS VARCHAR) AS class, count(*) AS n FROM ${table.relation}
     WHERE ${value} IS NOT NULL GROUP BY 1 HAVING count(*) < ${least} ORDER BY n, class`,
  )
  return rare.map((row) =>
    describe('rare_class', training, {
      numbers: { rows: Number(row['n']), share: Number(row['n']) / target.present },
      message: `the class ${showCell(row['class'])} of '${target.column.name}' has only ${countRows(Number(row['n']))} of ${target.present}`,
      hint: 'collect more of it, or join it with another class',
    }),
  )
}

/** How many interquartile ranges beyond the quartiles a value lies 'far out'. [Tukey 1977] */
const farOut = 3

/**
 * Values of a quantity that lie far out, and still do on a logarithmic scale
 * where all are above 0: incomes and prices have long tails by nature.
 */
export async function findTargetOutliers(training: TrainingTable): Promise<readonly Suspicion[]> {
  const { database, table, target, kind } = training
  if (kind !== 'quantity') return []
  const t = `CAST(${valueOf(target.column)} AS DOUBLE)`
  const finite = `SELECT ${t} AS t FROM ${table.relation} WHERE isfinite(${t})`
  const [quartiles] = await database.query(
    `SELECT quantile_cont(t, 0.25) AS q1, quantile_cont(t, 0.75) AS q3, min(t) AS least FROM (${finite})`,
  )
  const [low, high] = fencesOf(
    Number(quartiles?.['q1']),
    Number(quartiles?.['q3']),
    Number(quartiles?.['least']) > 0,
  )
  if (low === high) return []
  const [row] = await database.query(
    `SELECT count(*) AS n, min(t) AS least, max(t) AS greatest FROM (${finite})
     WHERE NOT (t BETWEEN CAST(? AS DOUBLE) AND CAST(? AS DOUBLE))`,
    // As texts: the driver takes whole numbers for integers, of 64 bits at most.
    [String(low), String(high)],
  )
  const count = Number(row?.['n'])
  if (count === 0) return []
  return [
    describe('target_outliers', training, {
      numbers: { rows: count, low, high },
      message: `the target '${target.column.name}' is far out in ${countRows(count)}: from ${String(row?.['least'])} to ${String(row?.['greatest'])}, where ${low.toPrecision(4)} to ${high.toPrecision(4)} is usual`,
      hint: 'look at these rows: mend what was mistyped, or train on a logarithm',
    }),
  ]
}

/** The least and the greatest usual value; equal when the quartiles are, and nothing can be told. */
function fencesOf(q1: number, q3: number, isPositive: boolean): readonly [number, number] {
  const range = q3 - q1
  if (!(range > 0)) return [0, 0]
  const plain = [q1 - farOut * range, q3 + farOut * range] as const
  if (!isPositive) return plain
  const ratio = (q3 / q1) ** farOut
  return [Math.min(plain[0], q1 / ratio), Math.max(plain[1], q3 * ratio)]
}

const leastRows = 30
const leastMinorRows = 5
/** Share of neighbours that may break the order of a file that is sorted all the same. */
const disorder = 0.001

/** A file in the order of its target: whoever takes its last rows for the test gets one kind only. */
export async function findSorting(training: TrainingTable): Promise<readonly Suspicion[]> {
  const { database, table, target, kind } = training
  if (target.present < leastRows || target.distinct < 2) return []
  const value = valueOf(target.column)
  const [row] = await database.query(
    `SELECT count(*) FILTER (t > before) AS up, count(*) FILTER (t < before) AS down FROM (
       SELECT t, lag(t) OVER (ORDER BY p) AS before
       FROM (SELECT row_number() OVER () AS p, ${value} AS t FROM ${table.relation}) WHERE t IS NOT NULL)`,
  )
  const [up, down] = [Number(row?.['up']), Number(row?.['down'])]
  const allowed = Math.floor(disorder * target.present)
  const isSorted =
    kind === 'quantity'
      ? Math.min(up, down) <= allowed && up + down >= leastMinorRows
      : up + down < target.distinct + allowed && (await hasMinorRows(training))
  if (!isSorted) return []
  return [
    describe('sorted_by_target', training, {
      numbers: { up, down },
      message: `the rows stand in the order of the target '${target.column.name}': it changes ${up + down} times in ${target.present} rows`,
      hint: 'split by a hash of the key, not by position, and shuffle before training in batches',
    }),
  ]
}

/** With very few rows of another class than the largest, they stand together by chance. */
async function hasMinorRows({ database, table, target }: TrainingTable): Promise<boolean> {
  const value = valueOf(target.column)
  const [row] = await database.query(
    `SELECT max(n) AS most FROM (SELECT count(*) AS n FROM ${table.relation}
     WHERE ${value} IS NOT NULL GROUP BY ${value})`,
  )
  return target.present - Number(row?.['most']) >= leastMinorRows
}

/** What an index that knows nothing of the target stays below. */
const indexLimits = { AUC: 0.65, 'explained share': 0.2 } as const

/** Counters, such as ids, that predict the target: it then depends on the order of recording. */
export async function findIndexCorrelation(training: TrainingTable): Promise<readonly Suspicion[]> {
  const found: Suspicion[] = []
  const counters = [...training.keys, ...training.features]
    .filter((each) => isCounter(each, training.rows))
    .map((each) => ({ ...each, isOrdered: true }))
  const powers = await measurePowers(training, counters)
  for (const column of counters) {
    const power = powers.get(column.sampled)
    if (power === undefined) continue
    const limit = indexLimits[power.measure]
    const chance = power.measure === 'AUC' ? 0.5 : 0
    if (power.byValue < limit || power.byValue - chance <= 4 * power.noise) continue
    const { name } = column.column
    found.push({
      check: 'index_correlation',
      columns: [name],
      numbers: { score: power.byValue, limit },
      message: `'${name}' counts rows and yet predicts the target '${training.target.column.name}': ${power.measure} ${power.byValue.toPrecision(4)}`,
      hint: `look how the rows were put in order, keep the counter out of the features, and if it counts time say time: '${name}' in project.ts, so that the newest rows are held out`,
    })
  }
  return found
}

/** An integer that is different in every row, with few gaps. */
function isCounter({ present, distinct, span }: CountedColumn, rows: number): boolean {
  return span !== undefined && present === rows && distinct === rows && span < 2 * rows
}

function describe(
  check: TrainingCheck,
  { target }: TrainingTable,
  rest: Pick<Suspicion, 'numbers' | 'message' | 'hint'>,
): Suspicion {
  return { check, columns: [target.column.name], ...rest }
}
