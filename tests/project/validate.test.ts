import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { layoutOf } from '../../src/project/layout.ts'
import { validate } from '../../src/project/validate.ts'
import { buildHouse, defineThings, parametersOf } from './target-house.ts'

test('a column that never changes is told where models take it, and not where none does', async () => {
  const rows = Array.from({ length: 60 }, (_, i) => `${i},${i % 7},5,0,round,false,${i / 2},1`)
  const csv = ['id,a,b,kind,shape,is_large,size,weight', ...rows].join('\n')
  await using house = await buildHouse(
    defineThings('size'),
    csv,
    parametersOf({ promote: { metric: 'rmse' } }),
  )
  const layout = layoutOf('things')
  const suite = join(house.directory, layout.suite)
  mkdirSync(dirname(suite), { recursive: true })
  const expectations = [{ type: 'expect_column_to_exist', kwargs: { column: 'a' } }]
  writeFileSync(suite, JSON.stringify({ name: 'things', expectations }))
  await validate(house.context)
  const { findings } = house.readJson(layout.checks) as {
    readonly findings: readonly { readonly check: string; readonly columns: readonly string[] }[]
  }
  const constant = findings.filter(({ check }) => check === 'constant_columns')
  assert.deepEqual(
    constant.flatMap(({ columns }) => columns),
    ['b'],
  )
})
