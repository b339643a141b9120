import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ToolkitError } from '../../../src/core/errors.ts'
import { defaultBoostingParameters } from '../../../src/training/boosting/index.ts'
import { checkBoostingParameters } from '../../../src/training/boosting/parameters.ts'

test('docs/boosting.md has every parameter with its range and default', () => {
  const page = readFileSync(new URL('../../../docs/boosting.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)` +\| ([\d.]+) to ([\d.]+) +\| ([\d.]+) +\| `\w+`/gm)]
  const { objective, ...numbers } = defaultBoostingParameters
  assert.equal(objective, 'binary')
  assert.deepEqual(
    Object.fromEntries(rows.map(([, name, , , value]) => [name, Number(value)])),
    numbers,
  )
  for (const [, name, min, max] of rows) {
    const bounds = / (?:from|above) (\S+?),? (?:to|up to|below) (\S+)$/.exec(complaint(name!))
    assert.deepEqual(bounds?.slice(1), [min, max], name)
  }
})

function complaint(name: string): string {
  try {
    checkBoostingParameters({ [name]: NaN })
  } catch (error) {
    if (error instanceof ToolkitError) return error.message
  }
  return assert.fail(`${name} takes NaN`)
}
