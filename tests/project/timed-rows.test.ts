/** Projects whose rows follow one another: `time` of project.ts. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { defineSchema } from '../../src/core/schema.ts'
import { defineProject, type Project } from '../../src/project/definition/define-project.ts'
import { splitByTime } from '../../src/training/splitting/split.ts'
import { buildHouse, parametersOf, type House } from './target-house.ts'

describe('rows in the order of time', () => {
  test('are learnt from when they are older, and what has changed since shows', async () => {
    const [mixed, timed] = [await errorOf(undefined), await errorOf('day')]
    // The level rises by a hundred a year, and only the newest rows are of the last one.
    assert.ok(mixed < 40, `${mixed}`)
    assert.ok(timed > 60, `${timed}`)
  })

  test('are held out so by a search: each fold by a model of older ones', () => {
    const splits = splitByTime(Float64Array.of(3, 1, 2, 1, 3))
    assert.deepEqual(
      splits.map(({ train, test: held }) => [[...train], [...held]]),
      [
        [
          [0, 2, 4],
          [1, 3],
        ],
        [[0, 4], [2]],
      ],
    )
    assert.throws(() => splitByTime(Float64Array.of(1, 1)), { code: 'TRAINING_INVALID' })
  })

  test('are ordered by days, moments or numbers, and are not grouped as well', () => {
    const refusals: readonly [object, RegExp][] = [
      [{ time: 'open' }, /the time 'open' is boolean/],
      [{ time: 'days' }, /the time 'days' is no column/],
      [{ time: 'day', group: 'open' }, /there is a group and a time/],
      [{ time: 'id' }, /'id' is the time and something else/],
    ]
    for (const [roles, message] of refusals) {
      assert.throws(() => defineSales(roles), { code: 'CONFIG_INVALID', message })
    }
    // What is learnt of a year may be that it is later.
    defineSales({ time: 'year' })
  })
})

/** That is measured; what promotes scores the same rows, or it would not go on. */
async function errorOf(time: 'day' | undefined): Promise<number> {
  await using house = await build(time)
  await house.make('boosting')
  await house.promote()
  const { rmse } = house.readJson('metrics/boosting.json') as { rmse: number }
  return rmse
}

function build(time: 'day' | undefined): Promise<House> {
  const random = createRandom(5)
  const rows = Array.from({ length: 5 * 73 }, (_, i) => {
    const day = new Date(Date.UTC(2020, 0, 1 + 5 * i))
    const year = day.getUTCFullYear()
    const sold = 100 * (year - 2020) + 10 * random.next()
    return `${i},${day.toISOString().slice(0, 10)},${year},${i % 7 > 0},${sold}`
  })
  const boosting = { rounds: 60, learning_rate: 0.3, min_rows_per_leaf: 2, l2: 0, max_bins: 255 }
  return buildHouse(
    defineSales(time === undefined ? {} : { time }),
    `id,day,year,open,sold\n${rows.join('\n')}\n`,
    parametersOf({ train: { boosting }, promote: { metric: 'rmse', baseline: false } }),
  )
}

function defineSales(roles: { time?: string; group?: string }): Project {
  return defineProject({
    name: 'sales',
    schema: defineSchema({
      id: { type: 'integer' },
      day: { type: 'date' },
      year: { type: 'integer' },
      open: { type: 'boolean' },
      sold: { type: 'number' },
    }),
    key: 'id',
    target: 'sold',
    features: { year: 'as-is' },
    sources: [{ kind: 'folder', path: 'data', files: ['sales.csv'] }],
    citation: { title: 'Sales', url: 'https://example.com', licence: 'CC0' },
    ...(roles as object),
  })
}
