/** How often chance raises an alarm, and how often a real shift does: counted over drawn tables. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRandom, type Random } from '../../src/core/random.ts'
import { countValues } from '../../src/data/profile/count-values.ts'
import type {
  ColumnDistribution,
  TableDistributions,
} from '../../src/data/profile/read-distributions.ts'
import { compareObserved } from '../../src/monitoring/compare-observed.ts'

const names = ['normal', 'skewed', 'whole', 'kind', 'gaps']

describe('drift over many tables', () => {
  for (const [before, after] of [
    [60, 60],
    [200, 200],
    [1000, 50],
  ] as const) {
    test(`${before} rows against ${after} of the same kind alarm in at most 5 % of 400 tables`, () => {
      const random = createRandom(before + after)
      let alarms = 0
      for (let i = 0; i < 400; i++) {
        const pair = { reference: draw(random, before, 0), current: draw(random, after, 0) }
        if (compareObserved(pair, {}, []).isDrifted) alarms++
      }
      // 5 % of 400 are 20; three standard deviations of such a count are 13.
      assert.ok(alarms <= 33, `${alarms} alarms`)
    })
  }

  test('a shift of half a standard deviation in 500 rows is found in at least 95 % of 200 tables', () => {
    const random = createRandom(5)
    let found = 0
    for (let i = 0; i < 200; i++) {
      const pair = { reference: draw(random, 500, 0), current: draw(random, 500, 0.5) }
      if (compareObserved(pair, {}, []).drifted.includes('normal')) found++
    }
    assert.ok(found >= 190, `${found} found`)
  })
})

/** Five columns; the first is moved by so many of its standard deviations. */
function draw(random: Random, rows: number, shift: number): TableDistributions {
  const cells: readonly (() => number)[] = [
    () => drawNormal(random) + shift,
    () => Math.exp(drawNormal(random)),
    () => random.nextInteger(1000),
    () => Math.min(random.nextInteger(6), random.nextInteger(6)),
    () => (random.next() < 0.1 ? NaN : drawNormal(random)),
  ]
  const columns = names.map((name, i) => {
    const drawn = Float64Array.from({ length: rows }, () => cells[i]!())
    return [name, describeCells(name, drawn)] as const
  })
  return { rows, columns: new Map(columns) }
}

function describeCells(name: string, cells: Float64Array): ColumnDistribution {
  const { values, counts, nans } = countValues(cells)
  const areIntegers = name === 'whole' || name === 'kind'
  return {
    name,
    type: areIntegers ? 'BIGINT' : 'DOUBLE',
    family: 'number',
    rows: cells.length,
    nulls: 0,
    nans,
    infinities: 0,
    distribution: {
      kind: 'numbers',
      values,
      counts,
      total: cells.length - nans,
      resolution: 0,
      areIntegers,
    },
    range: [values[0]!, values.at(-1)!],
  }
}

/** Box and Muller's. */
function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
}
