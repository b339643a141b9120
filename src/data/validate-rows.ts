import { askExpectation } from './expectations/ask-expectation.ts'
import type { Expectation, Suite } from './expectations/suite.ts'
import type { ValidationResult } from './expectations/validation-result.ts'
import type { Database } from './duckdb-store.ts'
import { describeTable } from './table/describe-table.ts'
import { readingsOf, type TableReadings } from './table/untyped-columns.ts'
import { validateTable } from './validate.ts'

/**
 * Holds rows that are to come to a table against what its suite asks of single rows, by themselves: among all rows of
 * the table, few broken ones would be within every share that may be otherwise. What it says of the table as a whole, such as how
 * many rows there are or what their mean is, is not asked of a part of it; nor is what cannot be asked, which the table's own
 * validation tells.
 *
 * @param options.relation - what stands after FROM
 * @throws {ToolkitError} `DATA_FILE_INVALID` when the relation cannot be read
 */
export async function validateRows(options: {
  readonly database: Database
  readonly relation: string
  readonly suite: Suite
}): Promise<ValidationResult> {
  const { database, suite } = options
  const relation = await describeTable(database, options.relation)
  const { problems = [], expectations, ...rest } = suite
  const readings = readingsOf(relation)
  const wrong = new Set(problems.map(({ index }) => index))
  const asked = expectations.filter(
    (expectation, index) => !wrong.has(index) && isOfRows(expectation, readings, suite),
  )
  return validateTable({ database, relation, suite: { ...rest, expectations: asked } })
}

function isOfRows(expectation: Expectation, readings: TableReadings, suite: Suite): boolean {
  try {
    const { question } = askExpectation(expectation, readings, suite.suite_parameters ?? {})
    return question.kind === 'rows'
  } catch {
    return false
  }
}
