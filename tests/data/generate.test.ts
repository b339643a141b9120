import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import project from '../../project.ts'
import { createRandom } from '../../src/core/random.ts'
import { describeViolation } from '../../src/core/schema.ts'
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
    assert.deepEqual([...table.get('ID')!.subarray(0, 3)], [1, 2, 3])
    const share = table.get(project.target)!.reduce((sum, y) => sum + y, 0) / 2000
    assert.ok(share > 0.05 && share < 0.6, `${share}`)
  })

  test('the same seed gives the same table, another seed another', () => {
    assert.deepEqual(generate(7), generate(7))
    assert.notDeepEqual(generate(7), generate(8))
  })
})

function generate(seed: number): GeneratedTable {
  return generateTable(project.schema, {
    rows: 2000,
    key: project.key,
    target: project.target,
    random: createRandom(seed),
  })
}
