import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  decodeInput,
  encodeInput,
  isInputField,
  isPlainText,
  otherText,
  otherTextName,
  type InputField,
} from '../../src/core/input-field.ts'
import { describeViolation } from '../../src/core/schema.ts'

const town = { type: 'text', known: ['Ulm', 'Bonn', ''], nullable: true } as const
const day = { type: 'date', nullable: true } as const

describe('the number of a cell', () => {
  test('stands for every day of the calendar, exactly even in 32 bits, and back', () => {
    const dates = fc.date({
      min: new Date('0001-01-01'),
      max: new Date('9999-12-31'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(dates, (date) => {
        const text = date.toISOString().slice(0, 10)
        const days = encodeInput(day, text)!
        assert.equal(Math.fround(days), days)
        assert.equal(decodeInput(day, days), text)
      }),
    )
    // 1970-01-01 is day 0, and 2024 is a leap year: 31 + 29 days after its begin at 19,723.
    assert.deepEqual(
      ['1970-01-01', '2024-01-01', '2024-03-01'].map((text) => encodeInput(day, text)),
      [0, 19_723, 19_783],
    )
  })

  test('is the place of a text that is known, and one for all others', () => {
    assert.deepEqual(
      ['Ulm', 'Bonn', 'Köln', 'ulm', ' Ulm'].map((text) => encodeInput(town, text)),
      [0, 1, otherText, otherText, otherText],
    )
    assert.deepEqual(
      [0, 1, otherText, Number.NaN].map((code) => decodeInput(town, code)),
      ['Ulm', 'Bonn', otherTextName, null],
    )
  })

  test('is missing for nothing but white space, where that may be', () => {
    for (const cell of [null, undefined, '', ' \t\n']) {
      assert.deepEqual(encodeInput(town, cell), Number.NaN)
      assert.equal(encodeInput({ ...town, nullable: false }, cell), undefined)
      assert.equal(encodeInput({ ...day, nullable: false }, cell), undefined)
    }
  })

  test('is there exactly where the field admits the cell, whatever it is', () => {
    const fields: readonly InputField[] = [
      town,
      day,
      { type: 'text', known: [], levels: ['a'] },
      { type: 'text', known: ['a'], maxLength: 2 },
      { type: 'date', min: '2020-01-01', max: '2020-12-31' },
    ]
    const cells = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('a', 'Ulm', '2020-02-29', '2021-01-01', '2020-02-30', '0000-01-01'),
    )
    fc.assert(
      fc.property(fc.constantFrom(...fields), cells, (field, cell) => {
        const isAdmitted = describeViolation(field, cell) === undefined
        assert.equal(encodeInput(field, cell) !== undefined, isAdmitted)
      }),
    )
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.anything(), (field, cell) => {
        if (typeof cell === 'string' || cell === null || cell === undefined) return
        assert.equal(encodeInput(field, cell), undefined)
      }),
    )
  })
})

test('a text of a model names what it knows, each once, or is given to it as it is', () => {
  assert.ok(isInputField({ type: 'text' }) && isPlainText({ type: 'text' }))
  assert.ok(!isPlainText(town) && !isPlainText(day))

  assert.ok(isInputField(town) && isInputField(day) && isInputField({ type: 'boolean' }))
  for (const known of [null, 'Ulm', [1], ['a', 'a']]) {
    assert.equal(isInputField({ type: 'text', known }), false)
  }
})
