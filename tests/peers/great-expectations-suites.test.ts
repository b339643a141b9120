/** The real Great Expectations agrees on conditions on rows, parameters and result formats, and loads the suites we write. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { openDatabase, quoteText } from '../../src/data/duckdb-store.ts'
import type { JsonObject } from '../../src/data/expectations/outcome.ts'
import { parseSuite } from '../../src/data/expectations/parse-suite.ts'
import type { ResultFormatOption } from '../../src/data/expectations/result-settings.ts'
import type { ValidationResult } from '../../src/data/expectations/validation-result.ts'
import { formatSuite } from '../../src/data/expectations/write-suite.ts'
import { validateTable } from '../../src/data/validate.ts'
import { findPeer } from './python.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const peer = findPeer('.venv-gx', 'great_expectations')

interface Asked {
  readonly name: string
  readonly items: readonly JsonObject[]
  readonly format: ResultFormatOption
  readonly parameters: JsonObject
}

interface Answer {
  readonly success: boolean
  readonly results: readonly {
    readonly success: boolean
    readonly expectation_config: { readonly meta: { readonly index: number } }
    readonly result: Readonly<Record<string, unknown>>
  }[]
}

const conditionsInJson: readonly JsonObject[] = [
  compare('i', '==', 2),
  compare('i', '!=', 2),
  compare('i', '<', 3),
  compare('f', '!=', 1.5),
  compare('f', '>=', 1.5),
  compare('t', '==', 'b'),
  compare('t', '!=', 'b'),
  compare('t', 'IN', ['a', 'b']),
  compare('t', 'NOT_IN', ['a', 'b']),
  compare('i', 'NOT_IN', [1, 2]),
  compare('k', '>', 100),
  { type: 'nullity', column: { name: 't' }, is_null: true },
  { type: 'nullity', column: { name: 'f' }, is_null: false },
  { type: 'and', conditions: [compare('k', '>', 1), compare('t', '!=', 'b')] },
  { type: 'or', conditions: [compare('k', '==', 1), compare('t', '==', 'ab')] },
]

const conditionsInWords = [
  'k > 2',
  'k > 2 and t == "b"',
  'not (k > 2) or o',
  't in ["a", "b"]',
  't not in ["a", "b"]',
  'i != 2',
  '1 < k <= 4',
  '(k > 1) & ~(t == "b")',
  '`k` >= i',
  'f > 0 | k == 5',
  't.isnull()',
]

const conditions: readonly JsonObject[] = [
  ...conditionsInJson.map((row_condition) => ({ row_condition })),
  ...conditionsInWords.map((row_condition) => ({ row_condition, condition_parser: 'pandas' })),
  ...['col("k")>3', 'col("t")=="b"', 'col("t").notNull()'].map((row_condition) => ({
    row_condition,
    condition_parser: 'great_expectations',
  })),
]

const aboutRows: readonly (readonly [string, JsonObject])[] = [
  ['column_values_to_not_be_null', { column: 'i' }],
  ['column_values_to_be_unique', { column: 't' }],
  ['column_values_to_be_between', { column: 'k', min_value: 2, max_value: 4, mostly: 0.5 }],
  ['column_values_to_be_in_set', { column: 't', value_set: ['b'] }],
  ['column_values_to_match_regex', { column: 't', regex: '(.)(?<!b)$' }],
  ['compound_columns_to_be_unique', { column_list: ['t', 'o'] }],
  ['column_pair_values_a_to_be_greater_than_b', { column_A: 'k', column_B: 'i' }],
]

const others: readonly (readonly [string, JsonObject])[] = [
  ['column_mean_to_be_between', { column: 'k', min_value: 3 }],
  ['column_unique_value_count_to_be_between', { column: 't', max_value: 2 }],
  ['table_row_count_to_be_between', { min_value: 2, max_value: 5 }],
]

const formats: readonly ResultFormatOption[] = [
  'BOOLEAN_ONLY',
  'BASIC',
  'SUMMARY',
  'COMPLETE',
  { result_format: 'SUMMARY', partial_unexpected_count: 2 },
  { result_format: 'SUMMARY', partial_unexpected_count: 0 },
  { result_format: 'BASIC', exclude_unexpected_values: true },
  { result_format: 'SUMMARY', unexpected_index_column_names: ['k', 'o'] },
  { result_format: 'COMPLETE', unexpected_index_column_names: ['k'] },
  { result_format: 'COMPLETE', return_unexpected_index_query: false },
]

describe('Great Expectations', { skip: peer.skip }, () => {
  const folder = makeScratchFolder()
  let ours: readonly ValidationResult[] = []
  let theirs: readonly Answer[] = []
  const asked = listCases()

  before(async () => {
    ours = await answer(asked, folder)
    theirs = askPeer(folder, asked)
  })
  for (const [i, { name }] of asked.entries()) {
    test(`agrees on ${name}`, () => {
      for (const result of ours[i]!.results) {
        const { index } = result.meta
        const peers = theirs[i]!.results.find(
          ({ expectation_config: config }) => config.meta.index === index,
        )
        const { type, kwargs } = result.expectation_config
        const place = `${type} ${JSON.stringify(kwargs)}`
        assert.deepEqual(
          result.exception_info,
          { raised_exception: false, exception_traceback: null, exception_message: null },
          place,
        )
        assert.deepEqual(
          { ...dropQuery(result.result), success: result.success },
          { ...dropQuery(peers!.result), success: peers!.success },
          place,
        )
      }
    })
  }
})

/** Of several columns that name a row, GX writes another statement than we do. */
function dropQuery(result: Readonly<Record<string, unknown>>): object {
  if (result['unexpected_index_column_names'] === undefined) return sortCounts(result)
  const { unexpected_index_query: _, ...rest } = result
  return sortCounts(rest)
}

