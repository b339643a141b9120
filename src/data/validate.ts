import { ToolkitError } from '../core/errors.ts'
import type { Cell, Database } from './duckdb-store.ts'
import { type Cells, selectAll } from './expectations/aggregate-query.ts'
import { expectationTypes } from './expectations/catalogue.ts'
import type { Question, RowQuestion } from './expectations/expectation-type.ts'
import { describeRows, judgeRows, type Outcome, type ResultFormat } from './expectations/outcome.ts'
import { listRowAggregates, sampleRows } from './expectations/row-query.ts'
import type { Expectation, Suite } from './expectations/suite.ts'
import type { Table } from './table/column.ts'
import { describeTable } from './table/describe-table.ts'
import {
  type Answer,
  createResult,
  type ExpectationResult,
  summarize,
  type ValidationResult,
} from './expectations/validation-result.ts'

/**
 * Holds a table against a suite and gives Great Expectations' own result, in
 * the suite's order and without anything that changes from run to run.
 *
 * All counts come from one statement; rows are sampled only for expectations
 * that rows break. An expectation that cannot be asked of this table, because
 * a column is missing or of another kind, fails alone with `exception_info`.
 *
 * @param options.relation - what stands after FROM, such as `read_parquet('data/raw/credit.parquet')`
 * @param options.resultFormat - how much each result says; by default 'SUMMARY', with up to 20 unexpected values
 * @throws {ToolkitError} `DATA_FILE_INVALID` when the relation cannot be read.
 */
export async function validateTable(options: {
  readonly database: Database
  readonly relation: string
  readonly suite: Suite
  readonly resultFormat?: ResultFormat
}): Promise<ValidationResult> {
  const { database, relation, suite, resultFormat: format = 'SUMMARY' } = options
  const table = await describeTable(database, relation)
  const questions = suite.expectations.map((expectation) => ask(expectation, table))
  const counted = await selectAll(database, table, questions.map(listAggregates))
  const run = { database, table, format }
  const results: ExpectationResult[] = []
  for (const [index, expectation] of suite.expectations.entries()) {
    const answer = await answerOne(run, questions[index]!, counted[index]!)
    results.push(createResult(expectation, index, { answer, format }))
  }
  return summarize(suite, results)
}

type Asked = Question | { readonly error: unknown }

/** What cannot be asked stays with its expectation. */
function ask(expectation: Expectation, table: Table): Asked {
  const type = expectationTypes.get(expectation.type)
  if (type === undefined) {
    const error = new ToolkitError('SUITE_INVALID', `there is no type '${expectation.type}'`)
    return { error }
  }
  try {
    return type.ask(expectation.kwargs, table)
  } catch (error) {
    if (error instanceof ToolkitError) return { error }
    throw error
  }
}

function listAggregates(question: Asked): readonly string[] {
  if ('error' in question || question.kind === 'shape') return []
  return question.kind === 'aggregate' ? question.aggregates : listRowAggregates(question)
}

interface ValidationRun {
  readonly database: Database
  readonly table: Table
  readonly format: ResultFormat
}

async function answerOne(run: ValidationRun, question: Asked, cells: Cells): Promise<Answer> {
  if ('error' in question) return question
  if ('error' in cells) return cells
  switch (question.kind) {
    case 'shape':
      return question.outcome
    case 'aggregate':
      return withWarnings(question.judge(cells), question.warnings)
    case 'rows':
      try {
        return withWarnings(await answerRows(run, question, cells), question.warnings)
      } catch (error) {
        return { error }
      }
  }
}

function withWarnings(outcome: Outcome, warnings: readonly string[] = []): Outcome {
  return { ...outcome, warnings: [...warnings, ...(outcome.warnings ?? [])] }
}

async function answerRows(
  { database, table, format }: ValidationRun,
  question: RowQuestion,
  cells: readonly Cell[],
): Promise<Outcome> {
  const [rows = 0, kept = 0, broken = 0] = cells.map(Number)
  const { unexpected, samples } =
    broken > 0 ? await sampleRows(database, table, question) : { unexpected: 0, samples: [] }
  const counts = { rows, ignored: rows - kept, unexpected }
  return {
    success: judgeRows(counts, question.mostly),
    result: describeRows(counts, samples, { ...question, format }),
  }
}
