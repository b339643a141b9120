import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import type { Table } from '../table/column.ts'
import type { TableReadings } from '../table/untyped-columns.ts'
import { expectationTypes } from './catalogue.ts'
import type { Asked } from './engine/asked.ts'
import { keptRows } from './engine/row-source.ts'
import { listColumns } from './list-columns.ts'
import type { JsonObject } from './outcome.ts'
import { compileRowCondition } from './row-condition/compile-condition.ts'
import { parseRowCondition } from './row-condition/parse-condition.ts'
import { fillParameters } from './parameters/fill-parameters.ts'
import type { Expectation } from './suite.ts'

/**
 * The question that an expectation asks of a table, its parameters filled in. A column that has no type, because no
 * row of the file has a value in it, is of the type that can be asked.
 *
 * @param readings - of `readingsOf`
 * @throws {ToolkitError} `SUITE_INVALID` for an unknown type, arguments with problems and missing parameters;
 *   `DATA_COLUMN_MISSING` and `DATA_CHECK_FAILED` when it cannot be asked of this table
 */
export function askExpectation(
  expectation: Expectation,
  [asWritten, ...others]: TableReadings,
  parameters: JsonObject,
): Asked {
  try {
    return askOf(asWritten, expectation, parameters)
  } catch (error) {
    for (const other of others) {
      try {
        return askOf(other, expectation, parameters)
      } catch {
        // What is wrong is said of the table as it was read.
      }
    }
    throw error
  }
}

function askOf(
  table: Table,
  { type: name, kwargs: written }: Expectation,
  parameters: JsonObject,
): Asked {
  const type = expectationTypes.get(name)
  if (type === undefined) {
    throw new ToolkitError('SUITE_INVALID', `there is no type '${name}'`, {
      hint: nameHint(name, [...expectationTypes.keys()], 'types this version knows'),
    })
  }
  const filled = fillParameters(written, parameters)
  const { row_condition: condition, condition_parser: parser, ...kwargs } = filled
  const parsed = parseRowCondition(condition, parser)
  const compiled = parsed === undefined ? undefined : compileRowCondition(parsed, table)
  const source = { table, condition: compiled?.sql }
  return {
    question: type.ask(kwargs, keptRows(source)),
    source,
    domain: listColumns(kwargs),
    warnings: compiled?.warnings ?? [],
  }
}
