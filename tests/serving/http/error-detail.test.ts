import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { row, serveModel, type Served } from '../serve-model.ts'

/** Stands in every request below and must not come back. */
const secret = 4_711_815
const text = 'geheim-4711815'

const requests: readonly [name: string, send: (server: Served) => ReturnType<Served['post']>][] = [
  ['/predict', (server) => server.post('/predict', { ...row, age: secret, debt: text })],
  [
    '/predict of many',
    (server) => server.post('/predict', { rows: [{ ...row, town: secret }, secret, text] }),
  ],
  ['/predict of what is no JSON', (server) => server.post('/predict', text)],
  [
    'KServe',
    (server) => server.post('/v1/models/loans:predict', { instances: [[secret, text, 1, 3]] }),
  ],
  [
    'MLflow',
    (server) =>
      server.post('/invocations', { dataframe_records: [{ ...row, age: secret, late: text }] }),
  ],
  [
    'CSV',
    (server) =>
      server.post('/invocations', `age,late,town\n${secret},${text},3\n`, {
        'content-type': 'text/csv',
      }),
  ],
  [
    'Open Inference',
    (server) =>
      server.post('/v2/models/loans/infer', {
        inputs: [{ name: 'input', shape: [1, 4], datatype: 'FP32', data: [secret, 1, 1, 3] }],
      }),
  ],
  [
    'Open Inference, a wrong type',
    (server) =>
      server.post('/v2/models/loans/infer', {
        inputs: [{ name: 'input', shape: [1, 4], datatype: 'INT8', data: [secret, text, 1, 3] }],
      }),
  ],
]

describe('what errors say of a request', () => {
  for (const [name, send] of requests) {
    test(`${name}: with 'fields' no value, and nothing but that differs from 'full'`, async () => {
      await using full = await serveModel()
      await using fields = await serveModel({ errorDetail: 'fields' })
      const [all, some] = [await send(full), await send(fields)]
      assert.equal(some.status, all.status)
      assert.ok(all.text.includes('4711815'), all.text)
      assert.ok(!some.text.includes('4711815'), some.text)
      assert.deepEqual(Object.keys(some.json), Object.keys(all.json))
      assert.equal(some.json['errorCount'], all.json['errorCount'])
    })

    test(`${name}: with 'none' that it is invalid, and no column`, async () => {
      await using server = await serveModel({ errorDetail: 'none' })
      const { status, text: body } = await send(server)
      assert.ok(status === 400 || status === 422)
      assert.match(body, /the request is invalid, and this server does not say why/)
      assert.doesNotMatch(body, /4711815|\bage\b|late|town|expected/)
    })
  }

  test("with 'fields' each problem has its place and what was expected", async () => {
    await using server = await serveModel({ errorDetail: 'fields' })
    const { json } = await server.post('/predict', { ...row, age: secret, town: undefined })
    assert.equal(
      json['detail'],
      "2 problems; the first: '/age' does not fit, expected an integer from 18 to 100",
    )
    assert.deepEqual(json['errors'], [
      { pointer: '/age', expected: 'an integer from 18 to 100' },
      { pointer: '/town', expected: 'one of -1, 0, 3, 8', hint: "add 'town'" },
    ])
    const { json: theirs } = await server.post('/invocations', {
      dataframe_records: [{ ...row, age: secret }],
    })
    assert.equal(
      theirs['message'],
      "'/dataframe_records/0/age' does not fit, expected an integer from 18 to 100",
    )
  })

  test('problems are counted by column all the same, and paths that are not there stay 404', async () => {
    await using server = await serveModel({ errorDetail: 'none' })
    await server.post('/predict', { ...row, age: secret })
    assert.match(
      (await server.send('/metrics')).text,
      /problems_total\{field="age",policy="reject"\} 1\n/,
    )
    assert.equal((await server.send('/nothing')).status, 404)
  })
})
