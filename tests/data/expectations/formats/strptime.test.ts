import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  createFormatMatcher,
  describeFormatProblem,
} from '../../../../src/data/expectations/formats/strptime.ts'

describe('createFormatMatcher', () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    [
      '%Y-%m-%d',
      ['2024-02-29', '2024-1-5', '0001-01-01'],
      ['2023-02-29', '2024-13-01', '0000-01-01', ' 2024-01-01', '2024-01-01 '],
    ],
    ['%d/%m/%y', ['31/12/99', '1/2/00', ' 1/2/00'], ['31/11/99', '32/1/00', '1/2/2000']],
    ['%H:%M:%S', ['00:00:00', '23:59:59', '1:2:3'], ['24:00:00', '12:30:60', '12:60:00']],
    ['%I:%M %p', ['1:05 pm', '12:00   AM'], ['13:00 pm', '0:10 am', '1:05 xm']],
    [
      '%a, %d %b %Y',
      ['Mon, 05 Feb 2024', 'mon, 5 FEB 2024'],
      ['Monday, 5 Feb 2024', 'Mon, 30 Feb 2024'],
    ],
    [
      '%Y-%m-%dT%H:%M:%S.%f%z',
      ['2024-01-05T10:11:12.5Z', '2024-01-05T10:11:12.123456+01:00'],
      ['2024-01-05T10:11:12.5z', '2024-01-05T10:11:12.5+24:00', '2024-01-05T10:11:12.1234567Z'],
    ],
    ['%j %Y', ['366 2023', '1 2024'], ['0 2024', '367 2024']],
    ['%G-W%V-%u', ['2020-W53-1', '2024-W01-7'], ['2021-W00-1', '2021-W54-1', '2021-W01-0']],
    ['%b %d', ['Feb 28'], ['Feb 29']],
    ['%%%d (x)', ['%5 (x)'], ['5 (x)', '%5 x']],
  ]
  for (const [format, good, bad] of cases) {
    test(`reads whole texts as '${format}'`, () => {
      assert.equal(describeFormatProblem(format), undefined)
      const matches = createFormatMatcher(format)
      for (const value of good) assert.equal(matches(value), true, value)
      for (const value of [...bad, '', 'soon']) assert.equal(matches(value), false, value)
    })
  }

  test('reads every day that it is written', () => {
    const days = fc.date({
      min: new Date('0001-01-01'),
      max: new Date('9999-12-31'),
      noInvalidDate: true,
    })
    const matches = createFormatMatcher('%Y-%m-%d')
    fc.assert(fc.property(days, (day) => assert.ok(matches(day.toISOString().slice(0, 10)))))
  })

  test('reads garbage as nothing', () => {
    const matches = createFormatMatcher('%Y-%m-%d %H:%M')
    fc.assert(fc.property(fc.string(), (value) => assert.equal(matches(value), false)))
  })

  test('a format that Python refuses whatever the text has a problem', () => {
    for (const format of [
      '%Q',
      '%',
      '%d %',
      '%Y %Y',
      '%V',
      '%G',
      '%G %V',
      '%c %Y',
      '%-d',
      '%s',
      '%G %V %u %j',
    ]) {
      assert.notEqual(describeFormatProblem(format), undefined, format)
    }
  })
})
