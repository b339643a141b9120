import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FieldPolicies } from '../../src/core/field-policy.ts'
import {
  assertProblem,
  predictor,
  row,
  rowProbability,
  serveModel,
  type Served,
} from './serve-model.ts'

const policies: FieldPolicies = {
  age: { missing: 'impute', outOfRange: 'warn', value: 50 },
  debt: { outOfRange: 'impute' },
  late: { missing: 'impute', value: 1 },
  town: { unknownLevel: 'impute', missing: 'impute', value: 3 },
}
const lenient = {
  ...predictor,
  policies,
  inputs: { ...predictor.inputs, debt: { type: 'number', nullable: true, max: 100 } as const },
}

describe('policies of fields', () => {
  test('let through what they name, and tell it in the order of the columns', async () => {
    await using server = await serveModel({ predictor: lenient })
    // 50 / 200 + 0.25 + 0.25: all that is wrong becomes what the row has.
    const { status, json } = await server.post('/predict', { age: null, debt: 101, town: 77 })
    assert.equal(status, 200)
    assert.equal(json['probability'], rowProbability)
    assert.deepEqual(json['warnings'], [
      {
        pointer: '/age',
        expected: 'an integer from 18 to 100, not a missing value',
        value: null,
        policy: 'impute',
        used: 50,
      },
      {
        pointer: '/debt',
        expected: 'a number of at most 100',
        value: 101,
        policy: 'impute',
        used: null,
      },
      { pointer: '/late', expected: '0 or 1', policy: 'impute', used: 1 },
      { pointer: '/town', expected: 'one of -1, 0, 3, 8', value: 77, policy: 'impute', used: 3 },
    ])
  })

  test('to warn is to score the value as it is', async () => {
    await using server = await serveModel({ predictor: lenient })
    const { json } = await server.post('/predict', { rows: [row, { ...row, age: 120 }] })
    const [, second] = json['predictions'] as { probability: number }[]
    assert.equal(second?.probability, Math.fround(120 / 200 + 0.5))
    assert.deepEqual(json['warnings'], [
      {
        pointer: '/rows/1/age',
        expected: 'an integer from 18 to 100',
        value: 120,
        policy: 'warn',
        used: 120,
      },
    ])
  })

  test('a request that fits has no warnings', async () => {
    await using server = await serveModel({ predictor: lenient })
    assert.ok(!('warnings' in (await server.post('/predict', row)).json))
  })

  for (const [name, body] of [
    ['a text', { ...row, age: '50' }],
    ['a fraction among whole numbers', { ...row, age: 17.5 }],
    ['a number beyond 32-bit floating point', { ...row, debt: 1e39 }],
    ['a truth that is 2', { ...row, late: 2 }],
    ['an unknown column', { ...row, agee: 1 }],
    ['a list', { ...row, town: [3] }],
  ] as const) {
    test(`${name} is refused whatever the policies`, async () => {
      await using server = await serveModel({ predictor: lenient })
      assertProblem(await server.post('/predict', body), 422, 'REQUEST_INVALID')
    })
  }

  test('one value that is refused refuses the request', async () => {
    await using server = await serveModel({ predictor: lenient })
    const { json } = assertProblem(
      await server.post('/predict', { age: null, late: 'x' }),
      422,
      'REQUEST_INVALID',
    )
    assert.deepEqual(
      (json['errors'] as { pointer: string }[]).map(({ pointer }) => pointer),
      ['/late'],
    )
  })

  test('in other protocols the answer is the same, and a header tells', async () => {
    await using server = await serveModel({ predictor: lenient })
    const wrong = { age: 120, debt: 1, late: 1, town: 77 }
    const cells = Object.values(wrong)
    const header = 'age;policy=warn;count=1, town;policy=impute;count=1'
    const scored = Math.fround(120 / 200 + 0.5)
    for (const answer of [
      await server.post('/v1/models/loans:predict', { instances: [cells] }),
      await server.post('/invocations', { dataframe_records: [wrong] }),
      await postCsv(server, `age,debt,late,town\n${cells.join()}\n`),
      await server.post('/v2/models/loans/infer', {
        inputs: [{ name: 'input', shape: [1, 4], datatype: 'FP32', data: cells }],
      }),
    ]) {
      assert.equal(answer.status, 200, answer.text)
      assert.ok(answer.text.includes(String(scored)), answer.text)
      assert.equal(answer.headers['x-prediction-warnings'], header)
    }
  })

  test('a column that is imputed needs no tensor', async () => {
    await using server = await serveModel({ predictor: lenient })
    const inputs = [{ name: 'debt', shape: [2], datatype: 'FP32', data: [null, 3] }]
    const answer = await server.post('/v2/models/loans/infer', { inputs })
    assert.match(answer.text, /"data":\[0.75,0.75\]/)
    assert.equal(
      answer.headers['x-prediction-warnings'],
      'age;policy=impute;count=2, late;policy=impute;count=2, town;policy=impute;count=2',
    )
  })

  test('are counted by column and policy', async () => {
    await using server = await serveModel({ predictor: lenient })
    await server.post('/predict', {
      rows: [
        { ...row, age: 120 },
        { ...row, age: 121, town: 5 },
      ],
    })
    const { text } = await server.send('/metrics')
    assert.match(text, /mlpt_request_problems_total\{field="age",policy="warn"\} 2\n/)
    assert.match(text, /mlpt_request_problems_total\{field="town",policy="impute"\} 1\n/)
  })

  test('a name that no header can hold is encoded', async () => {
    const { age = assert.fail(), ...others } = predictor.inputs
    const odd = { 'Äge\n\uD800': age, ...others }
    const named = {
      ...lenient,
      inputs: odd,
      policies: { 'Äge\n\uD800': { outOfRange: 'warn' } } as const,
    }
    await using server = await serveModel({
      predictor: { ...named, example: { ...predictor.example, 'Äge\n\uD800': 40 } },
    })
    const answer = await server.post('/v1/models/loans:predict', { instances: [[120, 1, 1, 3]] })
    assert.equal(
      answer.headers['x-prediction-warnings'],
      '%C3%84ge%0A%EF%BF%BD;policy=warn;count=1',
    )
  })

  test('many values are counted, a hundred listed', async () => {
    await using server = await serveModel({ predictor: lenient })
    const rows = Array.from({ length: 500 }, () => ({ ...row, age: 120 }))
    const { json } = await server.post('/predict', { rows })
    assert.equal((json['warnings'] as unknown[]).length, 100)
    const { text } = await server.send('/metrics')
    assert.match(text, /field="age",policy="warn"\} 500\n/)
  })
})

function postCsv(server: Served, body: string): ReturnType<Served['post']> {
  return server.post('/invocations', body, { 'content-type': 'text/csv' })
}
