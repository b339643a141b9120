/** Which rows break which expectations of a suite. */

import { ToolkitError, messageOf } from '../../core/errors.ts'
import type { Database } from '../duckdb-store.ts'
import { askExpectation } from '../expectations/ask-expectation.ts'
import { selectAll } from '../expectations/engine/aggregate-query.ts'
import type { Asked } from '../expectations/engine/asked.ts'
import { selectPositions } from '../expectations/engine/row-query.ts'
import { keptRows } from '../expectations/engine/row-source.ts'
import type { RowQuestion } from '../expectations/expectation-type.ts'
import type { JsonObject } from '../expectations/outcome.ts'
import type { Suite } from '../expectations/suite.ts'
import type { Table } from '../table/column.ts'
import { readingsOf } from '../table/untyped-columns.ts'

/** An expectation that says nothing about single rows. */
export interface NotSplit {
  /** 0-based place in the suite. */
  readonly index: number
  readonly type: string
  readonly why: string
}

/** The temporary table with one row for each row of the data and each expectation that it breaks. */
export const brokenRows = 'temp."mlpt broken rows"'

/**
 * Fills {@link brokenRows}, with the columns `position` (0-based row) and `expectation` (0-based place in the suite).
 * A row that breaks an expectation is listed even where `mostly` lets the expectation hold.
 *
 * @returns the expectations that no row breaks by itself, or that could not be asked
 */
export async function listBrokenRows(
  database: Database,
  table: Table,
  suite: Suite,
  parameters: JsonObject,
): Promise<readonly NotSplit[]> {
  await database.run(
    `CREATE OR REPLACE TEMP TABLE "mlpt broken rows" (position BIGINT, expectation INTEGER)`,
  )
  const wrong = new Map((suite.problems ?? []).map(({ index, message }) => [index, message]))
  const readings = readingsOf(table)
  const left: NotSplit[] = []
  for (const [index, expectation] of suite.expectations.entries()) {
    const { type } = expectation
    try {
      const problem = wrong.get(index)
      if (problem !== undefined) throw new ToolkitError('SUITE_INVALID', problem)
      const asked = askExpectation(expectation, readings, parameters)
      const question = await findRowQuestion(database, asked)
      if (question === undefined) left.push({ index, type, why: 'it is about the whole table' })
      else await insertBroken(database, { ...asked, question }, index)
    } catch (error) {
      left.push({ index, type, why: firstLine(error) })
    }
  }
  return left
}

/** The question about single rows that a question leads to; `undefined` when it is about all of them together. */
async function findRowQuestion(
  database: Database,
  { question: first, source }: Asked,
): Promise<RowQuestion | undefined> {
  let question = first
  while (question.kind === 'staged') {
    const table = keptRows(source)
    const [cells] = await selectAll({ database, table, savesMemory: false }, [question.aggregates])
    if (cells === undefined || 'error' in cells) throw cells?.error
    question = question.next(cells)
  }
  return question.kind === 'rows' ? question : undefined
}

async function insertBroken(
  database: Database,
  { question, source }: Asked & { readonly question: RowQuestion },
  index: number,
): Promise<void> {
  const positions = await selectPositions(database, source, question)
  await database.run(`INSERT INTO ${brokenRows} SELECT position, ${index} FROM (${positions})`)
}

function firstLine(error: unknown): string {
  const message = messageOf(error)
  return message.split('\n')[0] ?? ''
}
