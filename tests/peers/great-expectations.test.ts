/** The real Great Expectations validates the same suites over the same tables and agrees with ours. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { type Database, openDatabase, quoteText } from '../../src/data/duckdb-store.ts'
import { parseSuite } from '../../src/data/expectations/parse-suite.ts'
import { validateTable } from '../../src/data/validate.ts'
import type {
  ExpectationResult,
  ValidationResult,
} from '../../src/data/expectations/validation-result.ts'
import { createCreditTable } from '../data/expectations/generated-credit-store.ts'
import { findPeer } from './python.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const peer = findPeer('.venv-gx', 'great_expectations')

describe('Great Expectations', { skip: peer.skip }, () => {
  const folder = makeScratchFolder()
  let cases: readonly Case[] = []
  let theirs: readonly PeerAnswer[] = []

  before(async () => {
    cases = await writeCases(folder)
    theirs = askPeer(folder, cases)
  })
  for (const name of ['full', 'long', 'one row', 'empty', 'credit']) {
    test(`agrees on every expectation about the table '${name}'`, () => {
      const index = cases.findIndex((each) => each.name === name)
      const { ours } = cases[index]!
      const answer = theirs[index]!
      assert.equal(ours.success, answer.success)
      assert.deepEqual(ours.statistics, answer.statistics)
      for (const result of ours.results) compareResults(result, answer.results)
    })
  }

  test('reads our results as its own', () => {
    for (const [i, { ours, name }] of cases.entries()) {
      assert.deepEqual(
        theirs[i]!.loaded,
        { success: ours.success, results: ours.results.map(({ success }) => success) },
        name,
      )
    }
  })
})

function compareResults(ours: ExpectationResult, answers: PeerAnswer['results']): void {
  const { index } = ours.meta
  const place = `${index}: ${JSON.stringify(ours.expectation_config.kwargs)} ${ours.expectation_config.type}`
  const theirs = answers.find(({ expectation_config: config }) => config.meta.index === index)
  assert.ok(theirs !== undefined, place)
  assert.equal(ours.success, theirs.success, place)
  assert.equal(hasRaised(ours.exception_info), hasRaised(theirs.exception_info), place)
  if (ours.expectation_config.type.endsWith('_to_be_of_type')) return
  assert.deepEqual(Object.keys(ours.result).sort(), Object.keys(theirs.result).sort(), place)
  const hasNulls = JSON.stringify(ours.result['partial_unexpected_list'] ?? []).includes('null')
  for (const [key, value] of Object.entries(theirs.result)) {
    const normalize = hasNulls && key === 'partial_unexpected_counts' ? sumCounts : asIs
    assertAlike(normalize(ours.result[key]), normalize(value), `${place} ${key}`)
  }
}

function asIs(value: unknown): unknown {
  return value
}

/**
 * pandas' missing values are not equal to each other, so GX counts each sample
 * with a null apart; ours counts them together. Their order then differs too.
 */
function sumCounts(counts: unknown): unknown {
  const summed = new Map<string, number>()
  for (const { value, count } of counts as readonly { value: unknown; count: number }[]) {
    const key = JSON.stringify(value)
    summed.set(key, (summed.get(key) ?? 0) + count)
  }
  return [...summed].sort()
}

/** GX says so either directly or in an entry for each failed metric. */
function hasRaised(info: object): boolean {
  return JSON.stringify(info).includes('"raised_exception":true')
}

/** Equal, but floats to nine digits. */
function assertAlike(ours: unknown, theirs: unknown, place: string): void {
  if (typeof ours === 'number' && typeof theirs === 'number') {
    const tolerance = 1e-9 * Math.max(1, Math.abs(theirs))
    assert.ok(Math.abs(ours - theirs) <= tolerance, `${place}: ${ours} is not ${theirs}`)
    return
  }
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    assert.equal(ours.length, theirs.length, place)
    ours.forEach((value, i) => assertAlike(value, theirs[i], place))
    return
  }
  assert.deepEqual(ours, theirs, place)
}

interface SuiteItem {
  readonly type: string
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly meta: { readonly index: number }
  readonly severity?: string
}

interface Case {
  readonly name: string
  readonly file: string
  readonly suite: readonly SuiteItem[]
  readonly ours: ValidationResult
}

interface PeerAnswer {
  readonly success: boolean
  readonly statistics: object
  readonly results: readonly {
    readonly success: boolean
    readonly expectation_config: { readonly meta: { readonly index: number } }
    readonly result: Readonly<Record<string, unknown>>
    readonly exception_info: object
  }[]
  readonly loaded: unknown
}

