/**
 * Expectations that need more than the table under test: a second table, a
 * second data source, or SQL of their own. A suite is data, and nothing in it
 * is run as a program, so these are known by name and refused by name.
 */

import { ToolkitError } from '../../../core/errors.ts'
import { defineExpectation } from '../expectation-type.ts'
import { required, share, text } from '../kwargs.ts'

const unexpectedRows = defineExpectation({
  name: 'unexpected_rows_expectation',
  kwargs: { unexpected_rows_query: required(text) },
  ask: () => refuse('SQL of a suite is not run', 'express it with a row_condition'),
})

const queryResults = defineExpectation({
  name: 'expect_query_results_to_match_comparison',
  kwargs: {
    base_query: required(text),
    comparison_data_source_name: required(text),
    comparison_query: required(text),
    mostly: share,
  },
  ask: () => refuse('SQL of a suite is not run', 'compare the two tables outside of the suite'),
})

const rowCountOfOtherTable = defineExpectation({
  name: 'expect_table_row_count_to_equal_other_table',
  kwargs: { other_table_name: required(text) },
  ask: () =>
    refuse(
      'there is no other table: one file is validated at a time',
      "use expect_table_row_count_to_equal with {'$PARAMETER': 'rows'}",
    ),
})

function refuse(reason: string, advice: string): never {
  throw new ToolkitError('DATA_CHECK_FAILED', `${reason}; ${advice}`)
}

export const otherSourceTypes = [unexpectedRows, queryResults, rowCountOfOtherTable] as const
