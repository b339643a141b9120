import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { predictor, row, rowProbability, serveModel } from './serve-model.ts'

const identity = { name: 'loans', version: '3', digest: predictor.digest }

describe('POST /predict', () => {
  test('answers one row with one prediction and the model it came from', async () => {
    await using server = await serveModel({ modelVersion: '3' })
    const { status, json, headers } = await server.post('/predict', row)
    assert.equal(status, 200)
    const id = headers['x-request-id']
    assert.deepEqual(json, { model: identity, id, probability: rowProbability, prediction: 1 })
  })

  test('answers many rows in their order', async () => {
    await using server = await serveModel({ modelVersion: '3' })
    const rows = [row, { ...row, age: 20, late: 0 }]
    const { json } = await server.post('/predict', { rows }, { 'x-request-id': 'r' })
    assert.deepEqual(json, {
      model: identity,
      predictions: [
        { id: 'r.0', probability: rowProbability, prediction: 1 },
        { id: 'r.1', probability: Math.fround(0.35), prediction: 0 }, // 20 / 200 + 0.25
      ],
    })
  })

  test('says that a model from a folder has no version', async () => {
    await using server = await serveModel()
    const { json } = await server.post('/predict', row)
    assert.deepEqual(json['model'], { ...identity, version: null })
  })

  test('a probability of one half is class 1', async () => {
    await using server = await serveModel()
    const { json } = await server.post('/predict', { ...row, late: false }) // 0.25 + 0.25
    assert.deepEqual([json['probability'], json['prediction']], [0.5, 1])
  })

  test('null and an absent column are the same missing value where one may be missing', async () => {
    const seen: number[] = []
    const spy = {
      ...predictor,
      predict: (rows: Parameters<typeof predictor.predict>[0]) => {
        seen.push(rows.values[1]!)
        return predictor.predict(rows)
      },
    }
    await using server = await serveModel({ predictor: spy })
    seen.length = 0 // the warm-up
    const { debt: _, ...without } = row
    assert.equal((await server.post('/predict', { ...row, debt: null })).status, 200)
    assert.equal((await server.post('/predict', without)).status, 200)
    assert.deepEqual(seen, [Number.NaN, Number.NaN])
  })

  test('true is 1 and false is 0 in a boolean column', async () => {
    await using server = await serveModel()
    const probability = async (late: unknown): Promise<unknown> =>
      (await server.post('/predict', { ...row, late })).json['probability']
    assert.equal(await probability(true), await probability(1))
    assert.equal(await probability(false), await probability(0))
    assert.notEqual(await probability(true), await probability(false))
  })

  test('a column may be called rows', async () => {
    const inputs = { rows: { type: 'integer' } } as const
    const odd = { ...predictor, inputs, example: { rows: 1 }, predict: () => Float32Array.of(0.5) }
    await using server = await serveModel({ predictor: odd })
    assert.equal((await server.post('/predict', { rows: 7 })).json['probability'], 0.5)
    const many = await server.post('/predict', { rows: [{ rows: 7 }] })
    assert.equal((many.json['predictions'] as unknown[]).length, 1)
  })

  test('takes a charset and an odd case in the content type', async () => {
    await using server = await serveModel()
    for (const type of ['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"']) {
      assert.equal((await server.post('/predict', row, { 'content-type': type })).status, 200, type)
    }
  })

  test('parallel requests each get their own answer', async () => {
    await using server = await serveModel()
    const ages = Array.from({ length: 200 }, (_, i) => 18 + (i % 80))
    const answers = await Promise.all(
      ages.map((age) => server.post('/predict', { ...row, age, late: 0, town: 0 })),
    )
    assert.deepEqual(
      answers.map((answer) => answer.json['probability']),
      ages.map((age) => Math.fround(age / 200)),
    )
  })
})

describe('a model that fails', () => {
  for (const [what, predict] of [
    ['throws', () => assert.fail('/secret/place')],
    ['gives NaN', () => Float32Array.of(Number.NaN)],
    ['gives too few probabilities', () => new Float32Array(0)],
  ] as const) {
    test(`that ${what} is a 500 without details, and a line in the log`, async () => {
      const logged: [unknown, string][] = []
      await using server = await serveModel({
        predictor: { ...predictor, predict },
        onInternalError: (error, requestId) => logged.push([error, requestId]),
      })
      const answer = await server.post('/predict', row, { 'x-request-id': 'seven' })
      assert.equal(answer.status, 500)
      assert.equal(answer.json['code'], 'INTERNAL_ERROR')
      assert.doesNotMatch(answer.text, /secret|NaN|stack/)
      assert.deepEqual(
        logged.map(([, requestId]) => requestId),
        ['warm-up', 'seven'],
      )
    })
  }
})