async function writeCases(into: string): Promise<Case[]> {
  using database = await openDatabase()
  await createTables(database)
  const found: Case[] = []
  for (const [name, table, file, items] of [
    ['full', 'full_table', 'full.parquet', [...generalItems, ...filledItems]],
    ['long', 'long_table', 'long.parquet', [...generalItems, ...filledItems]],
    ['one row', 'one_row', 'one.parquet', [...generalItems, ...filledItems]],
    ['empty', 'empty_table', 'empty.parquet', generalItems],
    ['credit', 'credit', 'credit.csv', readCreditItems()],
  ] as const) {
    const path = join(into, file)
    await database.run(`COPY ${table} TO ${quoteText(path)}`)
    const suite = items.map(withIndex)
    const text = JSON.stringify({ name, expectations: suite, meta: {} })
    writeFileSync(`${path}.suite.json`, text)
    const relation = `${file.endsWith('.csv') ? 'read_csv' : 'read_parquet'}(${quoteText(path)})`
    const ours = await validateTable({ database, relation, suite: parseSuite(text, name) })
    writeFileSync(`${path}.ours.json`, JSON.stringify(ours))
    found.push({ name, file: path, suite, ours })
  }
  return found
}

async function createTables(database: Database): Promise<void> {
  await database.run(
    `CREATE TABLE full_table (i BIGINT, k BIGINT, t VARCHAR, f DOUBLE, g DOUBLE, n DOUBLE, b BOOLEAN, o BOOLEAN)`,
  )
  await database.run(`INSERT INTO full_table VALUES
    (1, 1, 'a', 1.5, 0.25, NULL, true, true),
    (2, 2, 'b', 'NaN', 2.5, NULL, false, true),
    (2, 3, 'b', 2.5, -7.125, NULL, true, false),
    (3, 4, 'ab', 'Infinity', 0, NULL, true, false),
    (NULL, 5, NULL, 3.5, 1e10, NULL, NULL, true),
    (50, 6, 'zürich 42', -1.0, 2.5, NULL, false, true),
    (NULL, 1, NULL, NULL, 3.1, NULL, NULL, true)`)
  await database.run(`CREATE TABLE long_table AS SELECT
    CASE WHEN r % 7 = 0 THEN NULL ELSE r * 37 % 50 END AS i,
    r * 31 % 90 + 1 AS k,
    CASE WHEN r % 11 = 0 THEN NULL ELSE chr(CAST(97 + r % 5 AS INTEGER)) || (r % 13) END AS t,
    CASE WHEN r % 5 = 0 THEN 'NaN'::DOUBLE ELSE (r * 17 % 101) / 7.0 END AS f,
    (r * 29 % 103) / 3.0 - 10 AS g,
    NULL::DOUBLE AS n,
    CASE WHEN r % 6 = 0 THEN NULL ELSE r % 2 = 0 END AS b,
    r % 3 = 0 AS o
    FROM (SELECT unnest(range(0, 300))::BIGINT AS r)`)
  await database.run('CREATE TABLE one_row AS SELECT * FROM full_table LIMIT 1')
  await database.run('CREATE TABLE empty_table AS SELECT * FROM full_table LIMIT 0')
  await createCreditTable(database, 1500, (value, row, column) => {
    if (column === 'EDUCATION' && row % 100 === 3) return 5
    return column === 'AGE' && row === 700 ? 17 : value
  })
}

/** GX answers in an order of its own; the index finds each answer again. */
function withIndex({ type, kwargs, severity }: Omit<SuiteItem, 'meta'>, index: number): SuiteItem {
  return { type, kwargs, meta: { index }, ...(severity !== undefined && { severity }) }
}

function readCreditItems(): readonly Omit<SuiteItem, 'meta'>[] {
  const path = join(import.meta.dirname, '../../expectations/credit_default.json')
  return parseSuite(readFileSync(path, 'utf8'), path).expectations.map(
    ({ type, kwargs, severity }) => ({ type, kwargs, severity }),
  )
}

const names = ['i', 'k', 't', 'f', 'g', 'n', 'b', 'o']