/** pandas' missing values are not equal to each other, so GX counts each apart, in an order of its own. */
function sortCounts(result: Readonly<Record<string, unknown>>): object {
  const { partial_unexpected_counts: counts, ...rest } = result
  if (!Array.isArray(counts) || !JSON.stringify(counts).includes('null')) return result
  return rest
}

function listCases(): readonly Asked[] {
  const all = [...aboutRows, ...others]
  const byCondition = conditions.flatMap((condition) =>
    all.map(([type, kwargs]) => toItem(type, { ...kwargs, ...condition })),
  )
  const parametric = [
    toItem('column_values_to_be_between', {
      column: 'k',
      min_value: { $PARAMETER: 'low' },
      max_value: { $PARAMETER: 'low * 2 + 1' },
    }),
    toItem('column_values_to_be_in_set', { column: 't', value_set: { $PARAMETER: 'letters' } }),
    toItem('column_mean_to_be_between', {
      column: 'k',
      min_value: { $PARAMETER: '(low + 2) / 3 - 1' },
      max_value: { $PARAMETER: 'abs(-low) ^ 2 + trunc(2.9)' },
    }),
  ]
  const plain = withIndex(all.map(([type, kwargs]) => toItem(type, kwargs)))
  return [
    {
      name: 'conditions on rows',
      items: withIndex(byCondition),
      format: 'SUMMARY',
      parameters: {},
    },
    {
      name: 'parameters',
      items: withIndex(parametric),
      format: 'SUMMARY',
      parameters: { low: 2, letters: ['a', 'b'] },
    },
    ...formats.map((format) => ({
      name: `the format ${JSON.stringify(format)}`,
      items: plain,
      format,
      parameters: {},
    })),
  ]
}

/** GX answers in an order of its own; the index finds each answer again. */
function withIndex(items: readonly JsonObject[]): readonly JsonObject[] {
  return items.map(({ type, kwargs }, index) => ({ type: type!, kwargs: kwargs!, meta: { index } }))
}

function toItem(type: string, kwargs: JsonObject): JsonObject {
  return { type: `expect_${type}`, kwargs }
}

function compare(name: string, operator: string, parameter: JsonObject[string]): JsonObject {
  return { type: 'comparison', column: { name }, operator, parameter }
}

async function answer(asked: readonly Asked[], folder: string): Promise<ValidationResult[]> {
  using database = await openDatabase()
  const path = join(folder, 'table.parquet')
  await database.run(`COPY (SELECT * FROM (VALUES
    (1::DOUBLE, 1::BIGINT, 'a', 1.5::DOUBLE, true), (2, 2, 'b', 'NaN', true), (2, 3, 'b', 2.5, false),
    (3, 4, 'ab', 0.5, false), (NULL, 5, NULL, 3.5, true), (50, 6, 'zü', -1.0, false), (NULL, 1, NULL, NULL, true)
    ) v(i, k, t, f, o)) TO ${quoteText(path)}`)
  const found: ValidationResult[] = []
  for (const [i, { name, items, format, parameters }] of asked.entries()) {
    const suite = parseSuite(JSON.stringify({ name, expectations: items }), name)
    assert.deepEqual(suite.problems, undefined)
    // What GX reads is what we write.
    writeFileSync(join(folder, `${i}.json`), formatSuite(suite))
    const relation = `read_parquet(${quoteText(path)})`
    found.push(await validateTable({ database, relation, suite, resultFormat: format, parameters }))
  }
  return JSON.parse(JSON.stringify(found)) as ValidationResult[]
}

/** One process for all cases: importing GX takes longer than all of them. */
function askPeer(folder: string, asked: readonly Asked[]): Answer[] {
  const how = asked.map(({ format, parameters }) => ({ format, parameters }))
  writeFileSync(join(folder, 'how.json'), JSON.stringify(how))
  execFileSync(peer.python, ['-c', program, folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, GX_ANALYTICS_ENABLED: 'false' },
    timeout: 600_000,
  })
  return JSON.parse(readFileSync(join(folder, 'theirs.json'), 'utf8')) as Answer[]
}

const program = `
import json, logging, sys, warnings
warnings.filterwarnings('ignore')
logging.disable(logging.CRITICAL)
import pandas
import great_expectations as gx
from great_expectations.core import ExpectationSuite

folder = sys.argv[1]
context = gx.get_context(mode='ephemeral')
asset = context.data_sources.add_pandas('tables').add_dataframe_asset('table')
batch = asset.add_batch_definition_whole_dataframe('all').get_batch(
    {'dataframe': pandas.read_parquet(folder + '/table.parquet')})
answers = []
for number, how in enumerate(json.load(open(folder + '/how.json'))):
    described = json.load(open(f'{folder}/{number}.json'))
    suite = ExpectationSuite(**described)
    result = batch.validate(suite, result_format=how['format'], expectation_parameters=how['parameters'] or None)
    answers.append(result.to_json_dict())
with open(folder + '/theirs.json', 'w') as file:
    json.dump(answers, file, default=str)
`
