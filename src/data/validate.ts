import type { Database } from './duckdb-store.ts'
import { askExpectation } from './expectations/ask-expectation.ts'
import { answerQuestions } from './expectations/engine/answer-questions.ts'
import type { Asked } from './expectations/engine/asked.ts'
import { keptRows, type RowSource } from './expectations/engine/row-source.ts'
import {
  type Emptiness,
  noteNothingChecked,
  readEmptyPolicy,
} from './expectations/nothing-checked.ts'
import type { JsonObject } from './expectations/outcome.ts'
import { parseResultFormat, type ResultFormatOption } from './expectations/result-settings.ts'
import type { Expectation, Suite, SuiteProblem } from './expectations/suite.ts'
import {
  type Answer,
  createResult,
  summarize,
  type ValidationResult,
} from './expectations/validation-result.ts'
import { ToolkitError } from '../core/errors.ts'
import type { Table } from './table/column.ts'
import { describeTable } from './table/describe-table.ts'
import { readingsOf, type TableReadings } from './table/untyped-columns.ts'

/**
 * Holds a table against a suite and gives Great Expectations' own result, in
 * the suite's order and without anything that changes from run to run.
 *
 * All counts come from one statement for each condition on the rows; rows are
 * sampled only for expectations that rows break. An expectation that cannot be
 * asked of this table, because a column is missing or of another kind, fails
 * alone with `exception_info`.
 *
 * @param options.relation - the table, or what stands after FROM, such as `read_parquet('data/raw/credit.parquet')`
 * @param options.resultFormat - how much each result says; by default 'SUMMARY', with up to 20 unexpected values
 * @param options.parameters - values of the suite's parameters; they win over those of the suite itself
 * @param options.failsOnEmpty - whether an expectation fails that would hold only because nothing was checked: there
 *   are no rows, none that meet its condition, or no value in them; by default what the suite says in
 *   `meta.fail_on_empty`, else it holds with a warning
 * @throws {ToolkitError} `DATA_FILE_INVALID` when the relation cannot be read, `FILE_MISSING`.
 */
export async function validateTable(options: {
  readonly database: Database
  /** The table, or what stands after FROM. */
  readonly relation: string | Table
  readonly suite: Suite
  readonly resultFormat?: ResultFormatOption
  readonly parameters?: JsonObject
  readonly failsOnEmpty?: boolean
}): Promise<ValidationResult> {
  const { database, relation, suite } = options
  const settings = parseResultFormat(options.resultFormat ?? 'SUMMARY')
  const table = typeof relation === 'string' ? await describeTable(database, relation) : relation
  const parameters = { ...suite.suite_parameters, ...options.parameters }
  const readings = readingsOf(table)
  const problems = Map.groupBy(suite.problems ?? [], ({ index }) => index)
  const asked = suite.expectations.map((expectation, index) =>
    ask(expectation, { problems: problems.get(index), readings, parameters }),
  )
  const size = await measureTable(database, table)
  const emptiness = await findEmptiness(database, asked, size)
  const policy = readEmptyPolicy(suite)
  const failsOnEmpty = options.failsOnEmpty ?? policy.failsOnEmpty
  const answers = await answerAll({ database, settings, savesMemory: size === 'large' }, asked)
  const results = suite.expectations.map((expectation, index) =>
    createResult(expectation, index, {
      answer: noteNothingChecked(answers[index]!, { emptiness: emptiness[index], failsOnEmpty }),
      format: settings.result_format,
    }),
  )
  // Much holds of a table without rows only because nothing was checked.
  const warnings = [
    ...(suite.warnings ?? []),
    ...policy.warnings,
    ...(size === 'empty' ? ['the table has no rows'] : []),
  ]
  return summarize(suite, results, { parameters, warnings })
}

type Failed = { readonly error: unknown }

/** Which expectations are asked of no rows. Those about the number of rows or about the columns have something to check even then. */
async function findEmptiness(
  database: Database,
  asked: readonly (Asked | Failed)[],
  size: 'empty' | 'small' | 'large',
): Promise<readonly Emptiness[]> {
  const selects = new Map<string, boolean>()
  const found: Emptiness[] = []
  for (const each of asked) {
    if ('error' in each || each.question.kind === 'shape' || each.domain.length === 0) {
      found.push(undefined)
    } else if (size === 'empty') {
      found.push('no rows')
    } else {
      const { condition } = each.source
      const isMet =
        condition === undefined ||
        (selects.get(condition) ?? (await hasRows(database, each.source)))
      if (condition !== undefined) selects.set(condition, isMet)
      found.push(isMet ? undefined : 'no rows by its condition')
    }
  }
  return found
}

/** Stops at the first row. A condition that cannot be asked is told where it is asked. */
async function hasRows(database: Database, source: RowSource): Promise<boolean> {
  try {
    const found = await database.query(`SELECT 1 FROM ${keptRows(source).relation} LIMIT 1`)
    return found.length > 0
  } catch {
    // Said by the answer of each expectation with this condition.
    return true
  }
}

/** What cannot be asked stays with its expectation. */
function ask(
  expectation: Expectation,
  context: {
    readonly problems: readonly SuiteProblem[] | undefined
    readonly readings: TableReadings
    readonly parameters: JsonObject
  },
): Asked | Failed {
  const { problems = [], readings, parameters } = context
  if (problems.length > 0) {
    const lines = problems.map(({ message, hint }) =>
      hint === undefined ? message : `${message} (${hint})`,
    )
    return { error: new ToolkitError('SUITE_INVALID', lines.join('; ')) }
  }
  try {
    return askExpectation(expectation, readings, parameters)
  } catch (error) {
    if (error instanceof ToolkitError) return { error }
    throw error
  }
}

async function answerAll(
  run: Parameters<typeof answerQuestions>[0],
  asked: readonly (Asked | Failed)[],
): Promise<Answer[]> {
  const fit = asked.filter((each): each is Asked => !('error' in each))
  const answers = await answerQuestions(run, fit)
  let next = 0
  return asked.map((each) => ('error' in each ? each : answers[next++]!))
}

/** From so many rows on, memory counts more than another scan of one column. */
const largeRows = 500_000

async function measureTable(
  database: Database,
  { relation, rows }: Table,
): Promise<'empty' | 'small' | 'large'> {
  if (rows !== undefined && rows > 0) return rows < largeRows ? 'small' : 'large'
  if (rows === 0) return 'empty'
  const found = await database.query(`SELECT 1 FROM ${relation} LIMIT 1`)
  return found.length === 0 ? 'empty' : 'small'
}
