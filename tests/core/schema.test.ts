import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  describeField,
  describeViolation,
  isField,
  isModelField,
  type Field,
} from '../../src/core/schema.ts'

const age: Field = { type: 'integer', min: 18, max: 100 }

describe('describeViolation', () => {
  test('admits the bounds themselves and nothing beyond', () => {
    assert.equal(describeViolation(age, 18), undefined)
    assert.equal(describeViolation(age, 100), undefined)
    assert.equal(describeViolation(age, 17), 'expected an integer from 18 to 100')
    assert.equal(describeViolation(age, 101), 'expected an integer from 18 to 100')
  })

  test('an integer has no fraction', () => {
    assert.equal(describeViolation(age, 20.5), 'expected an integer from 18 to 100')
  })

  test('an integer beyond 2^53 is told to be one that doubles do not hold', () => {
    assert.equal(
      describeViolation({ type: 'integer', min: 1 }, 2 ** 53),
      'expected an integer of at least 1 that doubles hold exactly',
    )
    assert.equal(describeViolation({ type: 'integer', min: 1 }, 2 ** 53 - 1), undefined)
  })

  test('infinity is no number, even where there are no bounds', () => {
    assert.equal(describeViolation({ type: 'number' }, Infinity), 'expected a number')
  })

  test('a missing value is admitted only where the field is nullable', () => {
    assert.equal(describeViolation({ type: 'number', nullable: true }, NaN), undefined)
    assert.equal(describeViolation({ type: 'number', nullable: true }, null), undefined)
    assert.equal(
      describeViolation({ type: 'boolean' }, null),
      'expected 0 or 1, not a missing value',
    )
  })

  test('a category admits its levels only', () => {
    const sex: Field = { type: 'category', levels: [1, 2] }
    assert.equal(describeViolation(sex, 2), undefined)
    assert.equal(describeViolation(sex, 3), 'expected one of 1, 2')
  })
})

test('describeField names one-sided bounds', () => {
  assert.equal(describeField({ type: 'number', min: 0 }), 'a number of at least 0')
  assert.equal(describeField({ type: 'integer', max: 9 }), 'an integer of at most 9')
  assert.equal(
    describeField({ type: 'date', max: '2030-12-31' }),
    'a date such as 2025-03-31 of at most 2030-12-31',
  )
})

test('isField refuses what is no field', () => {
  for (const value of [
    null,
    1,
    {},
    { type: 'texts' },
    { type: 'text', levels: [1] },
    { type: 'date', min: '2021-02-29' },
    { type: 'category' },
    { type: 'category', levels: ['a'] },
  ]) {
    assert.equal(isField(value), false)
  }
  assert.equal(isField({ type: 'category', levels: [1] }), true)
  for (const field of [
    { type: 'text', levels: ['a'] },
    { type: 'date', min: '2020-02-29' },
  ]) {
    assert.equal(isField(field), true)
    assert.equal(isModelField(field), false)
  }
})
