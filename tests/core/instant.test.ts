import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseInstant } from '../../src/core/instant.ts'

test('a moment is read as it is written, whatever the zone of the machine', () => {
  const noon = Date.UTC(2026, 0, 31, 12)
  for (const text of [
    '2026-01-31T12:00:00Z',
    '2026-01-31 12:00Z',
    '2026-01-31T14:00:00.000+02:00',
    '2026-01-31T07:00-05:00',
  ]) {
    assert.equal(parseInstant(text), noon, text)
  }
  assert.equal(parseInstant('2026-01-31'), Date.UTC(2026, 0, 31))
  const moment = fc.date({
    noInvalidDate: true,
    min: new Date('0001-01-01'),
    max: new Date('9999-12-31'),
  })
  fc.assert(fc.property(moment, (date) => parseInstant(date.toISOString()) === date.getTime()))
})

test('what is no moment, or one on this machine alone, is none', () => {
  for (const text of [
    '2026-02-30',
    '2026-02-30T00:00:00Z',
    '2026-13-01',
    '2026-01-31T25:00:00Z',
    '2026-01-31T12:00:00',
    '2026-01-31 (x)',
    '2026-1-31',
    ' 2026-01-31',
    '5',
    '',
  ]) {
    assert.equal(parseInstant(text), undefined, text)
  }
  fc.assert(
    fc.property(fc.string(), (text) => /^\d{4}-/.test(text) || parseInstant(text) === undefined),
  )
})
