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

  test('all problems are reported at once, each with its place', () => {
    const error = refusal({
      name: '',
      windows: [],
      expectations: [
        { type: 'expect_column_values_to_be_uniq', kwargs: {} },
        { type: 'expect_column_values_to_be_unique', kwargs: { colum: 'x' }, severity: 'warn' },
        {
          type: 'expect_column_values_to_not_be_null',
          kwargs: { column: 'x', mostly: 1.5 },
          success: true,
        },
      ],
    })
    assert.equal(error.code, 'SUITE_INVALID')
    assert.deepEqual(error.message.split('\n'), [
      'suite.json has 8 problems:',
      "    has an unknown key 'windows'; the keys are: name, id, expectations, meta, notes, suite_parameters",
      `    has a 'name' that is "", expected a text; name the suite`,
      "    expectations[0] has the unknown type 'expect_column_values_to_be_uniq'; did you mean 'expect_column_values_to_be_unique'?",
      `    expectations[1] has a 'severity' that is "warn", expected one of info, warning, critical`,
      "    expectations[1] expect_column_values_to_be_unique lacks 'column'; give 'column': a text that is not empty",
      "    expectations[1] expect_column_values_to_be_unique has an unknown argument 'colum'; did you mean 'column'?",
      "    expectations[2] has an unknown key 'success'; the keys are: type, kwargs, meta, id, severity, notes, description, rendered_content",
      "    expectations[2] expect_column_values_to_not_be_null 'mostly' is 1.5, expected a number from 0 to 1",
    ])
  })

  test('an unknown type far from every known one lists those of this version', () => {
    const { message } = refusalOf('expect_query_to_be_fast', {})
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

  test('the form of Great Expectations 0.x is refused with what to rename', () => {
    const { message } = refusal({
      expectation_suite_name: 's',
      data_asset_type: 'Dataset',
      expectations: [{ expectation_type: 'expect_column_to_exist', kwargs: { column: 'x' } }],
    })
    assert.match(message, /'expectation_suite_name'; .*0\.x: rename it to 'name'/)
    assert.match(message, /'data_asset_type'; .*0\.x: remove it/)
    assert.match(
      message,
      /expectations\[0\] has an unknown key 'expectation_type'; .*rename it to 'type'/,
    )
    assert.equal(message.split('\n').length, 4)
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

  test('an item that is no object, and fields of the wrong kind, are refused', () => {
    const { message } = refusal({
      name: 's',
      meta: [],
      expectations: [
        'expect_column_to_exist',
        { type: 3, kwargs: {} },
        { type: 'expect_column_to_exist', kwargs: [], meta: 'why' },
        { kwargs: {} },
      ],
    })
    assert.match(message, /has a 'meta' that is \[\], expected an object/)
    assert.match(message, /expectations\[0\] is "expect_column_to_exist", expected an object/)
    assert.match(message, /expectations\[1\] has a 'type' that is 3, expected a text/)
    assert.match(message, /expectations\[2\] has a 'kwargs' that is \[\], expected an object/)
    assert.match(message, /expectations\[2\] has a 'meta' that is "why", expected an object/)
    assert.match(message, /expectations\[3\] lacks 'type'/)
  })

  test('what this version leaves out is refused by name', () => {
    const { message } = refusal({
      name: 's',
      suite_parameters: { low: 3 },
      expectations: [
        {
          type: 'expect_column_min_to_be_between',
          kwargs: {
            column: 'x',
            min_value: { $PARAMETER: 'low' },
            row_condition: 'y > 3',
            condition_parser: 'pandas',
            result_format: 'BASIC',
            batch_id: 'b',
          },
        },
      ],
    })
    assert.match(message, /has 'suite_parameters', which this version does not fill in/)
    assert.match(message, /'min_value' is a suite parameter/)
    assert.match(message, /unknown argument 'row_condition'; this version checks all rows/)
    assert.match(message, /unknown argument 'condition_parser'/)
    assert.match(
      message,
      /unknown argument 'result_format'; remove result_format: it is chosen when validating/,
    )
    assert.match(message, /unknown argument 'batch_id'/)
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
    ['column_values_to_match_regex', { column: 'a', regex: 'a(?=b)' }, /has a look-around/],
    ['column_values_to_match_regex', { column: 'a', regex: '(.)\\1' }, /has a back-reference/],
    [
      'column_values_to_be_of_type',
      { column: 'a', type_: 'BIGNIT' },
      /unknown type 'BIGNIT'; did you mean 'bigint'/,
    ],
    ['compound_columns_to_be_unique', { column_list: ['a'] }, /fewer than two columns/],
    ['compound_columns_to_be_unique', { column_list: ['a', 'a'] }, /a column twice/],
    [
      'compound_columns_to_be_unique',
      { column_list: ['a', 'b'], ignore_row_if: 'neither' },
      /one of 'all_values/,
    ],
    ['column_pair_values_a_to_be_greater_than_b', { column_A: 'a' }, /lacks 'column_B'/],
  ]
  for (const [type, kwargs, expected] of wrongArguments) {
    test(`${type} refuses ${JSON.stringify(kwargs)}`, () => {
      assert.match(refusalOf(`expect_${type}`, kwargs).message, expected)
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

function refusalOf(type: string, kwargs: object): ToolkitError {
  return refusal({ name: 's', expectations: [{ type, kwargs }] })
}