/** Asked of every table. */
const generalItems: readonly Omit<SuiteItem, 'meta'>[] = [
  ...of('expect_table_row_count_to_be_between', [
    { min_value: 1, max_value: 7 },
    { min_value: 8 },
    { max_value: 7, strict_max: true },
    { min_value: 0, strict_min: true },
  ]),
  ...of('expect_table_row_count_to_equal', [{ value: 7 }, { value: 0 }]),
  ...of('expect_table_column_count_to_equal', [{ value: 8 }, { value: 9 }]),
  ...of('expect_table_columns_to_match_ordered_list', [
    { column_list: names },
    { column_list: ['k', 'i', 't', 'f'] },
    { column_list: [...names, 'x'] },
  ]),
  ...of('expect_table_columns_to_match_set', [
    { column_set: names.toReversed() },
    { column_set: ['i', 'x'] },
    { column_set: ['i', 'x'], exact_match: false },
    { column_set: ['i', 'k'], exact_match: false },
  ]),
  ...of('expect_column_to_exist', [
    { column: 'i' },
    { column: 'I' },
    { column: 'k', column_index: 1 },
    { column: 'k', column_index: 2 },
    { column: 'o', column_index: -1 },
    { column: 'absent' },
  ]),
  ...of('expect_column_values_to_not_be_null', [
    ...names.map((column) => ({ column })),
    { column: 'i', mostly: 0.7 },
    { column: 'f', mostly: 0.8 },
    { column: 'absent' },
  ]),
  ...of('expect_column_values_to_be_unique', [
    ...names.map((column) => ({ column })),
    { column: 'i', mostly: 0.6 },
    { column: 'absent', mostly: 0 },
  ]),
  ...of('expect_column_values_to_be_between', [
    { column: 'i', min_value: 2, max_value: 3 },
    { column: 'i', min_value: 2, strict_min: true },
    { column: 'i', max_value: 3, strict_max: true, mostly: 0.6 },
    { column: 'k', min_value: 1.5, max_value: 5.5 },
    { column: 'f', min_value: 1.5 },
    { column: 'f', max_value: 100 },
    { column: 'g', min_value: 0, max_value: 2.5 },
    { column: 'n', min_value: 0 },
    { column: 'b', min_value: 1 },
    { column: 'o', max_value: 0 },
    { column: 'absent', min_value: 0 },
  ]),
  ...of('expect_column_values_to_be_in_set', [
    { column: 'i', value_set: [1, 2, null] },
    { column: 'i', value_set: [] },
    { column: 'k', value_set: [1, 2, 3, 4, 5, 6] },
    { column: 'k', value_set: [1, 2, 3], mostly: 0.57 },
    { column: 'g', value_set: [0.25, 2.5] },
    { column: 't', value_set: ['a', 'b', "o'clock"] },
    { column: 'o', value_set: [true] },
    { column: 'n', value_set: [1] },
    { column: 'absent', value_set: [1] },
  ]),
  ...of('expect_column_values_to_not_be_in_set', [
    { column: 'i', value_set: [2, 50] },
    { column: 'i', value_set: [] },
    { column: 't', value_set: ['b', 'a1'] },
    { column: 't', value_set: ['b'], mostly: 0.5 },
    { column: 'n', value_set: [1] },
    { column: 'absent', value_set: [1] },
  ]),
  ...of('expect_column_values_to_match_regex', [
    { column: 't', regex: '^[ab]+$' },
    { column: 't', regex: 'b' },
    { column: 't', regex: '^\\w+\\s\\d{2}$', mostly: 0.2 },
    { column: 't', regex: 'ü' },
    { column: 't', regex: '([' },
    { column: 'absent', regex: '.' },
  ]),
  ...of('expect_column_values_to_be_of_type', [
    { column: 'k', type_: 'int64' },
    { column: 'k', type_: 'float' },
    { column: 'g', type_: 'float64' },
    { column: 'g', type_: 'int64' },
    { column: 'o', type_: 'bool' },
    { column: 'absent', type_: 'int64' },
  ]),
  ...['min', 'max', 'mean', 'median', 'sum', 'stdev'].flatMap((statistic) =>
    of(`expect_column_${statistic}_to_be_between`, [
      { column: 'i', min_value: 0, max_value: 20 },
      { column: 'k', min_value: 3 },
      { column: 'k', max_value: 3, strict_max: true },
      { column: 'f', min_value: -100, max_value: 100 },
      { column: 'g', max_value: 1e6 },
      { column: 'g' },
      { column: 'n', min_value: 0 },
      { column: 'n' },
      { column: 'absent', max_value: 1 },
    ]),
  ),
  ...['mean', 'sum'].flatMap((statistic) =>
    of(`expect_column_${statistic}_to_be_between`, [{ column: 'o', min_value: 0.5 }]),
  ),
  ...of(
    'expect_column_unique_value_count_to_be_between',
    ['i', 'k', 't', 'f', 'n', 'o', 'absent'].map((column) => ({
      column,
      min_value: 1,
      max_value: 5,
    })),
  ),
  ...of('expect_column_proportion_of_unique_values_to_be_between', [
    ...['i', 'k', 't', 'f', 'n'].map((column) => ({ column, min_value: 0.5, max_value: 1 })),
    { column: 'k', min_value: 1 },
    { column: 'absent', min_value: 0.1 },
  ]),
  ...of('expect_compound_columns_to_be_unique', [
    { column_list: ['i', 't'] },
    { column_list: ['i', 't'], ignore_row_if: 'never' },
    { column_list: ['i', 't'], ignore_row_if: 'any_value_is_missing' },
    { column_list: ['k', 'g'] },
    { column_list: ['k', 'o'], mostly: 0.1 },
    { column_list: ['i', 'absent'] },
  ]),
  ...of('expect_column_pair_values_a_to_be_greater_than_b', [
    { column_A: 'i', column_B: 'k' },
    { column_A: 'k', column_B: 'i', or_equal: true },
    { column_A: 'k', column_B: 'i', or_equal: true, ignore_row_if: 'either_value_is_missing' },
    { column_A: 'k', column_B: 'n', ignore_row_if: 'neither' },
    { column_A: 'g', column_B: 'k', mostly: 0.2 },
    { column_A: 'g', column_B: 'absent' },
  ]),
]

