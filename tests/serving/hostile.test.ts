import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FeatureReader } from '../../src/core/feature-reader.ts'
import { createServingApp } from '../../src/serving/index.ts'
import { startCpuClock } from '../cpu-clock.ts'
import { predictor, row, serveModel } from './serve-model.ts'

const names = fc.oneof(
  fc.constantFrom('age', 'debt', 'late', 'town', 'rows', '__proto__', 'constructor', 'inputs'),
  fc.string(),
)
const cells = fc.oneof(
  fc.constantFrom(0, 1, 3, 50, -1, 1e39, true, null, '50', [], {}),
  fc.double(),
  fc.jsonValue(),
)
const rows = fc.oneof(
  fc.record({ age: cells, debt: cells, late: cells, town: cells }, { requiredKeys: [] }),
  fc.dictionary(names, cells),
)
const tensors = fc.record(
  {
    name: fc.oneof(fc.constant('input'), names),
    shape: fc.oneof(fc.array(fc.nat({ max: 8 }), { maxLength: 3 }), fc.jsonValue()),
    datatype: fc.constantFrom('FP32', 'FP64', 'INT64', 'UINT64', 'INT8', 'BOOL', 'BYTES'),
    data: fc.oneof(fc.array(cells), fc.array(fc.array(cells)), fc.jsonValue()),
    parameters: fc.jsonValue(),
  },
  { requiredKeys: [] },
)

const lists = fc.array(fc.oneof(rows, fc.array(cells), fc.jsonValue()))
const table = fc.oneof(lists, rows, fc.dictionary(names, fc.array(cells)), fc.jsonValue())
const split = fc.record({ columns: fc.oneof(fc.array(names), cells), data: lists })
const forms = {
  dataframe_records: lists,
  dataframe_split: fc.oneof(split, fc.jsonValue()),
  instances: table,
  inputs: table,
  params: fc.jsonValue(),
}

