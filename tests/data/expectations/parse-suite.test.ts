import fc from 'fast-check'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ToolkitError } from '../../../src/core/errors.ts'
import { expectationTypes } from '../../../src/data/expectations/catalogue.ts'
import { findDuplicateKeys } from '../../../src/data/expectations/duplicate-keys.ts'
import { parseSuite } from '../../../src/data/expectations/parse-suite.ts'
import type { Suite } from '../../../src/data/expectations/suite.ts'
import { formatSuite } from '../../../src/data/expectations/write-suite.ts'
import { readSuite } from '../../../src/data/validation-file.ts'

describe('parseSuite', () => {
  test('reads names, arguments, severity and notes, critical by default', () => {
    const suite = parseSuite(
      JSON.stringify({
        name: 'credit',
        id: null,
        meta: { great_expectations_version: '1.24.1' },
        notes: 'why',
        suite_parameters: {},
        expectations: [
          { type: 'expect_column_to_exist', kwargs: { column: 'ID' } },
          {
            type: 'expect_column_values_to_not_be_null',
            kwargs: { column: 'ID', mostly: 0.9 },
            meta: { why: 'key' },
            severity: 'warning',
            notes: ['a', 'b'],
            description: 'd',
            id: 'f0a1',
            rendered_content: [],
          },
        ],
      }),
      'suite.json',
    )
    assert.deepEqual(suite, {
      name: 'credit',
      meta: { great_expectations_version: '1.24.1' },
      notes: 'why',
      expectations: [
        {
          type: 'expect_column_to_exist',
          kwargs: { column: 'ID' },
          meta: {},
          severity: 'critical',
        },
        {
          type: 'expect_column_values_to_not_be_null',
          kwargs: { column: 'ID', mostly: 0.9 },
          meta: { why: 'key' },
          severity: 'warning',
          id: 'f0a1',
          notes: ['a', 'b'],
          description: 'd',
        },
      ],
    })
  })

  test('reads a file that begins with a byte order mark, and arguments that are null', () => {
    const text = JSON.stringify({
      name: 's',
      expectations: [
        {
          type: 'expect_column_max_to_be_between',
          kwargs: { column: 'x', min_value: null, max_value: 3 },
        },
      ],
    })
    assert.equal(parseSuite(`\uFEFF${text}`, 's.json').expectations.length, 1)
  })

  test('all problems of the file are reported at once', () => {
    const error = refusal({ name: '', windows: [], suite_parameters: 3, expectations: [] })
    assert.equal(error.code, 'SUITE_INVALID')
    assert.deepEqual(error.message.split('\n'), [
      'suite.json has 4 problems:',
      "    has an unknown key 'windows'; the keys are: name, id, expectations, meta, notes, suite_parameters",
      `    has a 'name' that is "", expected a text; name the suite`,
      '    has no expectations, so nothing passes because nothing is checked; write at least one, or remove the validation',
      "    has a 'suite_parameters' that is 3, expected an object",
    ])
  })

  test('a wrong expectation is named with file, place and nearest name, and stays in the suite', () => {
    const suite = parse([
      { type: 'expect_column_values_to_be_uniq', kwargs: {} },
      { type: 'expect_column_to_exist', kwargs: { column: 'x' } },
      { type: 'expect_column_values_to_be_unique', kwargs: { colum: 'x' }, severity: 'warn' },
      {
        type: 'expect_column_values_to_not_be_null',
        kwargs: { column: 'x', mostly: 1.5 },
        success: true,
      },
    ])
    assert.equal(suite.expectations.length, 4)
    assert.deepEqual(
      suite.problems?.map(({ index, message, hint }) => [index, message, hint]),
      [
        [
          0,
          "suite.json: expectations[0] has the unknown type 'expect_column_values_to_be_uniq'",
          "did you mean 'expect_column_values_to_be_unique'?",
        ],
        [
          2,
          `suite.json: expectations[2] has a 'severity' that is "warn", expected one of info, warning, critical`,
          undefined,
        ],
        [
          2,
          "suite.json: expectations[2] expect_column_values_to_be_unique lacks 'column'",
          "give 'column': a text that is not empty",
        ],
        [
          2,
          "suite.json: expectations[2] expect_column_values_to_be_unique has an unknown argument 'colum'",
          "did you mean 'column'?",
        ],
        [
          3,
          "suite.json: expectations[3] has an unknown key 'success'",
          'the keys are: type, kwargs, meta, id, severity, notes, description, rendered_content',
        ],
        [
          3,
          "suite.json: expectations[3] expect_column_values_to_not_be_null 'mostly' is 1.5, expected a number from 0 to 1",
          undefined,
        ],
      ],
    )
  })

  test('an unknown type far from every known one lists those of this version', () => {
    const message = problemOf('expect_qqq_zzz_www_vvv', {})
    for (const name of expectationTypes.keys()) assert.ok(message.includes(name), name)
  })

  test('a suite without expectations is refused, because nothing would be checked', () => {
    assert.match(refusal({ name: 's', expectations: [] }).message, /nothing is checked/)
    assert.match(refusal({ name: 's' }).message, /lacks 'expectations'/)
    assert.match(
      refusal({ name: 's', expectations: {} }).message,
      /has a 'expectations' that is \{\}, expected a list/,
    )
  })

  test('the form of Great Expectations 0.x is read, with a warning', () => {
    const suite = parseSuite(
      JSON.stringify({
        expectation_suite_name: 's',
        data_asset_name: 'people',
        data_asset_type: 'Dataset',
        ge_cloud_id: null,
        evaluation_parameters: { low: 3 },
        meta: { great_expectations_version: '0.15.2' },
        expectations: [
          {
            expectation_context: { description: null },
            expectation_type: 'expect_column_values_to_be_between',
            ge_cloud_id: null,
            kwargs: {
              column: 'x',
              min_value: { $PARAMETER: 'low' },
              parse_strings_as_datetimes: true,
              result_format: 'BASIC',
            },
          },
        ],
      }),
      'old.json',
    )
    assert.deepEqual(suite, {
      name: 's',
      meta: { great_expectations_version: '0.15.2' },
      suite_parameters: { low: 3 },
      expectations: [
        {
          type: 'expect_column_values_to_be_between',
          kwargs: { column: 'x', min_value: { $PARAMETER: 'low' } },
          meta: {},
          severity: 'critical',
        },
      ],
      warnings: [
        "old.json has the form of Great Expectations 0.x; 'mlpt suite upgrade' rewrites it",
      ],
    })
    const { warnings: _, ...upgraded } = suite
    assert.deepEqual(parseSuite(formatSuite(suite), 'new.json'), upgraded)
  })

  test('an argument of the old form is called what it was called', () => {
    const kwargs = { column: 'x', constructor: 1 }
    const expectations = [{ expectation_type: 'expect_column_values_to_be_unique', kwargs }]
    const { problems = [] } = parseSuite(JSON.stringify({ name: 's', expectations }), 'old.json')
    assert.match(problems[0]?.message ?? '', /has an unknown argument 'constructor'/)
  })

  test('a repeated key is found, with its line', () => {
    const text =
      '{\n "name": "s",\n "name": "t",\n "expectations": [{"type": "expect_column_to_exist",\n  "kwargs": {"column": "a", "column": "b"}}]}'
    assert.throws(
      () => parseSuite(text, 'suite.json'),
      /line 3 repeats the key 'name'.*\n.*line 5 repeats the key 'column'/,
    )
  })

  test('what is no JSON, or no object, is refused with the file name', () => {
    assert.throws(() => parseSuite('{"name": }', 'my.json'), {
      code: 'SUITE_INVALID',
      message: /^my\.json is no JSON: Unexpected token '}'/,
    })
    for (const text of ['[]', 'null', '3', '"suite"']) {
      assert.throws(
        () => parseSuite(text, 'my.json'),
        /my\.json has a problem:\n {4}is no JSON object/,
      )
    }
  })

  test('an item that is no object, and fields of the wrong kind, are problems', () => {
    const suite = parse([
      'expect_column_to_exist',
      { type: 3, kwargs: {} },
      { type: 'expect_column_to_exist', kwargs: [], meta: 'why' },
      { kwargs: {} },
    ])
    const message = suite.problems?.map((problem) => problem.message).join('\n') ?? ''
    assert.match(message, /expectations\[0\] is "expect_column_to_exist", expected an object/)
    assert.match(message, /expectations\[1\] has a 'type' that is 3, expected a text/)
    assert.match(message, /expectations\[2\] has a 'kwargs' that is \[\], expected an object/)
    assert.match(message, /expectations\[2\] has a 'meta' that is "why", expected an object/)
    assert.match(message, /expectations\[3\] lacks 'type'/)
    assert.match(refusal({ name: 's', meta: [], expectations: [3] }).message, /'meta' that is \[\]/)
  })

  test('what belongs to a run is refused by name, and a row_condition is read', () => {
    const message = problemOf('expect_column_min_to_be_between', {
      column: 'x',
      row_condition: 'y > > 3',
      condition_parser: 'pandas',
      result_format: 'BASIC',
      batch_id: 'b',
    })
    assert.match(message, /unknown argument 'result_format' .*it is chosen when validating/)
    assert.match(message, /unknown argument 'batch_id'/)
    assert.match(message, /row_condition 'y > > 3' has '>' at column 4/)
  })

  const wrongArguments: readonly [string, Record<string, unknown>, RegExp][] = [
    ['table_row_count_to_equal', { value: -1 }, /'value' is -1, expected an integer of at least 0/],
    ['table_row_count_to_equal', {}, /lacks 'value'/],
    [
      'table_row_count_to_be_between',
      { min_value: 5, max_value: 3 },
      /limits that no value keeps to/,
    ],
    ['table_column_count_to_equal', { value: 2.5 }, /expected an integer/],
    ['table_columns_to_match_ordered_list', { column_list: 'a' }, /expected a list of texts/],
    ['table_columns_to_match_set', { column_set: [1] }, /expected a list of texts/],
    ['table_columns_to_match_set', { column_set: ['a'], exact_match: 1 }, /expected true or false/],
    ['column_to_exist', { column: '' }, /expected a text that is not empty/],
    ['column_to_exist', { column: 'a', column_index: 0.5 }, /expected an integer/],
    ['column_values_to_be_between', { column: 'a' }, /needs 'min_value' or 'max_value'/],
    [
      'column_values_to_be_between',
      { column: 'a', min_value: 3, max_value: 2 },
      /limits that no value/,
    ],
    [
      'column_values_to_be_between',
      { column: 'a', min_value: 2, max_value: 2, strict_min: true },
      /limits that no/,
    ],
    [
      'column_values_to_be_between',
      { column: 'a', min_value: [1] },
      /'min_value' is \[1\], expected a number, a date/,
    ],
    [
      'column_values_to_be_between',
      { column: 'a', min_value: 1, max_value: '2024-01-01' },
      /different kinds/,
    ],
    ['column_mean_to_be_between', { column: 'a', min_value: '2024-01-01' }, /expected a number/],
    ['column_values_to_be_in_set', { column: 'a', value_set: null }, /lacks 'value_set'/],
    [
      'column_values_to_be_in_set',
      { column: 'a', value_set: [[1]] },
      /expected a list of numbers, texts or booleans/,
    ],
    ['column_values_to_match_regex', { column: 'a', regex: '([' }, /unterminated character set/],
    [
      'column_values_to_be_of_type',
      { column: 'a', type_: 'BIGNIT' },
      /unknown type 'BIGNIT'; did you mean 'bigint'/,
    ],
    ['compound_columns_to_be_unique', { column_list: ['a'] }, /fewer than two columns/],
    ['compound_columns_to_be_unique', { column_list: ['a', 'a'] }, /names the column 'a' twice/],
    [
      'compound_columns_to_be_unique',
      { column_list: ['a', 'b'], ignore_row_if: 'neither' },
      /one of 'all_values/,
    ],
    ['column_pair_values_a_to_be_greater_than_b', { column_A: 'a' }, /lacks 'column_B'/],
  ]
  for (const [type, kwargs, expected] of wrongArguments) {
    test(`${type} refuses ${JSON.stringify(kwargs)}`, () => {
      assert.match(problemOf(`expect_${type}`, kwargs), expected)
    })
  }

  test('whatever JSON it is given, it answers with a suite or with SUITE_INVALID', () => {
    const item = fc.record(
      {
        type: fc.oneof(fc.constantFrom(...expectationTypes.keys()), fc.string()),
        kwargs: fc.dictionary(
          fc.constantFrom(
            'column',
            'mostly',
            'min_value',
            'regex',
            'value_set',
            'column_list',
            'type_',
          ),
          fc.jsonValue(),
        ),
        severity: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    const suite = fc.record(
      {
        name: fc.jsonValue(),
        expectations: fc.oneof(fc.array(fc.oneof(item, fc.jsonValue())), fc.jsonValue()),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(suite, fc.jsonValue()), (json) => {
        try {
          assert.ok(parseSuite(JSON.stringify(json), 'any.json').expectations.length > 0)
        } catch (error) {
          assert.ok(error instanceof ToolkitError)
          assert.equal(error.code, 'SUITE_INVALID')
        }
      }),
    )
  })
})

describe('findDuplicateKeys', () => {
  test('ignores keys of other objects, texts that look like keys, and escapes', () => {
    assert.deepEqual(findDuplicateKeys('{"a": {"a": [{"b": 1}, {"b": 2}]}, "c": "\\"a\\": {"}'), [])
    assert.deepEqual(findDuplicateKeys('{"a": ["a", "a"], "b" : "b", "x": "}"}'), [])
  })

  test('sees through escapes', () => {
    assert.deepEqual(findDuplicateKeys('{"a": 1,\n"\\u0061" : 2}'), [{ key: 'a', line: 2 }])
  })
})

describe('readSuite', () => {
  test('a missing or unreadable file is an error with the path', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlpt-suite-'))
    try {
      const path = join(folder, 'suite.json')
      await assert.rejects(readSuite(path), {
        code: 'FILE_MISSING',
        message: `there is no suite '${path}'`,
      })
      await assert.rejects(readSuite(folder), { code: 'FILE_READ_FAILED' })
      writeFileSync(path, '{}')
      await assert.rejects(readSuite(path), { code: 'SUITE_INVALID' })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

function refusal(suite: unknown): ToolkitError {
  try {
    parseSuite(JSON.stringify(suite), 'suite.json')
  } catch (error) {
    assert.ok(error instanceof ToolkitError)
    return error
  }
  return assert.fail('the suite was accepted')
}

function parse(expectations: readonly unknown[]): Suite {
  return parseSuite(JSON.stringify({ name: 's', expectations }), 'suite.json')
}

/** What is wrong with one expectation, each with its hint. */
function problemOf(type: string, kwargs: object): string {
  const { problems = [] } = parse([{ type, kwargs }])
  return problems.map(({ message, hint }) => `${message} (${hint})`).join('\n')
}
