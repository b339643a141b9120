/** SQL of the rows of a scored file: checked, scored, rejected, counted. */

import { defaultThreshold, type ClassCosts } from '../../core/called-class.ts'
import { outputWidth, type ModelOutput } from '../../core/predictor.ts'
import type { FieldPolicy, PolicyAction } from '../../core/field-policy.ts'
import { isPlainText, type InputField } from '../../core/input-field.ts'
import { describeField } from '../../core/schema.ts'
import { quoteName, quoteText } from '../../data/duckdb-store.ts'
import { inputSql } from '../../data/input-sql.ts'
import { isUnfitSql, type CheckedColumn } from '../../data/schema/find-misfits.ts'
import { isPassedSql, settledSql, settledTextSql } from '../../data/schema/policy-sql.ts'
import { freeName, type Table } from '../../data/table/column.ts'
import { countWhere } from '../../data/count-where.ts'

/** A column of the model in the file. */
export interface ScoredColumn extends CheckedColumn {
  readonly field: InputField
  readonly policy: FieldPolicy | undefined
  /** Whether the model takes its numbers in 64 bits. */
  readonly takesDoubles?: true | undefined
}

/** The rows of a file and how the model reads them. */
export interface ScoredTable {
  readonly table: Table
  readonly columns: readonly ScoredColumn[]
}

/** Name of the function that scores a row: whether to leave it out, and its cells. */
export const scoreFunction = 'mlpt_score'

/**
 * Selects keys and predictions, a row for each row of the file, in its order.
 *
 * @param output.named - names of the numbers of the score function's lists
 * @param output.hasUnfit - whether rows that do not fit have a row too, without a prediction
 */
export function selectScores(
  { table, columns }: ScoredTable,
  output: {
    readonly of: ModelOutput
    readonly keys: readonly string[]
    readonly named: readonly string[]
    readonly hasUnfit: boolean
  },
): string {
  const { keys, named, hasUnfit } = output
  const inputs = columns.map(({ field, policy, takesDoubles }, i) => {
    if (isPlainText(field)) {
      const text = policy === undefined ? `v${i}` : settledTextSql(field, policy, `v${i}`)
      return `coalesce(CASE WHEN NOT u THEN ${text} END, '')`
    }
    const value =
      policy === undefined ? inputSql(`v${i}`, field) : settledSql(field, policy, `v${i}`)
    const type = takesDoubles === true ? 'DOUBLE' : 'FLOAT'
    // A row that does not fit has no inputs, else a number beyond floats would stop the cast.
    return `coalesce(CAST(CASE WHEN u THEN NULL ELSE coalesce(CAST(${value} AS DOUBLE), 'nan'::DOUBLE) END AS ${type}), 'nan'::${type})`
  })
  const rows = `(${checkedRows({ table, columns }, keys)})${hasUnfit ? '' : ' WHERE NOT u'}`
  const scored = `SELECT * EXCLUDE (u), ${scoreFunction}(CAST(u AS FLOAT), ${inputs.join(', ')}) AS s FROM ${rows}`
  const written = [
    ...renameKept(keys),
    ...selectOutput(output.of, named),
    ...named.map((name, i) => `s[${i + 1}] AS ${quoteName(name)}`).slice(outputWidth(output.of)),
  ]
  return `SELECT ${written.join(', ')} FROM (${scored})`
}

/** What the model gives, which computes in 32-bit floats. */
function selectOutput(output: ModelOutput, named: readonly string[]): readonly string[] {
  if (output.kind !== 'classes') {
    const given = `CAST(s[1] AS FLOAT) AS ${quoteName(named[0]!)}`
    if (output.kind === 'probability') {
      const from = output.threshold ?? defaultThreshold
      return [given, `CAST(s[1] >= ${from}::DOUBLE AS TINYINT) AS prediction`]
    }
    const { radius } = output.interval ?? {}
    return radius === undefined
      ? [given]
      : [given, `s[1] - ${radius}::DOUBLE AS lower`, `s[1] + ${radius}::DOUBLE AS upper`]
  }
  const { classes, costs } = output
  // A column has one type: where one class is a text, all are.
  const areTexts = classes.some((name) => typeof name === 'string')
  const texts = classes.map((name) => (areTexts ? quoteText(String(name)) : String(name)))
  // The first of the best.
  const weighed = costs === undefined ? `s[1:${classes.length}]` : expectedCosts(costs)
  const best = `list_position(${weighed}, list_${costs === undefined ? 'max' : 'min'}(${weighed}))`
  return [
    ...classes.map((_, k) => `CAST(s[${k + 1}] AS FLOAT) AS ${quoteName(named[k]!)}`),
    `[${texts.join(', ')}][${best}] AS prediction`,
  ]
}

