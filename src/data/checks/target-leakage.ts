import { valueOf } from '../table/column.ts'
import { batchColumns } from '../profile/column-batches.ts'
import { type ColumnPower, measurePowers } from './column-power.ts'
import type { CheckLimits, Suspicion } from './training-check.ts'
import type { CountedColumn, TrainingTable } from './training-table.ts'
import { countDistinctWhere } from '../count-where.ts'

/**
 * Features that tell too much: a copy or recoding of the target, or one that
 * predicts it alone, by its values or by being missing.
 */
export async function findLeakage(
  training: TrainingTable,
  limits: CheckLimits,
): Promise<{ readonly found: readonly Suspicion[]; readonly skipped: readonly string[] }> {
  const found: Suspicion[] = []
  const skipped: string[] = []
  const copies = await findCopies(training)
  const powers = await measurePowers(
    training,
    training.features
      .filter(({ column }) => column.family !== 'other' && !copies.includes(column.name))
      .map((feature) => ({ ...feature, isOrdered: isOrdered(feature) })),
  )
  const ofRecurring = await measurePowers(
    training,
    training.features
      .filter((feature) => isRecurring(feature, training) && !copies.includes(feature.column.name))
      .map((feature) => ({ ...feature, isOrdered: false })),
  )
  for (const feature of training.features) {
    const { column } = feature
    if (copies.includes(column.name)) {
      found.push(describeCopy(column.name, training))
    } else if (column.family === 'other') {
      skipped.push(`target_leakage: '${column.name}' is ${column.type}, which no model here takes`)
    } else {
      const power = powers.get(feature.sampled)
      const ordinary = power === undefined ? [] : judgePower(training, column.name, power, limits)
      const byName = ofRecurring.get(feature.sampled)
      const named = byName === undefined ? [] : judgeNames(training, feature, byName, limits)
      found.push(
        ...(named.length > 0 && !(isOrdered(feature) && ordinary.length > 0) ? named : ordinary),
      )
    }
  }
  return { found, skipped }
}

function isOrdered({ column }: CountedColumn): boolean {
  return column.family === 'number' || column.family === 'time'
}

/** Names have more values than these, and categories fewer. */
const leastNames = 50

/** Whether its values may name what several rows are of, such as the customer: whole numbers or texts, of which most come again. */
function isRecurring(
  { column, distinct, present, span }: CountedColumn,
  { rows }: TrainingTable,
): boolean {
  const isName = column.family === 'text' || span !== undefined
  return isName && distinct >= leastNames && distinct <= present / 2 && present > rows / 2
}

/** Rows of one name that have one target: a model that is judged by further rows of it only has to know them again. */
function judgeNames(
  training: TrainingTable,
  { column: { name } }: CountedColumn,
  power: ColumnPower,
  limits: CheckLimits,
): Suspicion[] {
  const [found] = judgePower(training, name, { ...power, byMissing: 0 }, limits)
  if (found === undefined) return []
  const { score } = found.numbers
  return [
    {
      ...found,
      message: `rows of the same '${name}' have nearly the same '${training.target.column.name}': ${power.measure} ${score!.toPrecision(4)} from other rows of it alone`,
      hint: `if '${name}' names whom the rows are of, say group: '${name}' in project.ts, so that models are judged by others than they learnt from, and take it out of the features`,
    },
  ]
}

function judgePower(
  training: TrainingTable,
  name: string,
  power: ColumnPower,
  limits: CheckLimits,
): Suspicion[] {
  const limit = power.measure === 'AUC' ? limits.leakage_auc : limits.leakage_explained_share
  const chance = power.measure === 'AUC' ? 0.5 : 0
  const target = training.target.column.name
  const isTooGood = (score: number): boolean => score >= limit && score - chance > 4 * power.noise
  if (!isTooGood(power.byValue) && !isTooGood(power.byMissing)) return []
  const isByMissing = isTooGood(power.byMissing)
  const score = isByMissing ? power.byMissing : power.byValue
  const subject = isByMissing ? `whether '${name}' is missing` : `'${name}'`
  const limitName = power.measure === 'AUC' ? 'leakage_auc' : 'leakage_explained_share'
  return [
    {
      check: 'target_leakage',
      columns: [name],
      numbers: { score, limit },
      message: `${subject} alone predicts '${target}' too well: ${power.measure} ${score.toPrecision(4)}, at most ${limit} is likely`,
      hint: `ask when '${name}' is known; if only after the outcome, take it out of the features, else raise checks.${limitName}`,
    },
  ]
}

function describeCopy(name: string, { target }: TrainingTable): Suspicion {
  return {
    check: 'target_leakage',
    columns: [name],
    numbers: { score: 1, limit: 1 },
    message: `'${name}' is a copy of the target '${target.column.name}', maybe in other words`,
    hint: `take '${name}' out of the features`,
  }
}

/** Few rows can agree by chance. */
const leastCopyRows = 20

/** Features that are one-to-one with a target of classes, or on one line with a quantity. */
async function findCopies(training: TrainingTable): Promise<string[]> {
  const { target, kind, sampleRows } = training
  if (sampleRows < leastCopyRows || target.distinct < 2) return []
  const isSuspect = ({ column, distinct }: CountedColumn): boolean =>
    kind === 'quantity'
      ? column.family === 'number' && distinct > 2
      : column.family !== 'other' && distinct === target.distinct
  const suspects = training.features.filter(isSuspect)
  const copies: string[] = []
  for (const batch of batchColumns(suspects, 1))
    copies.push(...(await findCopiesAmong(training, batch)))
  return copies
}

/** The squares of 200,000 such numbers have a sum that is finite: DuckDB refuses others. */
const largestSquared = 1e150

async function findCopiesAmong(
  { database, table, target, kind, sample }: TrainingTable,
  suspects: readonly CountedColumn[],
): Promise<string[]> {
  const measured = suspects.map(({ column, sampled }, i) => {
    if (kind === 'quantity') {
      const value = `CAST(${sampled} AS DOUBLE)`
      const isMeasured = `abs(${value}) < ${largestSquared} AND abs(t) < ${largestSquared}`
      return `corr(CASE WHEN ${isMeasured} THEN ${value} END, t) AS c${i}`
    }
    const pair = `row(${valueOf(column)}, ${valueOf(target.column)})`
    return `${countDistinctWhere(pair, `${valueOf(target.column)} IS NOT NULL`)} AS c${i}`
  })
  const from = kind === 'quantity' ? sample : table.relation
  const [row] = await database.query(`SELECT ${measured.join(', ')} FROM ${from}`)
  const isCopy = (i: number): boolean => {
    const value = Number(row?.[`c${i}`])
    return kind === 'quantity' ? Math.abs(value) > 1 - 1e-9 : value === target.distinct
  }
  return suspects.filter((_, i) => isCopy(i)).map(({ column }) => column.name)
}
