import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { expectationTypes } from '../../../src/data/expectations/catalogue.ts'
import { isDateText } from '../../../src/data/expectations/formats/date-text.ts'
import { messageOf, validate, type Item } from './hold-table.ts'

const text = readFileSync('docs/expectation-types.md', 'utf8')

describe('docs/expectation-types.md', () => {
  test('has every type with its arguments, and no other', () => {
    const rows = [...text.matchAll(/^\| `(\w+)`\s*\| (.*?)\s*\| (\S.*?)\s*\|$/gm)]
    const documented = rows.map(([, name, kwargs]) => [name, kwargs!.split(' ').sort()])
    const known = [...expectationTypes].map(([name, { kwargs }]) => [
      name,
      Object.entries(kwargs)
        .map(([kwarg, { isRequired }]) => (isRequired ? `\`${kwarg}\`` : `[\`${kwarg}\`]`))
        .sort(),
    ])
    assert.deepEqual(documented, known)
  })

  test('its example is a suite that holds', async () => {
    const [, json] = /```json\n([^]*?)```/.exec(text)!
    const { expectations } = JSON.parse(json!) as { readonly expectations: readonly Item[] }
    assert.equal(expectations.length, 3)
    const result = await validate(expectations)
    assert.deepEqual(result.results.map(messageOf), [undefined, undefined, undefined])
    assert.equal(result.success, true)
  })

  test('its dates are dates, and its guesses are none', () => {
    const [, dates, guesses] =
      /time of day after:\n([^]*?) and\n20240105T101112[^]*?less — ([^]*?) — is/.exec(text)!
    const plain = dates!.replaceAll(/\s+/g, ' ').split('; times as')[0]!
    for (const date of plain
      .replace(' (either order, if it is a day)', '')
      .replace('January 5, 2024', 'January 5 2024')
      .replace(' and 2024', '')
      .split(', ')) {
      assert.equal(isDateText(date), true, date)
    }
    for (const guess of guesses!.split(', ')) assert.equal(isDateText(guess), false, guess)
  })
})