/** Of calling each class, summed in the order in which servers sum. */
function expectedCosts(costs: ClassCosts): string {
  const sums = costs.map((_, j) =>
    costs.map((row, i) => `s[${i + 1}] * ${row[j]}::DOUBLE`).join(' + '),
  )
  return `[${sums.join(', ')}]`
}

/**
 * Selects the rows that do not fit, with all columns of the file and one more, `mlpt_reasons`: a JSON list of the
 * cells that do not fit, what they are and what was expected.
 */
export function selectRejected(scored: ScoredTable): string {
  const names = scored.table.columns.map(({ name }) => name)
  const reasons = scored.columns.map((column, i) => {
    const head = JSON.stringify({
      column: column.name,
      expected: describeField(column.field),
    }).slice(0, -1)
    const cell = `coalesce(CAST(to_json(t${i}) AS VARCHAR), 'null')`
    return `CASE WHEN ${isUnfitSql(column, i)} THEN ${quoteText(`${head},"value":`)} || ${cell} || '}' END`
  })
  const written = [
    ...renameKept(names),
    `'[' || concat_ws(',', ${reasons.join(', ')}) || ']' AS ${freeName(names, 'mlpt_reasons')}`,
  ]
  return `SELECT ${written.join(', ')} FROM (${checkedRows(scored, names)}) WHERE u`
}

/** What became of the cells of a file. */
export interface CountedRows {
  readonly unfitRows: number
  /** Cells that were let through in the rows that were scored, in the order of the columns. */
  readonly warnings: readonly {
    readonly column: string
    readonly policy: 'impute' | 'warn'
    readonly count: number
  }[]
}

/** Selects one row, for {@link readCounts}. */
export function selectCounts(scored: ScoredTable): string {
  const passed = listPassing(scored.columns).map(
    ({ condition }, n) => `${countWhere(`NOT u AND ${condition}`)} AS c${n}`,
  )
  const counts = [`${countWhere('u')} AS unfit`, ...passed]
  return `SELECT ${counts.join(', ')} FROM (${checkedRows(scored, [])})`
}

export function readCounts(
  counted: Readonly<Record<string, unknown>> | undefined,
  { columns }: ScoredTable,
): CountedRows {
  const warnings = listPassing(columns).map(({ column, policy }, n) => ({
    column,
    policy,
    count: Number(counted?.[`c${n}`]),
  }))
  return {
    unfitRows: Number(counted?.['unfit']),
    warnings: warnings.filter(({ count }) => count > 0),
  }
}

const passingActions = ['impute', 'warn'] as const satisfies readonly PolicyAction[]

function listPassing(columns: readonly ScoredColumn[]) {
  return columns.flatMap(({ name, field, policy }, i) =>
    policy === undefined
      ? []
      : passingActions.map((by) => ({
          column: name,
          policy: by,
          condition: isPassedSql(field, policy, { value: `v${i}`, by }),
        })),
  )
}

/** Columns of the file as `k0`, `k1`, …, values as `v0`, …, texts as `t0`, …, and `u`: whether the row does not fit. */
function checkedRows({ table, columns }: ScoredTable, kept: readonly string[]): string {
  const cells = columns.flatMap(({ text, value }, i) => [`${value} AS v${i}`, `${text} AS t${i}`])
  const unfit = columns.map((column, i) => isUnfitSql(column, i)).join(' OR ')
  const selected = [...kept.map((name, i) => `${quoteName(name)} AS k${i}`), ...cells]
  return `SELECT *, (${unfit}) AS u FROM (SELECT ${selected.join(', ')} FROM ${table.relation})`
}

function renameKept(names: readonly string[]): readonly string[] {
  return names.map((name, i) => `k${i} AS ${quoteName(name)}`)
}
