import { join } from 'node:path'
import { ToolkitError } from '../core/errors.ts'
import { shortenText } from '../core/format-number.ts'
import { nameHint } from '../core/nearest.ts'
import { ownMember } from '../core/own-member.ts'
import { type Field } from '../core/schema.ts'
import { quoteName, type Database } from '../data/duckdb-store.ts'
import { foldColumn, foldedRelation, rowColumn } from '../data/features.ts'
import {
  sliceByLevels,
  sliceByNumbers,
  type SliceColumn,
  type SliceSpec,
} from '../training/slices.ts'
import { foldRuleOf } from './fold-rule.ts'
import { layoutOf, parametersFile } from './layout.ts'
import type { StepContext } from './step.ts'

/**
 * Reads how the test rows are told apart, from the raw table: a column by which
 * models are judged is often one that they may not use.
 *
 * @returns the columns in the order of params.yaml, rows as in `readFeatures`
 * @throws {ToolkitError} `CONFIG_INVALID` when `evaluate.slices` names columns that there are not or that cannot be
 *   told apart so; all at once
 */
export async function readSlices(
  context: StepContext,
  database: Database,
): Promise<readonly SliceColumn[]> {
  const { project, directory, parameters } = context
  const { slices } = parameters.evaluate
  checkSpecs(slices, project.schema.fields)
  const raw = foldedRelation(join(directory, layoutOf(project.name).raw), foldRuleOf(context))
  const testRows = `(SELECT * FROM ${raw} WHERE ${quoteName(foldColumn)} = ${parameters.split.test_fold})`
  const columns: SliceColumn[] = []
  for (const [column, spec] of Object.entries(slices)) {
    columns.push(
      spec === 'levels'
        ? await readLevels(database, testRows, column)
        : sliceByNumbers(column, await readNumbers(database, testRows, quoteName(column)), spec),
    )
  }
  return columns
}

function checkSpecs(
  slices: Readonly<Record<string, SliceSpec>>,
  fields: Readonly<Record<string, Field>>,
): void {
  const names = Object.keys(fields)
  const problems = Object.entries(slices).flatMap(([column, spec]) => {
    const field = ownMember(fields, column)
    if (field === undefined) {
      const hint = nameHint(column, names, 'columns')
      return [{ what: `there is no column '${column}'`, hint }]
    }
    if (spec === 'levels' || field.type === 'integer' || field.type === 'number') return []
    return [{ what: `'${column}' is ${field.type}`, hint: `write '${column}: levels'` }]
  })
  if (problems.length === 0) return
  const shown = problems.slice(0, 20)
  throw new ToolkitError(
    'CONFIG_INVALID',
    `${parametersFile}, evaluate.slices: ${shown.map(({ what }) => what).join('; ')}`,
    { hint: shown.map(({ hint }) => hint).join('; ') },
  )
}

/** More slices than these say nothing. */
const mostLevels = 50
const longestLevel = 60

async function readLevels(
  database: Database,
  testRows: string,
  column: string,
): Promise<SliceColumn> {
  const name = quoteName(column)
  const found = await database.query(
    `SELECT DISTINCT ${name} AS level, CAST(${name} AS VARCHAR) AS text FROM ${testRows}
     WHERE ${name} IS NOT NULL ORDER BY level LIMIT ${mostLevels + 1}`,
  )
  if (found.length > mostLevels) {
    throw new ToolkitError(
      'CONFIG_INVALID',
      `${parametersFile}, evaluate.slices: '${column}' has more than ${mostLevels} values`,
      { hint: `write a number of bins or edges for '${column}', or leave it out` },
    )
  }
  const codes = await readNumbers(
    database,
    testRows,
    `CASE WHEN ${name} IS NOT NULL THEN dense_rank() OVER (ORDER BY ${name} NULLS LAST) - 1 END`,
  )
  // Names of slices go to terminals and pages.
  const levels = found.map(({ text }) =>
    shortenText(String(text).replaceAll(/\p{Cc}/gu, '\ufffd'), longestLevel),
  )
  return sliceByLevels(column, levels, codes)
}

/** One number a test row, in the order of the rows. */
async function readNumbers(
  database: Database,
  testRows: string,
  expression: string,
): Promise<Float64Array> {
  const columns = await database.queryNumbers(
    `SELECT ${expression} AS value FROM ${testRows} ORDER BY ${quoteName(rowColumn)}`,
  )
  return columns.get('value')!
}
