/** What conditions mean, said twice: by the database and by plain code. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../src/core/random.ts'
import type { Comparison, Condition, Operator } from '../../src/tracking/search/condition.ts'
import { planCondition } from '../../src/tracking/search/condition-sql.ts'
import { parseFilter } from '../../src/tracking/search/parse-filter.ts'
import { searchableRun } from '../../src/tracking/search/run-search.ts'
import type { Field } from '../../src/tracking/search/searchable.ts'
import type { TrackingDatabase } from '../../src/tracking/store/database/database-store.ts'
import { pools, randomData, type RunData } from '../peers/search/random-data.ts'
import { openSearchDatabase, type SearchDatabase } from './search-database.ts'

describe('conditions', () => {
  const data = randomData(createRandom(11))
  let opened: SearchDatabase
  let database: TrackingDatabase

  before(async () => {
    opened = await openSearchDatabase(data)
    database = opened.database
  })
  after(() => opened[Symbol.asyncDispose]())

  const find = (tree: Condition): readonly string[] => {
    const { sql, values } = planCondition(tree, searchableRun)
    const rows = database.rows(`SELECT run_id FROM runs WHERE ${sql} ORDER BY run_id`, values)
    return rows.map((row) => String(row['run_id']))
  }
  const found = (filter: string): ReadonlySet<string> =>
    new Set(find(parseFilter(filter, searchableRun)))

  test('a condition finds the runs for which it holds, however clauses are put together', () => {
    fc.assert(
      fc.property(condition, (tree) => {
        const expected = data.runs.filter((run) => holds(tree, run)).map(({ id }) => id)
        assert.deepEqual(find(tree), expected.sort())
      }),
      { numRuns: 500 },
    )
  })

  test('NOT finds just the others, also those without a value', () => {
    for (const filter of [
      'metrics.loss > 0',
      "params.model LIKE '%in%'",
      'end_time > 10',
      "dataset.name = 'train'",
      "run_name IN ('linear', 'tree')",
      "tags.model NOT IN ('linear') OR metrics.loss IS NULL",
    ]) {
      const [yes, no] = [found(filter), found(`NOT (${filter})`)]
      assert.ok(yes.size > 0 && no.size > 0)
      assert.equal(yes.intersection(no).size, 0)
      assert.equal(yes.size + no.size, data.runs.length)
    }
  })
})

const pairField = fc
  .tuple(fc.constantFrom('param', 'tag'), fc.constantFrom(...pools.pairKeys, 'none'))
  .map(([entity, key]): Field => ({ entity, key, type: 'text' }))
const attributeField = fc
  .constantFrom('status', 'user_id', 'run_id')
  .map((key): Field => ({ entity: 'attribute', key, type: 'text' }))
const datasetField = fc
  .constantFrom('name', 'digest', 'context')
  .map((key): Field => ({ entity: 'dataset', key, type: 'text' }))
const textField = fc.oneof(pairField, attributeField, datasetField)
const numberField = fc.oneof(
  fc
    .constantFrom(...pools.metricKeys, 'none')
    .map((key): Field => ({ entity: 'metric', key, type: 'number' })),
  fc
    .constantFrom('start_time', 'end_time')
    .map((key): Field => ({ entity: 'attribute', key, type: 'number' })),
)
const someText = fc.constantFrom(
  ...pools.texts,
  ...pools.statuses,
  'ada',
  'train',
  'd1',
  'training',
)
const pattern = fc.oneof(
  someText,
  someText.map((text) => `%${text.slice(1).toUpperCase()}`),
  someText.map((text) => `_${text.slice(1)}%`),
  fc.string({ unit: fc.constantFrom('%', '_', 'a', 'R', '[', ']', '*', '?', '^', '-') }),
)

const comparison = fc.oneof(
  compared(textField, ['=', '!='], someText),
  compared(textField, ['LIKE', 'ILIKE'], pattern),
  compared(numberField, ['=', '!=', '<', '<=', '>', '>='], fc.constantFrom(...pools.numbers, 10)),
  listed(textField, someText),
  listed(numberField, fc.constantFrom(...pools.numbers, ...pools.times)),
)

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    comparison,
    fc.oneof(textField, numberField).map((field): Condition => ({ kind: 'missing', field })),
    tie('condition').map((inner): Condition => ({ kind: 'not', condition: inner })),
    fc
      .tuple(
        fc.constantFrom('all', 'any'),
        fc.array(tie('condition'), { minLength: 1, maxLength: 3 }),
      )
      .map(([kind, conditions]): Condition => ({ kind, conditions })),
  ),
}))

function compared(
  fields: fc.Arbitrary<Field>,
  operators: readonly Operator[],
  values: fc.Arbitrary<string | number>,
): fc.Arbitrary<Condition> {
  return fc
    .tuple(fields, fc.constantFrom(...operators), values, fc.boolean())
    .map(([field, operator, value, isNegated]) => ({
      kind: 'comparison',
      field,
      operator,
      isNegated: isNegated && operator.endsWith('LIKE'),
      values: [value],
    }))
}

function listed(
  fields: fc.Arbitrary<Field>,
  values: fc.Arbitrary<string | number>,
): fc.Arbitrary<Condition> {
  return fc
    .tuple(fields, fc.array(values, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([field, list, isNegated]) => ({
      kind: 'comparison',
      field,
      operator: 'IN',
      isNegated,
      values: list,
    }))
}

/** What a condition means, said again without SQL. */
function holds(tree: Condition, run: RunData): boolean {
  switch (tree.kind) {
    case 'all':
      return tree.conditions.every((part) => holds(part, run))
    case 'any':
      return tree.conditions.some((part) => holds(part, run))
    case 'not':
      return !holds(tree.condition, run)
    case 'missing': {
      const values = valuesOf(tree.field, run)
      // An attribute that is an empty text was not given.
      return tree.field.entity === 'attribute' && values[0] === '' ? true : values.length === 0
    }
    case 'comparison':
      return valuesOf(tree.field, run).some((value) => fits(value, tree))
  }
}

function valuesOf({ entity, key }: Field, run: RunData): readonly (string | number)[] {
  const attributes: Readonly<Record<string, string | number | null>> = {
    status: run.status,
    user_id: run.userId,
    run_id: run.id,
    start_time: run.startTime,
    end_time: run.endTime,
  }
  const all = {
    attribute: () => [attributes[key]],
    metric: () => [run.metrics[key]],
    param: () => [run.params[key]],
    tag: () => [run.tags[key]],
    dataset: () => run.datasets.map((dataset) => dataset[key as 'name' | 'digest' | 'context']),
  }
  return all[entity]().filter((value) => value !== undefined && value !== null)
}

function fits(value: string | number, { operator, isNegated, values }: Comparison): boolean {
  const [first] = values
  switch (operator) {
    case '=':
      return value === first
    case '!=':
      return value !== first
    case '<':
      return value < first!
    case '<=':
      return value <= first!
    case '>':
      return value > first!
    case '>=':
      return value >= first!
    case 'IN':
      return values.includes(value) !== isNegated
    case 'LIKE':
      return matches(String(value), String(first)) !== isNegated
    case 'ILIKE':
      return matches(lower(String(value)), lower(String(first))) !== isNegated
  }
}

function matches(text: string, like: string): boolean {
  const expression = Array.from(like, (character) =>
    character === '%' ? '.*' : character === '_' ? '.' : RegExp.escape(character),
  ).join('')
  return new RegExp(`^${expression}$`, 'su').test(text)
}

/** SQLite's lower case is that of ASCII. */
function lower(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}
