import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AbsenceStatus, FeatureReader } from '../../../src/core/feature-reader.ts'
import { assertProblem, predictor, row, rowProbability, serveModel } from '../serve-model.ts'

/** Knows client 17 in shop 1; all columns but town come from the store. */
const features: FeatureReader = {
  entities: { client: { type: 'integer', min: 1 }, isShop: { type: 'boolean' } },
  columns: ['age', 'debt', 'late'],
  read: ({ client }) => {
    if (client === 17) return { values: { age: 50, late: true }, absent: { debt: 'NULL' } }
    if (client === 18) return { values: { age: 12, late: true, debt: 1 }, absent: {} }
    const status: AbsenceStatus = client === 19 ? 'OUTSIDE_MAX_AGE' : 'NOT_FOUND'
    return { values: {}, absent: { age: status, debt: status, late: status } }
  },
}
const entity = { client: 17, isShop: true }

describe('rows that name an entity', () => {
  test('have from the store what they do not send', async () => {
    await using server = await serveModel({ features })
    const one = await server.post('/predict', { entity, town: 3 })
    assert.deepEqual([one.status, one.json['probability']], [200, rowProbability])
    const many = await server.post('/predict', { rows: [{ entity, town: 3, late: 0 }, row] })
    const predictions = many.json['predictions'] as { probability: number }[]
    assert.deepEqual(
      predictions.map(({ probability }) => probability),
      [0.5, rowProbability],
    )
  })

  test('may be explained, and may send everything themselves', async () => {
    await using server = await serveModel({ features })
    const answer = await server.post('/predict', { entity, ...row })
    assert.equal(answer.json['probability'], rowProbability)
    const { status } = await server.post('/predict', { entity, town: 3, explain: false })
    assert.equal(status, 200)
  })

  for (const [client, status] of [
    [19, 'OUTSIDE_MAX_AGE'],
    [99, 'NOT_FOUND'],
  ] as const) {
    test(`${status}: a 422 names each column that is wanted`, async () => {
      await using server = await serveModel({ features })
      const answer = await server.post('/predict', { entity: { client, isShop: false }, town: 3 })
      assertProblem(answer, 422, 'REQUEST_INVALID')
      const hint = `it is ${status} in the online store: send it`
      assert.deepEqual(answer.json['errors'], [
        { pointer: '/age', expected: 'an integer from 18 to 100', hint },
        { pointer: '/late', expected: '0 or 1', hint },
      ])
    })
  }

  test('what the store lacks follows the policy of the column', async () => {
    const policies = {
      age: { missing: 'impute', value: 50 },
      late: { missing: 'impute', value: 1 },
    } as const
    await using server = await serveModel({ features, predictor: { ...predictor, policies } })
    const { status, json } = await server.post('/predict', {
      entity: { client: 99, isShop: false },
      town: 3,
    })
    assert.deepEqual([status, json['probability']], [200, rowProbability])
    assert.deepEqual(
      (json['warnings'] as { pointer: string }[]).map(({ pointer }) => pointer),
      ['/age', '/late'],
    )
  })

  test('what the store has is checked as what is sent', async () => {
    await using server = await serveModel({ features })
    const answer = await server.post('/predict', {
      rows: [{ entity: { client: 18, isShop: false }, town: 3 }],
    })
    assertProblem(answer, 422, 'REQUEST_INVALID')
    const hint = 'it came from the online store: send another'
    assert.deepEqual(answer.json['errors'], [
      { pointer: '/rows/0/age', expected: 'an integer from 18 to 100', value: 12, hint },
    ])
  })

  for (const [name, key, errors] of [
    ['no object', 17, [['/entity', 'an object of client, isShop']]],
    ['null', null, [['/entity', 'an object of client, isShop']]],
    ['a part is missing', { client: 17 }, [['/entity/isShop', '0 or 1']]],
    ['a text', { client: '17', isShop: 0 }, [['/entity/client', 'an integer of at least 1']]],
    [
      'a number beyond doubles',
      { client: 2 ** 53, isShop: 0 },
      [['/entity/client', 'an integer of at least 1']],
    ],
    ['a part too many', { ...entity, clint: 1 }, [['/entity/clint', 'part of a key']]],
    [
      'a prototype name',
      JSON.parse('{"client": 17, "isShop": 1, "__proto__": 1}'),
      [['/entity/__proto__', 'part of a key']],
    ],
  ] as const) {
    test(`a key that does not fit is a 422: ${name}`, async () => {
      await using server = await serveModel({ features })
      const answer = assertProblem(
        await server.post('/predict', { ...row, entity: key }),
        422,
        'REQUEST_INVALID',
      )
      const told = answer.json['errors'] as { pointer: string; expected: string }[]
      assert.deepEqual(
        told.map(({ pointer, expected }) => [pointer, expected]),
        errors,
      )
    })
  }

  test('without a store, the member is refused with the reason', async () => {
    await using server = await serveModel()
    const { json } = assertProblem(
      await server.post('/predict', { ...row, entity }),
      422,
      'REQUEST_INVALID',
    )
    const hint = 'this server reads no online store: send the columns'
    assert.deepEqual(json['errors'], [
      { pointer: '/entity', expected: 'a column of the model', value: 'an object', hint },
    ])
  })

  test('a model with a column of that name has its column', async () => {
    const { age = assert.fail(), ...others } = predictor.inputs
    const named = {
      ...predictor,
      inputs: { entity: age, ...others },
      example: { ...predictor.example, entity: 40 },
    }
    await using server = await serveModel({ features, predictor: named })
    const { json } = await server.post('/predict', { debt: 1, late: true, town: 3, entity: 50 })
    assert.equal(json['probability'], rowProbability)
  })

  test('other protocols know no entities', async () => {
    await using server = await serveModel({ features })
    const answer = await server.post('/invocations', { dataframe_records: [{ entity, town: 3 }] })
    assert.equal(answer.status, 400)
  })
})