describe('whatever is sent', () => {
  for (const [path, bodies] of [
    ['/predict', fc.oneof(fc.jsonValue(), rows, fc.record({ rows: fc.array(rows) }))],
    [
      '/v1/models/loans:predict',
      fc.oneof(
        fc.jsonValue(),
        fc.record({ instances: table, inputs: table }, { requiredKeys: [] }),
      ),
    ],
    ['/invocations', fc.oneof(fc.jsonValue(), fc.record(forms, { requiredKeys: [] }))],
    [
      '/v2/models/loans/infer',
      fc.oneof(
        fc.jsonValue(),
        fc.record(
          { inputs: fc.array(tensors), outputs: fc.jsonValue(), id: fc.jsonValue() },
          { requiredKeys: [] },
        ),
      ),
    ],
  ] as const) {
    test(`${path} answers 200 or 4xx, and every 200 holds numbers`, async () => {
      const faults: unknown[] = []
      await using server = await serveModel({ onInternalError: (error) => faults.push(error) })
      const statuses = new Set<number>()
      await fc.assert(
        fc.asyncProperty(bodies, async (body) => {
          const { status, text } = await server.post(path, body)
          statuses.add(status)
          assert.ok(status === 200 || (status >= 400 && status < 500), text)
          if (status === 200)
            assert.doesNotMatch(text, /"(?:probability|predictions|data)":\[?null/)
        }),
        { numRuns: 300 },
      )
      assert.deepEqual(faults, [])
      assert.ok(statuses.size > 1 || path !== '/predict', [...statuses].join())
    })
  }

  test('with policies and an online store, /predict answers 200 or 4xx, and every 200 holds numbers', async () => {
    const faults: unknown[] = []
    const missing = { missing: 'impute', value: 40 } as const
    const policies = {
      age: { ...missing, outOfRange: 'warn' },
      town: { unknownLevel: 'warn' },
    } as const
    const features: FeatureReader = {
      entities: { client: { type: 'integer' } },
      columns: ['late', 'debt'],
      read: ({ client }) => ({ values: { late: Number(client) }, absent: { debt: 'NULL' } }),
    }
    const app = createServingApp({
      predictor: { ...predictor, policies },
      features,
      onInternalError: (error) => faults.push(error),
    })
    const entity = fc.oneof(
      fc.record({ client: cells }),
      fc.constant({ client: 1 }),
      fc.jsonValue(),
    )
    const entityRow = fc.record(
      { age: cells, debt: cells, town: cells, entity },
      { requiredKeys: ['town'] },
    )
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(entityRow, fc.record({ rows: fc.array(entityRow) })),
        async (payload) => {
          const headers = { 'content-type': 'application/json' }
          const answer = await app.inject({
            method: 'POST',
            url: '/predict',
            headers,
            payload: JSON.stringify(payload),
          })
          seen.add(`${answer.statusCode} ${answer.body.includes('"warnings"')}`)
          assert.ok(answer.statusCode === 200 || answer.statusCode === 422, answer.body)
          if (answer.statusCode === 200) assert.doesNotMatch(answer.body, /"probability":null/)
        },
      ),
      { numRuns: 500 },
    )
    await app.close()
    assert.deepEqual(faults, [])
    assert.ok(seen.has('200 true') && seen.has('422 false'), [...seen].join())
  })

  test('any CSV is answered with 200 or 400', async () => {
    const faults: unknown[] = []
    await using server = await serveModel({ onInternalError: (error) => faults.push(error) })
    const pieces = fc.constantFrom(
      'age,late,town',
      '50,1,3',
      ',',
      '"',
      '\n',
      '\r',
      '""',
      '-',
      '.',
      'é',
    )
    const texts = fc.array(fc.oneof(pieces, fc.string())).map((parts) => parts.join(''))
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const { status } = await server.post('/invocations', text, { 'content-type': 'text/csv' })
        assert.ok(status === 200 || status === 400, String(status))
      }),
      { numRuns: 150 },
    )
    assert.deepEqual(faults, [])
  })

  for (const [name, text] of [
    ['an open quote', `"${'a'.repeat(1_000_000)}`],
    ['quotes', '"'.repeat(1_000_000)],
    ['line breaks', '\n'.repeat(1_000_000)],
    ['commas', ','.repeat(1_000_000)],
    ['unknown columns', 'agx,'.repeat(250_000)],
    ['a quoted cell', `age\n"${'""'.repeat(500_000)}"\n`],
  ] as const) {
    test(`a megabyte of CSV of ${name} is refused at once`, async () => {
      await using server = await serveModel()
      const usedMs = startCpuClock()
      const answer = await server.post('/invocations', text, { 'content-type': 'text/csv' })
      assert.equal(answer.status, 400)
      assert.ok(answer.text.length < 50_000)
      assert.ok(usedMs() < 3000)
    })
  }

  test('any path and method are answered, never with 5xx', async () => {
    await using server = await serveModel()
    const paths = fc
      .webPath()
      .map((path) => `/${path}`)
      .map((path) => encodeURI(path).replaceAll(/^\/+/g, '/'))
    const methods = fc.constantFrom('GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND')
    await fc.assert(
      fc.asyncProperty(paths, methods, async (path, method) => {
        const { status } = await server.send(path, { method })
        assert.ok(status < 500)
      }),
      { numRuns: 200 },
    )
  })

  for (const [name, body] of [
    ['a million brackets', '['.repeat(1_000_000)],
    ['a million open objects', '{"a":'.repeat(200_000)],
    [
      'fifty thousand unknown columns',
      JSON.stringify({
        ...row,
        ...Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`agx${i}`, 1])),
      }),
    ],
    ['a number of a megabyte', `{"age": ${'9'.repeat(1_000_000)}}`],
    ['a text of digits of a megabyte', `{"age": "${'9'.repeat(1_000_000)}x"}`],
    [
      'three hundred thousand rows that are none',
      JSON.stringify({ rows: Array.from({ length: 300_000 }, () => 1) }),
    ],
  ] as const) {
    test(`${name} is refused, and the next request answered`, async () => {
      await using server = await serveModel()
      const usedMs = startCpuClock()
      const { status, text } = await server.post('/predict', body)
      assert.ok(status >= 400 && status < 500, `${status}`)
      assert.ok(text.length < 50_000)
      assert.ok(usedMs() < 3000, 'a second of work at most')
      assert.equal((await server.post('/predict', row)).status, 200)
    })
  }

  test('a name of a megabyte is not compared with the names of many columns', async () => {
    const name = (i: number): string => `a_rather_long_column_name_${i}`
    const wide = {
      ...predictor,
      inputs: Object.fromEntries(
        Array.from({ length: 80 }, (_, i) => [name(i), { type: 'number' as const }]),
      ),
      example: Object.fromEntries(Array.from({ length: 80 }, (_, i) => [name(i), 0])),
    }
    await using server = await serveModel({ predictor: wide })
    const usedMs = startCpuClock()
    const { status } = await server.post('/predict', { ['a'.repeat(1_000_000)]: 1 })
    assert.equal(status, 422)
    assert.ok(usedMs() < 3000)
  })

  test('a body cannot change what objects inherit', async () => {
    await using server = await serveModel()
    await server.post(
      '/predict',
      '{"__proto__": {"age": 30}, "constructor": {"prototype": {"age": 30}}}',
    )
    assert.equal(({} as Record<string, unknown>)['age'], undefined)
    const { status } = await server.post(
      '/predict',
      '{"debt": 1, "late": 0, "town": 3, "__proto__": {"age": 30}}',
    )
    assert.equal(status, 422)
  })

  test('a path of many thousand characters is refused', async () => {
    await using server = await serveModel()
    for (const path of [`/v2/models/${'a'.repeat(600)}`, `/${'a'.repeat(10_000)}`]) {
      const { status } = await server.send(path)
      assert.ok(status === 404 || status === 414, String(status))
    }
    assert.equal(predictor.name, 'loans')
  })
})
