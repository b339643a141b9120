import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FieldPolicies } from '../../src/core/field-policy.ts'
import type { Predictor } from '../../src/core/predictor.ts'
import type { ScoredRows } from '../../src/core/scored-rows.ts'
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

/** 'Ulm' and 'Bonn' count 1 and 0, another text -1; the date its days; the plan 0, 1 or -1. */
const coded: Predictor = {
  name: 'members',
  digest: 'cd'.repeat(32),
  output: { kind: 'value' },
  inputs: {
    town: { type: 'text', known: ['Bonn', 'Ulm'], maxLength: 5 },
    plan: { type: 'text', known: ['free', 'pro'], levels: ['free', 'pro'], nullable: true },
    since: { type: 'date', min: '1970-01-10', max: '1970-12-31' },
  },
  policies: {
    town: { missing: 'impute', tooLong: 'warn', value: 'Ulm' },
    plan: { unknownLevel: 'impute' },
    since: { missing: 'impute', outOfRange: 'warn', value: '1970-01-11' },
  },
  example: { town: 'Ulm', plan: 'free', since: '1970-01-10' },
  predict: ({ rows, columns, values }) =>
    Float32Array.from({ length: rows }, (_, r) => {
      const [town, plan, since] = values.subarray(r * columns, (r + 1) * columns)
      return town! * 10_000 + (Number.isNaN(plan) ? 500 : plan! * 1000) + since!
    }),
}

describe('policies of texts and dates', () => {
  test('let through what they name, and tell what was scored as the column has it', async () => {
    await using server = await serveModel({ predictor: coded })
    const rows = [
      { town: ' ', plan: 'gold' }, // Ulm, missing, 1970-01-11
      { town: 'Würzburg', plan: 'pro', since: '1969-12-31' }, // another text, pro, -1
      { town: 'Bonn', since: '1971-01-01' },
    ]
    const { status, json, text } = await server.post('/predict', { rows })
    assert.equal(status, 200, text)
    assert.deepEqual(
      (json['predictions'] as { prediction: number }[]).map((one) => one.prediction),
      [10_000 + 500 + 10, -10_000 + 1000 - 1, 500 + 365],
    )
    const date = 'a date such as 2025-03-31 from 1970-01-10 to 1970-12-31'
    assert.deepEqual(json['warnings'], [
      {
        pointer: '/rows/0/town',
        expected: 'a text of at most 5 characters',
        value: ' ',
        policy: 'impute',
        used: 'Ulm',
      },
      {
        pointer: '/rows/0/plan',
        expected: "one of 'free', 'pro'",
        value: 'gold',
        policy: 'impute',
        used: null,
      },
      { pointer: '/rows/0/since', expected: date, policy: 'impute', used: '1970-01-11' },
      {
        pointer: '/rows/1/town',
        expected: 'a text of at most 5 characters',
        value: 'Würzburg',
        policy: 'warn',
        used: 'Würzburg',
      },
      {
        pointer: '/rows/1/since',
        expected: date,
        value: '1969-12-31',
        policy: 'warn',
        used: '1969-12-31',
      },
      {
        pointer: '/rows/2/since',
        expected: date,
        value: '1971-01-01',
        policy: 'warn',
        used: '1971-01-01',
      },
    ])
  })

  for (const [name, change] of [
    ['a number in a text', { town: 7 }],
    ['no day of the calendar', { since: '1970-02-30' }],
    ['days in place of a date', { since: 9 }],
    ['a list', { plan: ['free'] }],
    ['a truth', { town: true }],
  ] as const) {
    test(`${name} is refused whatever the policies`, async () => {
      await using server = await serveModel({ predictor: coded })
      const body = { ...coded.example, ...change }
      assertProblem(await server.post('/predict', body), 422, 'REQUEST_INVALID')
    })
  }

  test('/invocations lets a date through that is written as its days', async () => {
    await using server = await serveModel({ predictor: coded })
    const records = [{ town: 'Bonn', plan: 'free', since: 1 }]
    const answer = await server.post('/invocations', { dataframe_records: records })
    assert.deepEqual(answer.json, { predictions: [{ prediction: 1 }] })
    assert.equal(answer.headers['x-prediction-warnings'], 'since;policy=warn;count=1')
    const csv = await postCsv(server, 'town,plan,since\nWürzburg,gold,\n')
    assert.deepEqual(csv.json, { predictions: [{ prediction: -10_000 + 500 + 10 }] }, csv.text)
  })

  test('what was scored is what the log is told, imputed texts and days too', async () => {
    const told: unknown[] = []
    const onScored = ({ rows }: ScoredRows): number => told.push([...(rows.texts ?? [])])
    await using server = await serveModel({ predictor: coded, onScored })
    await server.post('/predict', {
      rows: [
        { town: null, plan: 'gold' },
        { ...coded.example, town: 'Würzburg' },
      ],
    })
    assert.deepEqual(told, [
      [
        [0, ['Ulm', 'Würzburg']],
        [1, [null, 'free']],
        [2, ['1970-01-11', '1970-01-10']],
      ],
    ])
  })

  test('are in the API document: neither demanded nor excluded', async () => {
    await using server = await serveModel({ predictor: coded })
    const { json } = await server.send('/openapi.json')
    const { Row } = (
      json as unknown as {
        components: { schemas: Record<string, { required: string[]; properties: unknown }> }
      }
    ).components.schemas
    assert.deepEqual(Row?.required, [])
    assert.deepEqual(Row?.properties, {
      town: {
        description: 'a text of at most 5 characters; missing: impute; tooLong: warn',
        type: ['string', 'null'],
      },
      plan: {
        description:
          "one of 'free', 'pro'; null, blank or absent when missing; unknownLevel: impute",
        type: ['string', 'null'],
      },
      since: {
        description:
          'a date such as 2025-03-31 from 1970-01-10 to 1970-12-31; missing: impute; outOfRange: warn',
        type: ['string', 'null'],
        format: 'date',
      },
    })
  })
})

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
