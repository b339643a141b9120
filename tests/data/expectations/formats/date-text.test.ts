import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isDateText } from '../../../../src/data/expectations/formats/date-text.ts'

describe('isDateText', () => {
  const good =
    '2024-01-05|2024/1/5|05.01.2024|13/05/2024|20240105|2024-01|5 Jan 2024|5-Jan-24|Jan. 5, 2024|Mon, 5 January 2024|May 2024|2024|10:11|10 pm|2024-01-05T10:11:12.5+01:00|2024-01-05 10:11 PM|20240105T101112Z| 2024-01-05 '
  const bad =
    '|now|soon|1e3|nan|2024-13-01|13/13/2024|2023-02-29|30.02.2024|25:00|10:60|13:00 pm|2024-01-05 24:00|32 Jan 2024|0000-01-01|2024-01-05x|Jut 5 2024'

  test('reads the forms that data is written in', () => {
    for (const value of good.split('|')) assert.equal(isDateText(value), true, value)
  })
  test('reads nothing else, and no day that does not exist', () => {
    for (const value of bad.split('|')) assert.equal(isDateText(value), false, value)
  })
  test('reads every day and time in ISO 8601', () => {
    const days = fc.date({
      min: new Date('0001-01-01'),
      max: new Date('9999-12-31'),
      noInvalidDate: true,
    })
    fc.assert(fc.property(days, (day) => assert.ok(isDateText(day.toISOString()))))
  })
  test('never throws on garbage', () => {
    fc.assert(
      fc.property(fc.string(), (value) => assert.equal(typeof isDateText(value), 'boolean')),
    )
  })
})
