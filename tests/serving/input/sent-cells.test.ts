/** Cells that the matrix of a request does not hold reach the model as they were sent, in every protocol. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Matrix } from '../../../src/core/matrix.ts'
import type { Predictor } from '../../../src/core/predictor.ts'
import { serveModel } from '../serve-model.ts'

const odd = 2 ** 24 + 1
const largest = 2 ** 53 - 1

describe('a model of 64-bit numbers and texts', () => {
  test('is given every number and text as it was sent', async () => {
    const { asked, predictor } = createRecorder()
    await using server = await serveModel({ predictor })
    const rows = [
      { id: largest, rate: 0.1, town: 'Ulm' },
      { id: odd, rate: null, town: null },
    ]
    const columns = ['id', 'rate', 'town'] as const
    const data = rows.map((row) => columns.map((name) => row[name]))
    const cells = (name: (typeof columns)[number]): unknown[] => rows.map((row) => row[name])
    const tensor = (name: (typeof columns)[number], datatype: string): object => ({
      name,
      datatype,
      shape: [2],
      data: cells(name),
    })
    const bodies: readonly [string, unknown][] = [
      ['/predict', { rows }],
      ['/invocations', { dataframe_split: { columns, data } }],
      ['/invocations', { dataframe_records: rows }],
      ['/invocations', { inputs: Object.fromEntries(columns.map((name) => [name, cells(name)])) }],
      ['/v1/models/loans:predict', { instances: data }],
      [
        '/v2/models/loans/infer',
        { inputs: [tensor('id', 'INT64'), tensor('rate', 'FP64'), tensor('town', 'BYTES')] },
      ],
    ]
    for (const [path, body] of bodies) {
      asked.length = 0
      const { status, text } = await server.post(path, body)
      assert.equal(status, 200, text)
      const sent = {
        doubles: [...asked[0]!.doubles!],
        texts: [...asked[0]!.texts!],
      }
      const expected = {
        doubles: [
          [0, [largest, odd]],
          [1, [0.1, Number.NaN]],
        ],
        texts: [[2, ['Ulm', null]]],
      }
      assert.deepEqual(sent, expected, path)
    }
    // A row of numbers alone is read straight from its bytes, but not of such a model.
    const { asked: ids, predictor: numbers } = createRecorder()
    const inputs = { id: { type: 'integer' } } as const
    await using plain = await serveModel({ predictor: { ...numbers, inputs, example: { id: 1 } } })
    ids.length = 0
    const one = await plain.post('/predict', { id: odd })
    assert.equal(one.status, 200, one.text)
    assert.deepEqual(ids[0]?.doubles?.get(0), [odd])
    const wrong = await server.post('/predict', '{"id":9007199254740993,"rate":1,"town":"Ulm"}')
    assert.equal(wrong.status, 422)
    assert.match(
      wrong.text,
      /'\/id' is 9007199254740992, expected an integer that doubles hold exactly/,
    )
  })

  test('is given what its policy imputes', async () => {
    const { asked, predictor } = createRecorder()
    const policies = {
      id: { missing: 'impute', value: odd },
      town: { tooLong: 'impute', value: 'Bonn' },
    } as const
    const inputs = { ...predictor.inputs, town: { type: 'text', maxLength: 4 } } as const
    await using server = await serveModel({ predictor: { ...predictor, inputs, policies } })
    const { status, text } = await server.post('/predict', { rate: 1, town: 'Nowhere' })
    assert.equal(status, 200, text)
    assert.deepEqual(
      [...asked.at(-1)!.doubles!],
      [
        [0, [odd]],
        [1, [1]],
      ],
    )
    assert.deepEqual([...asked.at(-1)!.texts!], [[2, ['Bonn']]])
  })

  test('is described with tensors that hold them', async () => {
    await using server = await serveModel({ predictor: createRecorder().predictor })
    const { json } = await server.send('/v2/models/loans')
    assert.deepEqual(json['inputs'], [
      { name: 'id', datatype: 'INT64', shape: [-1] },
      { name: 'rate', datatype: 'FP64', shape: [-1] },
      { name: 'town', datatype: 'BYTES', shape: [-1] },
    ])
  })
})

/** A model that keeps what it was asked. */
function createRecorder(): { readonly asked: Matrix[]; readonly predictor: Predictor } {
  const asked: Matrix[] = []
  const predictor: Predictor = {
    name: 'loans',
    digest: 'ab'.repeat(32),
    output: { kind: 'value' },
    inputs: {
      id: { type: 'integer' },
      rate: { type: 'number', nullable: true },
      town: { type: 'text', nullable: true },
    },
    doubles: new Set(['id', 'rate']),
    example: { id: 1, rate: 1, town: 'Ulm' },
    predict: (rows) => {
      asked.push(rows)
      return new Float32Array(rows.rows)
    },
  }
  return { asked, predictor }
}
