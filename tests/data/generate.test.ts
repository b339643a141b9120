import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import project from '../../project.ts'
import { createRandom } from '../../src/core/random.ts'
import { defineSchema, describeViolation } from '../../src/core/schema.ts'
import { generateTable, type GeneratedTable } from '../../src/data/generate.ts'

describe('generateTable', () => {
  test('fits the schema it was made for, cell by cell', () => {
    const table = generate(7)
    assert.deepEqual([...table.keys()], Object.keys(project.schema.fields))
    for (const [name, values] of table) {
      const field = project.schema.fields[name]!
      for (const value of values) assert.equal(describeViolation(field, value), undefined, name)
    }
  })

  test('counts the key and gives the target both classes', () => {
    const table = generate(7)
    assert.deepEqual([...numbersOf(table, 'ID').subarray(0, 3)], [1, 2, 3])
    const share = numbersOf(table, project.target).reduce((sum, y) => sum + y, 0) / 2000
    assert.ok(share > 0.05 && share < 0.6, `${share}`)
  })

  test('the same seed gives the same table, another seed another', () => {
    assert.deepEqual(generate(7), generate(7))
    assert.notDeepEqual(generate(7), generate(8))
  })
})

test('texts and dates fit their fields too', () => {
  const schema = defineSchema({
    id: { type: 'integer' },
    note: { type: 'text', maxLength: 3 },
    town: { type: 'text', levels: ['Bonn', 'Köln, rechts'] },
    since: { type: 'date', min: '2024-02-27', max: '2024-03-02' },
    late: { type: 'boolean' },
  })
  const table = generateTable(schema, {
    rows: 200,
    key: 'id',
    target: 'late',
    random: createRandom(3),
  })
  assert.deepEqual([...table.keys()], Object.keys(schema.fields))
  for (const [name, field] of Object.entries(schema.fields)) {
    for (const value of table.get(name)!) assert.equal(describeViolation(field, value), undefined)
  }
  assert.equal(new Set<unknown>(table.get('since') ?? []).size, 5)
})

function numbersOf(table: GeneratedTable, name: string): Float64Array {
  const column = table.get(name)
  assert.ok(column instanceof Float64Array)
  return column
}

function generate(seed: number): GeneratedTable {
  return generateTable(project.schema, {
    rows: 2000,
    key: project.key,
    target: project.target,
    random: createRandom(seed),
  })
}
