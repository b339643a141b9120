import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { messageOf, one, outcome, success } from './hold-table.ts'

const words = `(SELECT unnest(['a_b', 'axb', 'A_B', '100%', NULL, 'zürich', '👩‍👩‍👧', 'é']) AS x)`

describe('expectations about texts', () => {
  const unexpected = async (type: string, kwargs: object, relation = words): Promise<unknown> =>
    (await outcome(`column_${type}`, { column: 'x', ...kwargs }, relation))[1][
      'partial_unexpected_list'
    ]

  test('LIKE matches the whole text in its case; the escape makes a mark mean itself', async () => {
    const others = ['100%', 'zürich', '👩‍👩‍👧', 'é']
    assert.deepEqual(await unexpected('values_to_match_like_pattern', { like_pattern: 'a_b' }), [
      'A_B',
      ...others,
    ])
    const exact = { like_pattern: 'a!_b', escape: '!' }
    assert.deepEqual(await unexpected('values_to_match_like_pattern', exact), [
      'axb',
      'A_B',
      ...others,
    ])
    assert.deepEqual(await unexpected('values_to_not_match_like_pattern', exact), ['a_b'])
    assert.deepEqual(
      await unexpected('values_to_not_match_like_pattern', { like_pattern: '%!%', escape: '!' }),
      ['100%'],
    )
    // _ is one code point.
    assert.deepEqual(await unexpected('values_to_not_match_like_pattern', { like_pattern: '_' }), [
      'é',
    ])
  })

  test('of a list of patterns, one or all must match, or none', async () => {
    const like_pattern_list = ['a%', '%b']
    const some = await unexpected('values_to_match_like_pattern_list', { like_pattern_list })
    assert.deepEqual(some, ['A_B', '100%', 'zürich', '👩‍👩‍👧', 'é'])
    const kwargs = { like_pattern_list: ['a%', '%_b', '%!_%'], escape: '!', match_on: 'all' }
    const every = await unexpected('values_to_match_like_pattern_list', kwargs)
    assert.deepEqual(every, ['axb', 'A_B', '100%', 'zürich', '👩‍👩‍👧', 'é'])
    const none = await unexpected('values_to_not_match_like_pattern_list', { like_pattern_list })
    assert.deepEqual(none, ['a_b', 'axb'])
  })

  test('a set, a limit and a condition may have a NUL, at which a statement ends', async () => {
    const relation = "(SELECT unnest(['a' || chr(0) || 'b', 'a', 'b']) AS x)"
    const text = 'a\0b'
    const type = 'values_to_be_in_set'
    assert.deepEqual(await unexpected(type, { value_set: [text, 'b'] }, relation), ['a'])
    const greater = { min_value: text, max_value: 'b' }
    assert.deepEqual(await unexpected('values_to_be_between', greater, relation), ['a'])
    const row_condition = {
      type: 'comparison',
      column: { name: 'x' },
      operator: '==',
      parameter: text,
    }
    const asked = { value_set: [], row_condition }
    assert.deepEqual(await unexpected(type, asked, relation), [text])
  })

  test('LIKE sees numbers as Python writes them', async () => {
    const numbers = '(SELECT unnest([10, 12, 2]) AS x)'
    const kwargs = { like_pattern: '1_' }
    assert.deepEqual(await unexpected('values_to_match_like_pattern', kwargs, numbers), [2])
  })

  test('of a list of regular expressions, one or all must be found, or none', async () => {
    const regex_list = ['^a', 'b$']
    const some = await unexpected('values_to_match_regex_list', { regex_list })
    assert.deepEqual(some, ['A_B', '100%', 'zürich', '👩‍👩‍👧', 'é'])
    const all = await unexpected('values_to_match_regex_list', { regex_list, match_on: 'all' })
    assert.deepEqual(all, some)
    const none = await unexpected('values_to_not_match_regex_list', { regex_list })
    assert.deepEqual(none, ['a_b', 'axb'])
    // Look-around is not in RE2.
    const ahead = { regex_list: ['a(?=x)', '%'] }
    assert.deepEqual(await unexpected('values_to_not_match_regex_list', ahead), ['axb', '100%'])
  })

  test('a length is a number of code points', async () => {
    const lengths = { min_value: 4, max_value: 5 }
    assert.deepEqual(await unexpected('value_lengths_to_be_between', lengths), [
      'a_b',
      'axb',
      'A_B',
      'zürich',
      'é',
    ])
    assert.equal(
      ((await unexpected('value_lengths_to_equal', { value: 3 })) as unknown[]).length,
      4,
    )
    assert.equal(
      ((await unexpected('value_lengths_to_equal', { value: 3.5 })) as unknown[]).length,
      7,
    )
  })

  test('limits of texts are compared by code points, and only with texts', async () => {
    assert.deepEqual(await unexpected('values_to_be_between', { min_value: 'a', max_value: 'b' }), [
      'A_B',
      '100%',
      'zürich',
      '👩‍👩‍👧',
      'é',
    ])
    const least = { column: 't', min_value: 'a', max_value: 'b' }
    assert.deepEqual(await outcome('column_min_to_be_between', least), [
      true,
      { observed_value: 'a' },
    ])
    assert.deepEqual(await outcome('column_max_to_be_between', least), [
      false,
      { observed_value: 'z' },
    ])
    const five = await one('column_max_to_be_between', { column: 't', min_value: 5 })
    assert.match(messageOf(five) ?? '', /'t' is VARCHAR, .* numbers/)
    const number = await one('column_values_to_be_between', { column: 'i', min_value: 'a' })
    assert.match(messageOf(number) ?? '', /'i' is BIGINT, .* numbers: a limit is 'a'/)
    const day = await one('column_values_to_be_between', { column: 'd', max_value: 'soon' })
    assert.match(messageOf(day) ?? '', /'d' is DATE, .* a limit is 'soon'/)
    assert.equal(
      await success('column_values_to_be_between', { column: 'i', min_value: '1' }),
      true,
    )
  })

  const days = `(SELECT unnest(['2024-02-29', '2023-02-29', '2024-1-5', '', 'soon', NULL]) AS x)`

  test('a date has the format, and is one that exists', async () => {
    const kwargs = { strftime_format: '%Y-%m-%d' }
    const found = await unexpected('values_to_match_strftime_format', kwargs, days)
    assert.deepEqual(found, ['2023-02-29', '', 'soon'])
    const dates = await unexpected('values_to_be_dateutil_parseable', {}, days)
    assert.deepEqual(dates, ['2023-02-29', '', 'soon'])
  })

  test('formats are for texts alone', async () => {
    const kwargs = { column: 'd', strftime_format: '%Y' }
    const result = await one('column_values_to_match_strftime_format', kwargs)
    assert.match(messageOf(result) ?? '', /'d' is DATE, and this expectation needs texts/)
    const [isMet, { unexpected_count: count }] = await outcome(
      'column_values_to_be_json_parseable',
      {
        column: 'k',
      },
    )
    assert.deepEqual([isMet, count], [false, 6])
  })

  const json = `(SELECT unnest(['{"a": 1}', '{"a": "x"}', '[1', 'NaN', NULL]) AS x)`

  test('JSON is what Python reads as JSON', async () => {
    assert.deepEqual(await unexpected('values_to_be_json_parseable', {}, json), ['[1'])
  })

  test('JSON fits a schema; a value that is no JSON answers nothing', async () => {
    const json_schema = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] }
    const objects = `(SELECT * FROM ${json} WHERE x LIKE '{%')`
    const found = await unexpected('values_to_match_json_schema', { json_schema }, objects)
    assert.deepEqual(found, ['{"a": "x"}'])
    const all = await one('column_values_to_match_json_schema', { column: 'x', json_schema }, json)
    assert.match(messageOf(all) ?? '', /'x' has a value that is no JSON: '\[1'/)
    assert.equal(all.success, false)
  })
})
