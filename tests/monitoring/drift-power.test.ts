/** The table of false alarms and of what is found in docs/drift.md, drawn again. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createRandom, type Random } from '../../src/core/random.ts'
import { countValues } from '../../src/data/profile/count-values.ts'
import type { ColumnDistribution } from '../../src/data/profile/read-distributions.ts'
import { compareObserved } from '../../src/monitoring/compare-observed.ts'

const tables = 200
const known = 5000
const sizes = [50, 200]

test('false alarms are as rare, and shifts are found as often, as the documentation says', () => {
  const documented = readTable()
  assert.deepEqual([...documented.keys()], Object.keys(kinds))
  for (const [name, draw] of Object.entries(kinds)) {
    const counted = sizes.flatMap((rows) => countAlarms(name, draw, rows))
    for (const [i, share] of counted.entries()) {
      // Logarithms of another engine may differ in the last digit.
      const says = documented.get(name)![i]!
      assert.ok(Math.abs(share - says) <= 1, `${name}: ${counted.join(' ')}`)
    }
  }
})

/** What is drawn of a row, moved or not. */
interface Kind {
  readonly family: ColumnDistribution['family']
  readonly draw: (random: Random) => number
  readonly moved: (random: Random) => number
}

const kinds: Readonly<Record<string, Kind>> = {
  'normal, by half a deviation': {
    family: 'number',
    draw: drawNormal,
    moved: (random) => drawNormal(random) + 0.5,
  },
  'heavy tails (Cauchy), by 0.7': {
    family: 'number',
    draw: drawCauchy,
    moved: (random) => drawCauchy(random) + 0.7,
  },
  'four fifths are 0': {
    family: 'number',
    draw: (random) => (random.next() < 0.8 ? 0 : Math.exp(drawNormal(random))),
    moved: (random) => Math.exp(drawNormal(random)),
  },
  '10 whole numbers': whole(10),
  '1,000 whole numbers': {
    ...whole(1000),
    moved: (random) => 900 + random.nextInteger(100),
  },
  '2 texts, even': text((random) => random.nextInteger(2), 1),
  '2 texts, one of 5 %': text((random) => Number(random.next() < 0.05), 1),
  '20 texts, even': text((random) => random.nextInteger(20)),
  '20 texts, skewed': text((random) => drawSkewed(random, 20)),
  '500 texts, even': text((random) => random.nextInteger(500)),
  '500 texts, skewed': text((random) => drawSkewed(random, 500)),
  'booleans, 30 %': {
    family: 'boolean',
    draw: (random) => Number(random.next() < 0.3),
    moved: () => 1,
  },
  'hours of moments': {
    family: 'number',
    draw: (random) => Math.floor(24 * Math.sqrt(random.next())),
    moved: (random) => random.nextInteger(4),
  },
}

function whole(levels: number): Kind {
  return { family: 'number', draw: (random) => random.nextInteger(levels), moved: () => 7 }
}

function text(draw: Kind['draw'], moved = 7): Kind {
  return { family: 'text', draw, moved: () => moved }
}

/** Percents of tables: alarms without a shift, those of Evidently's preset, and alarms with rows that moved. */
function countAlarms(name: string, kind: Kind, rows: number): readonly number[] {
  const random = createRandom(rows)
  const share = name.includes(', by ') ? 1 : 0.3
  const alarms = [0, 0, 0]
  for (let table = 0; table < tables; table++) {
    const reference = observe(kind, known, () => kind.draw(random))
    const same = observe(kind, rows, () => kind.draw(random))
    const moved = observe(kind, rows, () =>
      random.next() < share ? kind.moved(random) : kind.draw(random),
    )
    const reports = [
      compareObserved({ reference, current: same }, {}, []),
      compareObserved({ reference, current: same }, { preset: 'evidently' }, []),
      compareObserved({ reference, current: moved }, {}, []),
    ]
    for (const [i, { isDrifted }] of reports.entries()) if (isDrifted) alarms[i]!++
  }
  return alarms.map((count) => (100 * count) / tables)
}

function observe({ family }: Kind, rows: number, draw: () => number) {
  const { values, counts } = countValues(Float64Array.from({ length: rows }, draw))
  const type = { number: 'DOUBLE', boolean: 'BOOLEAN', text: 'VARCHAR', time: '', other: '' }[
    family
  ]
  const column = { name: 'x', type, family, rows, nulls: 0, nans: 0, infinities: 0 }
  const described: ColumnDistribution =
    family === 'text'
      ? {
          ...column,
          distribution: {
            kind: 'categories',
            counts: new Map(Array.from(values, (value, i) => [`v${value}`, counts[i]!])),
            total: rows,
            others: 0,
          },
        }
      : {
          ...column,
          distribution: {
            kind: 'numbers',
            values,
            counts,
            total: rows,
            resolution: 0,
            areIntegers: values.every(Number.isInteger),
          },
          range: [values[0]!, values.at(-1)!],
        }
  return { rows, columns: new Map([['x', described]]) }
}

/** Box and Muller's. */
function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
}

function drawCauchy(random: Random): number {
  return Math.tan(Math.PI * (random.next() - 0.5))
}

/** The nth is about as frequent as 1/n. */
function drawSkewed(random: Random, levels: number): number {
  return Math.floor((levels + 1) ** random.next()) - 1
}

/** By kind the percents of both sizes, as they are counted. */
function readTable(): ReadonlyMap<string, readonly number[]> {
  const [, table = ''] = readFileSync('docs/drift.md', 'utf8').split('## How often it is wrong')
  const rows = [...table.matchAll(/^\| (.+?) +\|(.+)\|$/gm)].map(([, name = '', cells = '']) => {
    const percents = cells.split('|').map((cell) => Number(cell.replace('%', '')))
    return [name, percents] as const
  })
  return new Map(rows.filter(([, percents]) => percents.every(Number.isFinite)))
}
