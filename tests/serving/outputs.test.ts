/** Models that give a number, or probabilities of several classes, through every protocol. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ModelOutput, Predictor } from '../../src/core/predictor.ts'
import { createClientSource } from '../../src/serving/client-source.ts'
import { createServingApp } from '../../src/serving/index.ts'

const rows = [{ a: 1 }, { a: 2 }]

describe('a model that gives a value', () => {
  const predictor = fake({ kind: 'value' }, ([a = 0]) => [a * 1.5])

  test('answers it as the prediction', async () => {
    const answer = await ask(predictor, '/predict', { a: 1 })
    assert.equal(answer['prediction'], 1.5)
    assert.equal(answer['probability'], undefined)
    const { predictions } = await ask(predictor, '/predict', { rows })
    assert.deepEqual(withoutIds(predictions), [{ prediction: 1.5 }, { prediction: 3 }])
  })

  test('answers the same to KServe and MLflow, and a tensor named prediction', async () => {
    const expected = [{ prediction: 1.5 }, { prediction: 3 }]
    const kserve = await ask(predictor, '/v1/models/things:predict', { instances: rows })
    assert.deepEqual(kserve['predictions'], expected)
    const mlflow = await ask(predictor, '/invocations', { dataframe_records: rows })
    assert.deepEqual(mlflow['predictions'], expected)
    const { outputs } = await ask(predictor, '/v2/models/things/infer', { inputs: tensors })
    assert.deepEqual(outputs, [
      { name: 'prediction', datatype: 'FP32', shape: [2], data: [1.5, 3] },
    ])
    const metadata = await ask(predictor, '/v2/models/things')
    assert.deepEqual(metadata['outputs'], [{ name: 'prediction', datatype: 'FP32', shape: [-1] }])
  })

  test('says so in its document and in its client', async () => {
    const schemas = await schemasOf(predictor)
    assert.deepEqual(Object.keys(schemas['OnePrediction']!.properties), [
      'model',
      'id',
      'prediction',
    ])
    assert.match(
      createClientSource(predictor, '1'),
      /readonly warnings\?: readonly FieldWarning\[\]\n {2}\/\*\* In the unit of the target\. \*\/\n {2}readonly prediction: number\n}/,
    )
  })

  test('with an interval answers its ends beside the prediction', async () => {
    const interval = { coverage: 0.9, radius: 0.5 }
    const wide = { ...predictor, output: { kind: 'value', interval } } as const
    const ends = [
      { prediction: 1.5, interval: { lower: 1, upper: 2 } },
      { prediction: 3, interval: { lower: 2.5, upper: 3.5 } },
    ]
    const { predictions } = await ask(wide, '/predict', { rows })
    assert.deepEqual(withoutIds(predictions), ends)
    const kserve = await ask(wide, '/v1/models/things:predict', { instances: rows })
    assert.deepEqual(kserve['predictions'], ends)
    const schemas = await schemasOf(wide)
    assert.deepEqual(Object.keys(schemas['Prediction']!.properties), ['prediction', 'interval'])
    assert.match(
      createClientSource(wide, '1'),
      /Has the truth for 0\.9 of the rows\. \*\/\n {2}readonly interval: \{ readonly lower/,
    )
  })

  test('is refused when it gives what is no number', async () => {
    const broken = { ...predictor, predict: () => Float32Array.of(NaN, 1) }
    await ask(broken, '/predict', { rows }, 500)
  })
})

describe('a model of several classes', () => {
  const classes = [3, 'b', '__proto__'] as const
  const predictor = fake({ kind: 'classes', classes }, ([a = 0]) => [0.25 / a, 0.5, 0.5 - 0.25 / a])
  const expected = [
    { probabilities: shares(0.25, 0.5, 0.25), prediction: 'b' },
    { probabilities: shares(0.125, 0.5, 0.375), prediction: 'b' },
  ]

  test('answers the probability of each, and the first of the most likely', async () => {
    const { predictions } = await ask(predictor, '/predict', { rows })
    assert.deepEqual(withoutIds(predictions), expected)
    const even = { ...predictor, predict: () => Float32Array.of(0.5, 0, 0.5) }
    assert.equal((await ask(even, '/predict', { a: 1 }))['prediction'], 3)
  })

  test('answers the same to KServe and MLflow, and a tensor of rows and classes', async () => {
    const kserve = await ask(predictor, '/v1/models/things:predict', { instances: rows })
    assert.deepEqual(kserve['predictions'], expected)
    const mlflow = await ask(predictor, '/invocations', { dataframe_records: rows })
    assert.deepEqual(mlflow['predictions'], expected)
    const { outputs } = await ask(predictor, '/v2/models/things/infer', { inputs: tensors })
    const data = [0.25, 0.5, 0.25, 0.125, 0.5, 0.375]
    const likeliest = { name: 'prediction', datatype: 'BYTES', shape: [2], data: ['b', 'b'] }
    assert.deepEqual(outputs, [
      { name: 'probabilities', datatype: 'FP32', shape: [2, 3], data },
      likeliest,
    ])
    const one = { inputs: tensors, outputs: [{ name: 'prediction' }] }
    const asked = await ask(predictor, '/v2/models/things/infer', one)
    assert.deepEqual(asked['outputs'], [likeliest])
    const metadata = await ask(predictor, '/v2/models/things')
    assert.deepEqual(metadata['outputs'], [
      { name: 'probabilities', datatype: 'FP32', shape: [-1, 3] },
      { name: 'prediction', datatype: 'BYTES', shape: [-1] },
    ])
    assert.equal((metadata['properties'] as Record<string, unknown>)['classes'], '3,b,__proto__')
    await ask(
      predictor,
      '/v2/models/things/infer',
      { inputs: tensors, outputs: [{ name: 'probability' }] },
      400,
    )
  })

  test('says so in its document and in its client', async () => {
    const { OnePrediction } = await schemasOf(predictor)
    const { properties } = OnePrediction as { properties: Record<string, Record<string, unknown>> }
    assert.deepEqual(properties['probabilities']!['required'], ['3', 'b', '__proto__'])
    assert.deepEqual(properties['prediction']!['enum'], classes)
    assert.match(
      createClientSource(predictor, undefined),
      /readonly probabilities: Readonly<Record<"3" \| "b" \| "__proto__", number>>\n.*\n {2}readonly prediction: 3 \| "b" \| "__proto__"\n}/,
    )
  })

  test('of another number of classes than it gives is refused', async () => {
    const broken = { ...predictor, predict: () => Float32Array.of(0.5, 0.5) }
    await ask(broken, '/predict', { a: 1 }, 500)
  })
})

const tensors = [{ name: 'a', shape: [2], datatype: 'FP32', data: [1, 2] }]

function fake(output: ModelOutput, give: (row: Float32Array) => readonly number[]): Predictor {
  return {
    name: 'things',
    digest: 'ab'.repeat(32),
    output,
    inputs: { a: { type: 'number' } },
    example: { a: 1 },
    predict: ({ rows: count, values }) =>
      Float32Array.from(
        Array.from({ length: count }, (_, r) => give(values.subarray(r, r + 1))).flat(),
      ),
  }
}

function shares(...list: readonly number[]): Readonly<Record<string, number>> {
  return Object.fromEntries([3, 'b', '__proto__'].map((name, k) => [name, list[k]!]))
}

type Json = Readonly<Record<string, unknown>>

async function ask(predictor: Predictor, url: string, body?: unknown, status = 200): Promise<Json> {
  await using app = asDisposable(createServingApp({ predictor }))
  const answer = await app.inject(
    body === undefined ? { url } : { url, method: 'POST', payload: body as object },
  )
  assert.equal(answer.statusCode, status, answer.body)
  return answer.json<Json>()
}

async function schemasOf(
  predictor: Predictor,
): Promise<Readonly<Record<string, { properties: object }>>> {
  const document = await ask(predictor, '/openapi.json')
  return (document['components'] as { schemas: Record<string, { properties: object }> }).schemas
}

function asDisposable<T extends { close(): PromiseLike<unknown> }>(app: T): T & AsyncDisposable {
  return Object.assign(app, { [Symbol.asyncDispose]: async () => void (await app.close()) })
}

function withoutIds(predictions: unknown): unknown {
  assert.ok(Array.isArray(predictions))
  return predictions.map(({ id: _id, ...prediction }: Json) => prediction)
}
