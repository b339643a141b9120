import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { parseParameters } from '../../../src/project/parameters/parameters.ts'

const parameters = parse(readFileSync('params.yaml', 'utf8')) as Record<string, object>

test('docs/neural-networks.md has every number with the range and default of the parser', () => {
  const page = readFileSync('docs/neural-networks.md', 'utf8').replaceAll(/ +\|/g, ' |')
  const row = /^\| `train\.neural\.([a-z_]+)` \| \w+ \| (\S+) to (\S+) \| (\S+) \|/gm
  const rows = [...page.matchAll(row)]
  const defaults = parseWith({})
  assert.deepEqual(
    Object.fromEntries(rows.map(([, name, , , value]) => [name, Number(value)])),
    numbersOf(defaults),
  )
  for (const [, name, min, max] of rows) {
    for (const value of [Number(min), Number(max)]) {
      assert.deepEqual(parseWith({ [name!]: value }), { ...defaults, [name!]: value })
    }
    assert.throws(() => parseWith({ [name!]: Number(max) + 1 }), { code: 'CONFIG_INVALID' })
    assert.throws(() => parseWith({ [name!]: Number(min) - 1 }), { code: 'CONFIG_INVALID' })
  }
})

test('a misspelled parameter of the network is named with its neighbour', () => {
  assert.throws(() => parseWith({ hiden_units: 8 }), /did you mean 'hidden_units'\?/)
})

/** How a model is calibrated is the same for every kind, and told elsewhere. */
function numbersOf(section: object): object {
  const numbers = Object.entries(section).filter(([, value]) => typeof value === 'number')
  return Object.fromEntries(numbers)
}

function parseWith(neural: object): object {
  const { train, ...others } = parameters
  const text = JSON.stringify({ ...others, train: { ...train, neural } })
  return parseParameters(text, 'params.yaml').train.neural
}
