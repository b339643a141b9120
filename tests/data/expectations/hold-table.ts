/** Holds small tables against single expectations. */

import assert from 'node:assert/strict'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import type { ResultFormat } from '../../../src/data/expectations/result-settings.ts'
import { parseSuite } from '../../../src/data/expectations/parse-suite.ts'
import type {
  ExpectationResult,
  ValidationResult,
} from '../../../src/data/expectations/validation-result.ts'
import { validateTable } from '../../../src/data/validate.ts'

/**
 * The table most tests use. i: 1 2 2 3 NULL 50; k: 1 … 6; t: texts; f: with NaN
 * and infinity; n: nothing; b: booleans; d: days; w: a column that DuckDB cannot compare.
 */
export const table = `(SELECT * FROM (VALUES
  (1::BIGINT, 1::BIGINT, 'a', 1.5::DOUBLE, NULL::DOUBLE, true, DATE '2024-01-01', [1]),
  (2, 2, 'b', 'NaN', NULL, false, DATE '2024-01-02', [1]),
  (2, 3, 'b', 2.5, NULL, true, DATE '2024-01-03', [2]),
  (3, 4, 'ab', 'Infinity', NULL, true, NULL, [3]),
  (NULL, 5, NULL, 3.5, NULL, NULL, DATE '2024-02-01', NULL),
  (50, 6, 'z', -1.0, NULL, false, DATE '2024-02-02', [4])) v(i, k, t, f, n, b, d, w))`
export const emptyTable = `(SELECT * FROM ${table} WHERE false)`

export interface Item {
  readonly type: string
  readonly kwargs: object
  readonly severity: string
}

/** An expectation by the end of its name. */
export function item(type: string, kwargs: object, severity = 'critical'): Item {
  return { type: `expect_${type}`, kwargs, severity }
}

/** One for all: a database takes longer to make than such a question to answer. */
const database = await openDatabase()
process.on('exit', database[Symbol.dispose])

export async function validate(
  items: readonly Item[],
  relation = table,
  resultFormat: ResultFormat = 'SUMMARY',
): Promise<ValidationResult> {
  const suite = parseSuite(JSON.stringify({ name: 's', expectations: items }), 's.json')
  return validateTable({ database, relation, suite, resultFormat })
}

export async function one(
  type: string,
  kwargs: object,
  relation = table,
): Promise<ExpectationResult> {
  return (await validate([item(type, kwargs)], relation)).results[0]!
}

export async function outcome(
  type: string,
  kwargs: object,
  relation = table,
): Promise<[boolean, Readonly<Record<string, unknown>>]> {
  const result = await one(type, kwargs, relation)
  assert.equal(messageOf(result), undefined)
  return [result.success, result.result]
}

export async function success(type: string, kwargs: object, relation = table): Promise<boolean> {
  return (await outcome(type, kwargs, relation))[0]
}

/** What the expectation raised, if it did. */
export function messageOf(result: ExpectationResult): string | undefined {
  const info = Object.values(result.exception_info).find(
    (each) => typeof each === 'object' && each !== null,
  )
  return (info as { exception_message?: string } | undefined)?.exception_message
}