/** Asked of tables with rows: on none, pandas knows no types and GX lets all pass. */
const filledItems: readonly Omit<SuiteItem, 'meta'>[] = [
  ...of('expect_column_values_to_be_between', [{ column: 't', min_value: 1 }]),
  ...of('expect_column_mean_to_be_between', [{ column: 't', min_value: 1 }]),
  ...of('expect_column_values_to_match_regex', [
    { column: 'k', regex: '^[1-3]$' },
    { column: 'o', regex: '^True$' },
  ]),
  ...of('expect_column_values_to_be_of_type', [
    { column: 't', type_: 'str' },
    { column: 't', type_: 'int64' },
  ]),
]

function of(
  type: string,
  kwargs: readonly Readonly<Record<string, unknown>>[],
): Omit<SuiteItem, 'meta'>[] {
  return kwargs.map((each) => ({ type, kwargs: each }))
}

/** One process for all cases: importing GX takes longer than all of them. */
function askPeer(into: string, cases: readonly Case[]): PeerAnswer[] {
  const output = join(into, 'theirs.json')
  const files = cases.map(({ file }) => file)
  execFileSync(peer.python, ['-c', program, output, ...files], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, GX_ANALYTICS_ENABLED: 'false' },
    timeout: 600_000,
  })
  return JSON.parse(readFileSync(output, 'utf8')) as PeerAnswer[]
}

const program = `
import json, logging, sys, warnings
warnings.filterwarnings('ignore')
logging.disable(logging.CRITICAL)
import pandas
import great_expectations as gx
from great_expectations.core import ExpectationSuite
from great_expectations.core.expectation_validation_result import expectationSuiteValidationResultSchema

def finite(value):
    if isinstance(value, float) and value in (float('inf'), float('-inf')):
        return 'Infinity' if value > 0 else '-Infinity'
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    return [finite(each) for each in value] if isinstance(value, list) else value

context = gx.get_context(mode='ephemeral')
source = context.data_sources.add_pandas('tables')
answers = []
for number, path in enumerate(sys.argv[2:]):
    frame = pandas.read_csv(path) if path.endswith('.csv') else pandas.read_parquet(path)
    definition = source.add_dataframe_asset(str(number)).add_batch_definition_whole_dataframe('all')
    batch = definition.get_batch({'dataframe': frame})
    suite = ExpectationSuite(**json.load(open(path + '.suite.json')))
    answer = batch.validate(suite, result_format='SUMMARY').to_json_dict()
    ours = expectationSuiteValidationResultSchema.load(json.load(open(path + '.ours.json')))
    answer['loaded'] = {'success': ours.success, 'results': [result.success for result in ours.results]}
    answers.append(finite(answer))
with open(sys.argv[1], 'w') as file:
    json.dump(answers, file, allow_nan=False)
`
