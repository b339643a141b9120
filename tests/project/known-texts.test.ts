import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Matrix } from '../../src/core/matrix.ts'
import type { Predictor } from '../../src/core/predictor.ts'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import { knowTexts } from '../../src/project/known-texts.ts'

test('a model of texts themselves is measured on a table by the places of its texts', async () => {
  const asked: Matrix[] = []
  const model: Predictor = {
    name: 'loans',
    digest: 'ab'.repeat(32),
    output: { kind: 'value' },
    inputs: { age: { type: 'integer' }, town: { type: 'text', nullable: true } },
    example: {},
    predict: (rows) => {
      asked.push(rows)
      return new Float32Array(rows.rows)
    },
  }
  using database = await openDatabase()
  const table = `(VALUES (1, 'Ulm'), (2, NULL), (3, 'Åre'), (4, 'Ulm')) AS t(age, town)`
  const known = await knowTexts(database, table, model)
  assert.deepEqual(known.inputs['town'], {
    type: 'text',
    nullable: true,
    known: ['Ulm', 'Åre'],
  })
  const values = Float32Array.of(1, 0, 2, Number.NaN, 3, 1)
  known.predict({ rows: 3, columns: 2, values })
  assert.deepEqual(asked[0]?.texts, new Map([[1, ['Ulm', null, 'Åre']]]))
  const numbers = { ...model, inputs: { age: { type: 'integer' } } } as const
  assert.equal(await knowTexts(database, table, numbers), numbers)
})
