/** Pairs of tables of many columns as SQL, from a seed. */

import type { Random } from '../../../src/core/random.ts'

export interface TablePair {
  readonly reference: string
  readonly current: string
}

/**
 * Two tables of `width` columns c0, c1, …; some have moved. Infinities only beside small references: for large ones
 * Evidently contradicts itself, as its count of drifted columns takes a distance that is NaN.
 */
export function randomTables(
  random: Random,
  rows: readonly [number, number],
  width: number,
): TablePair {
  const columns = Array.from({ length: width }, (_, i) => randomColumn(random, i, rows[0] <= 1000))
  const select = (side: 0 | 1): string => {
    const list = columns.map((column, i) => `${column[side]} AS c${i}`)
    return `(SELECT ${list.join(', ')} FROM range(${side * 1_000_000}, ${side * 1_000_000 + rows[side]}))`
  }
  return { reference: select(0), current: select(1) }
}

type Sides = readonly [string, string]

function randomColumn(random: Random, index: number, hasInfinities: boolean): Sides {
  const u = `(hash(range * 1000 + ${1 + index}) / 18446744073709551616)`
  const v = `(hash(range * 1000 + ${500 + index}) / 18446744073709551616)`
  const shift = pick(random, [0, 0, 0.05, 0.3, 1])
  const [before, after] = shapes[index % shapes.length]!(u, { shift, random, hasInfinities })
  const missing = pick(random, [0, 0, 0.1])
  const withNulls = (value: string): string =>
    missing === 0 ? value : `CASE WHEN ${v} >= ${missing} THEN ${value} END`
  return [withNulls(before), withNulls(after)]
}

interface Draw {
  readonly shift: number
  readonly random: Random
  readonly hasInfinities: boolean
}

const shapes: readonly ((u: string, draw: Draw) => Sides)[] = [
  (u, { shift }) => both((by) => `ln(${u} / (1 - ${u})) + ${by}`, shift),
  (u, { shift, random }) => {
    const distinct = pick(random, [2, 3, 8, 10, 11, 20])
    return both((by) => `CAST(floor(${u} ** (1 + ${by}) * ${distinct}) AS INTEGER)`, shift)
  },
  (u, { shift }) => both((by) => `CAST(1000 * (${u} + ${by}) AS BIGINT)`, shift),
  (u, { shift, random }) => {
    const labels = pick(random, [2, 3, 9, 30])
    return both((by) => `'g' || CAST(floor(${u} ** (1 + ${by}) * ${labels}) AS INTEGER)`, shift)
  },
  (u, { shift }) => both((by) => `${u} > 0.4 + ${by} / 4`, shift),
  (u, { shift, random }) => {
    const distinct = pick(random, [2, 4, 5, 6])
    return both((by) => `floor(${u} ** (1 + ${by}) * ${distinct}) / 10`, shift)
  },
  (u, { shift }) => both((by) => `exp(6 * ${u} + ${by})`, shift),
  (u, { shift }) => [
    `'g' || CAST(floor(${u} * 4) AS INTEGER)`,
    `'g' || CAST(floor(${u} * (4 + ${shift})) AS INTEGER)`,
  ],
  (u, { shift, hasInfinities }) => {
    const share = hasInfinities ? 0.1 : 0
    return both(
      (by) => `CASE WHEN ${u} < ${share} THEN 'infinity'::DOUBLE ELSE ${u} + ${by} END`,
      shift,
    )
  },
]

function both(value: (by: number) => string, shift: number): Sides {
  return [value(0), value(shift)]
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.nextInteger(values.length)]!
}
