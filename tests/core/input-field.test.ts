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
const moment = { type: 'datetime', nullable: true } as const

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

  test('stands for every moment of the calendar, exactly in 64 bits, and back', () => {
    const dates = fc.date({
      min: new Date('0001-01-01'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    const offsets = fc.integer({ min: -1439, max: 1439 })
    fc.assert(
      fc.property(dates, offsets, fc.nat({ max: 999_999 }), (date, offset, nanoseconds) => {
        const text = decodeInput(moment, date.getTime())
        assert.equal(encodeInput(moment, text), date.getTime())
        // The same moment on a clock elsewhere, with digits that do not count.
        const local = new Date(date.getTime() + offset * 60_000)
        if (!/^\d{4}/.test(local.toISOString()) || local.getUTCFullYear() === 0) return
        const clock = local.toISOString().slice(0, -1) + String(nanoseconds).padStart(6, '0')
        const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60].map(
          (part) => String(part).padStart(2, '0'),
        )
        const written = `${clock.replace('T', ' ')}${offset < 0 ? '-' : '+'}${hours}:${minutes}`
        assert.equal(encodeInput(moment, written), date.getTime(), written)
      }),
    )
    // By hand: 20,787 days of 86,400 s after 1970, and 14:05 is 50,700 s.
    const same = 20_787 * 86_400_000 + 50_700_000
    for (const text of [
      '2026-11-30T14:05:00Z',
      '2026-11-30t14:05:00z',
      '2026-11-30 14:05',
      '2026-11-30 14:05:00.000',
      '2026-11-30T19:35:00+05:30',
      '2026-11-30 19:35+0530',
      '2026-11-30 09:05:00-05',
      '2026-12-01T00:04:00.000999999+09:59',
    ])
      assert.equal(encodeInput(moment, text), same, text)
    assert.equal(encodeInput(moment, '1969-12-31T23:59:59.9999Z'), -1)
    assert.equal(encodeInput(moment, '2026-11-30'), 20_787 * 86_400_000)
  })

  test('is of no text that is no moment', () => {
    for (const text of [
      '2026-02-30T10:00:00Z',
      '2026-11-30T24:00:00Z',
      '2016-12-31T23:59:60Z',
      '2026-11-30T14',
      '2026-11-30T14:5:00Z',
      '2026-11-30T14:05:00.Z',
      '2026-11-30T14:05:00.1234567890Z',
      '2026-11-30T14:05:00+24:00',
      '2026-11-30T14:05:00+05:60',
      '2026-11-30T14:05:00 UTC',
      ' 2026-11-30T14:05:00Z',
      '26-11-30T14:05:00Z',
      '10000-01-01T00:00:00Z',
      '+010000-01-01T00:00:00Z',
      '0000-12-31T23:59:59-05:00',
      '0001-01-01T00:00:00+00:01',
      '9999-12-31T23:59:59-00:01',
      '1796047500000',
      'now',
    ])
      assert.equal(encodeInput(moment, text), undefined, text)
    for (const number of [0.5, -62_135_596_800_001, 253_402_300_800_000, NaN, Infinity])
      assert.equal(decodeInput(moment, number), null)
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
