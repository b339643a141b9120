import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { openDatabase, type Database } from '../../../src/data/duckdb-store.ts'
import * as feature from '../../../src/data/expressions/build-expression.ts'
import type { Aggregate, NumberExpression } from '../../../src/data/expressions/expression.ts'
import { toFunction } from '../../../src/data/expressions/to-function.ts'
import { toSql } from '../../../src/data/expressions/to-sql.ts'

interface Fact {
  readonly key: number
  readonly team: string | null
  readonly month: number | null
  readonly paid: number | null
}

const team = { kind: 'textColumn', name: 'team' } as const
const month: NumberExpression = { kind: 'numberColumn', name: 'month' }
const paid: NumberExpression = { kind: 'numberColumn', name: 'paid' }
const operators = ['count', 'sum', 'mean', 'min', 'max'] as const

describe('aggregates', () => {
  test('are what a loop over the rows gives, whole groups and earlier rows', async () => {
    using database = await openDatabase()
    const small = fc.integer({ min: 0, max: 5 })
    const facts = fc.array(
      fc.record({
        team: fc.constantFrom('a', 'b', null),
        month: fc.option(small),
        paid: fc.option(small),
      }),
      { minLength: 1, maxLength: 15 },
    )
    const frames = fc.constantFrom(undefined, { order: month }, { order: month, last: 2 })
    await fc.assert(
      fc.asyncProperty(facts, frames, fc.constantFrom([], [team]), async (drawn, before, by) => {
        const table = drawn.map((fact, key) => ({ key, ...fact }))
        const options = { by, ...(before !== undefined && { before }) }
        const features = Object.fromEntries(
          operators.map((operator) => [operator, feature.aggregate(operator, paid, options)]),
        )
        const found = await queryFacts(database, features, table)
        table.forEach((fact, i) => {
          const numbers = seenBy(fact, table, { isGrouped: by.length > 0, before })
          const expected = operators.map((operator) => reduce(operator, numbers))
          assert.deepEqual(
            operators.map((operator) => found[i]![operator]),
            expected,
            JSON.stringify({ fact, before, by, table }),
          )
        })
      }),
      { numRuns: 60 },
    )
  })

  test('are numbers like others: a share of the group is a division', async () => {
    using database = await openDatabase()
    const share = feature.divide(paid, feature.aggregate('sum', paid, { by: [team] }))
    const table = [1, 3, 6].map((each, key) => ({ key, team: 'a', month: 0, paid: each }))
    const rows = await queryFacts(database, { share }, table)
    assert.deepEqual(
      rows.map((row) => row['share']),
      [0.1, 0.3, 0.6],
    )
  })

  test('are refused where there is one row', () => {
    assert.throws(() => toFunction(feature.aggregate('mean', paid)), {
      code: 'CONFIG_INVALID',
      message: /'mean'.*other rows/,
    })
  })
})

/** The numbers that the aggregate of a row sees; `undefined` when it has none. */
function seenBy(
  fact: Fact,
  table: readonly Fact[],
  frame: {
    readonly isGrouped: boolean
    readonly before: { readonly last?: number } | undefined
  },
): number[] | undefined {
  const { isGrouped, before } = frame
  if (isGrouped && fact.team === null) return undefined
  const group = table.filter((other) => !isGrouped || other.team === fact.team)
  if (before === undefined) return presentIn(group)
  const now = fact.month
  if (now === null) return undefined
  const earlier = [...new Set(group.flatMap((each) => each.month ?? []))].filter(
    (other) => other < now,
  )
  const seen = earlier.sort((a, b) => b - a).slice(0, before.last ?? Infinity)
  return presentIn(group.filter((other) => other.month !== null && seen.includes(other.month)))
}

function presentIn(facts: readonly Fact[]): number[] {
  return facts.flatMap((fact) => fact.paid ?? [])
}

function reduce(
  operator: Aggregate['operator'],
  numbers: readonly number[] | undefined,
): number | null {
  if (numbers === undefined) return null
  if (operator === 'count') return numbers.length
  if (numbers.length === 0) return null
  const sum = numbers.reduce((total, each) => total + each, 0)
  if (operator === 'sum') return sum
  if (operator === 'mean') return sum / numbers.length
  return operator === 'min' ? Math.min(...numbers) : Math.max(...numbers)
}

async function queryFacts(
  database: Database,
  features: Readonly<Record<string, NumberExpression>>,
  table: readonly Fact[],
): Promise<Record<string, unknown>[]> {
  const rows = table.map(({ key, ...fact }) => {
    const cells = [fact.team === null ? null : `'${fact.team}'`, fact.month, fact.paid]
    return `(${[key, ...cells.map((cell) => cell ?? 'NULL')].join(', ')})`
  })
  const from = `(SELECT * FROM (VALUES ${rows.join(', ')}) AS t (step_0, team, month, paid))`
  return database.query(`${toSql(features, from, ['step_0'])} ORDER BY step_0`)
}
