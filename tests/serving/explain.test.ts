import { Ajv2020 } from 'ajv/dist/2020.js'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Predictor } from '../../src/core/predictor.ts'
import { createClientSource } from '../../src/serving/client-source.ts'
import { openPredictor } from '../../src/model/index.ts'
import { assertClose } from '../assert-close.ts'
import { assertProblem, predictor, row, serveModel } from './serve-model.ts'
import { drawRows, trainSmallModel } from './trained-model.ts'

interface Explained {
  readonly id: string
  readonly probability: number
  readonly prediction: number
  readonly explanation: {
    readonly score: string
    readonly base: number
    readonly contributions: Readonly<Record<string, number>>
  }
}

/** The model of serve-model.ts, which says what each of its terms adds. */
const explaining: Predictor = {
  ...predictor,
  explain: ({ rows, columns, values }) => ({
    score: 'prediction',
    base: 0.5,
    columns: ['age', 'debt', 'late', 'town'],
    values: Float64Array.from({ length: rows * columns }, (_, i) =>
      i % columns === 0 ? values[i]! / 200 - 0.5 : 0,
    ),
  }),
}

describe('POST /predict with "explain": true', () => {
  for (const kind of ['boosting', 'logistic'] as const) {
    test(`says what each column adds to the log odds of the very probability: ${kind}`, async () => {
      await using trained = await trainSmallModel(kind)
      const model = await openPredictor(trained.directory)
      await using server = await serveModel({ predictor: model })
      const rows = drawRows(8, 20)
      const headers = { 'x-request-id': 'r' }
      const { status, json } = await server.post('/predict', { rows, explain: true }, headers)
      assert.equal(status, 200)
      const plain = await server.post('/predict', { rows }, headers)
      const predictions = json['predictions'] as readonly Explained[]
      assert.deepEqual(
        predictions.map(({ id, probability, prediction }) => ({ id, probability, prediction })),
        plain.json['predictions'],
      )
      for (const { probability, explanation } of predictions) {
        assert.equal(explanation.score, 'log-odds')
        assert.deepEqual(Object.keys(explanation.contributions), Object.keys(model.inputs))
        const terms = Object.values(explanation.contributions)
        const score = terms.reduce((sum, term) => sum + term, explanation.base)
        assertClose(1 / (1 + Math.exp(-score)), probability, 2e-6)
      }
      const one = await server.post('/predict', { ...rows[0], explain: true }, headers)
      assert.deepEqual(one.json, { model: json['model'], ...predictions[0], id: 'r' })
    })
  }

  test('false is as if it were not there', async () => {
    await using server = await serveModel()
    assert.deepEqual(
      (await server.post('/predict', { ...row, explain: false }, { 'x-request-id': 'r' })).json,
      (await server.post('/predict', row, { 'x-request-id': 'r' })).json,
    )
    assert.equal((await server.post('/predict', { rows: [row], explain: false })).status, 200)
  })

  test('anything but true or false is refused with the other problems', async () => {
    await using server = await serveModel({ predictor: explaining })
    const one = await server.post('/predict', { ...row, age: 1, explain: 'yes' })
    assertProblem(one, 422, 'REQUEST_INVALID')
    assert.deepEqual(one.json['errors'], [
      { pointer: '/explain', expected: 'true or false', value: 'yes' },
      { pointer: '/age', expected: 'an integer from 18 to 100', value: 1 },
    ])
    const many = await server.post('/predict', { rows: [row], explain: 1, other: 2 })
    assert.deepEqual(
      (many.json['errors'] as { pointer: string }[]).map(({ pointer }) => pointer),
      ['/explain', '/other'],
    )
  })

  test('within a row of many it is no column', async () => {
    await using server = await serveModel({ predictor: explaining })
    const answer = await server.post('/predict', { rows: [{ ...row, explain: true }] })
    assertProblem(answer, 422, 'REQUEST_INVALID')
  })

  test('a column of that name stays a column; many rows can still be explained', async () => {
    const inputs = { explain: { type: 'boolean' } } as const
    const model: Predictor = {
      ...predictor,
      inputs,
      example: { explain: 1 },
      predict: ({ rows }) => new Float32Array(rows).fill(0.5),
      explain: () => ({
        score: 'prediction',
        base: 0.5,
        columns: ['explain'],
        values: Float64Array.of(0),
      }),
    }
    await using server = await serveModel({ predictor: model })
    assert.equal((await server.post('/predict', { explain: true })).json['explanation'], undefined)
    const { json } = await server.post('/predict', { rows: [{ explain: true }], explain: true })
    const [first] = json['predictions'] as readonly Explained[]
    assert.deepEqual(first?.explanation, {
      score: 'prediction',
      base: 0.5,
      contributions: { explain: 0 },
    })
  })

  test('more rows than may be explained are refused before any is', async () => {
    await using server = await serveModel({ predictor: explaining, limits: { explainedRows: 2 } })
    const answer = await server.post('/predict', { rows: [row, row, row], explain: true })
    assertProblem(answer, 422, 'REQUEST_INVALID')
    assert.match(answer.text, /at most 2 rows to explain/)
    assert.equal((await server.post('/predict', { rows: [row, row, row] })).status, 200)
  })

  test('a model that cannot be explained says so, and its document does not offer it', async () => {
    await using server = await serveModel()
    const answer = await server.post('/predict', { ...row, explain: true })
    assertProblem(answer, 422, 'EXPLANATION_UNSUPPORTED')
    assert.doesNotMatch((await server.send('/openapi.json')).text, /explain/i)
  })

  test('an explanation that is no number is the model’s fault, not a null', async () => {
    const broken: Predictor = {
      ...explaining,
      explain: (rows) => ({ ...explaining.explain!(rows), base: Number.NaN }),
    }
    await using server = await serveModel({ predictor: broken })
    const answer = await server.post('/predict', { ...row, explain: true })
    assertProblem(answer, 500, 'INTERNAL_ERROR')
  })

  test('of several classes tells the score of each', async () => {
    const told = (base: number) => ({
      score: 'log' as const,
      base,
      columns: ['age', 'debt', 'late', 'town'],
      values: Float64Array.of(1, 0, base, 0),
    })
    const model: Predictor = {
      ...predictor,
      output: { kind: 'classes', classes: ['good', 7] },
      predict: ({ rows }) => new Float32Array(2 * rows).fill(0.5),
      explainClasses: () => [told(2), told(3)],
    }
    await using server = await serveModel({ predictor: model })
    const { json, status } = await server.post('/predict', { ...row, explain: true })
    assert.equal(status, 200)
    const contributions = { age: 1, debt: 0, late: 2, town: 0 }
    assert.deepEqual(json['explanation'], {
      score: 'log',
      classes: {
        good: { base: 2, contributions },
        7: { base: 3, contributions: { ...contributions, late: 3 } },
      },
    })
    const { components } = (await server.send('/openapi.json')).json as unknown as OpenApi
    const { Explanation } = components.schemas as { Explanation: { required: unknown } }
    assert.deepEqual(Explanation.required, ['score', 'classes'])
    assert.match(createClientSource(model, '1'), /readonly classes: Readonly</)
  })

  test('the document has the requests, the answers and an example that is true', async () => {
    await using server = await serveModel({ predictor: explaining })
    const { json } = await server.send('/openapi.json')
    const { paths, components } = json as unknown as OpenApi
    assert.ok(
      ['Explanation', 'ExplainedRow', 'ExplainedRows'].every((name) => name in components.schemas),
    )
    const { requestBody, responses } = paths['/predict']!.post
    const request = requestBody.content['application/json'].examples['explained']!.value
    const headers = { 'x-request-id': '7d4e1c02' }
    const { json: answered } = await server.post('/predict', request, headers)
    assert.deepEqual(
      answered,
      responses['200'].content['application/json'].examples['explained']!.value,
    )
  })

  test('the examples of the document fit its schemas: a request is one of those that it may be, and no other', async () => {
    await using server = await serveModel({ predictor: explaining })
    const { json } = await server.send('/openapi.json')
    const { paths, components } = json as unknown as Described
    const ajv = new Ajv2020({ strict: false, formats: { date: true } })
    let count = 0
    for (const [path, { post }] of Object.entries(paths)) {
      for (const body of post === undefined ? [] : [post.requestBody, post.responses['200']]) {
        const { schema, examples = {} } = body?.content?.['application/json'] ?? {}
        for (const [name, { value }] of Object.entries(examples)) {
          count++
          const validate = ajv.compile({ ...Object(schema), components })
          assert.ok(validate(value), `${path} ${name}: ${ajv.errorsText(validate.errors)}`)
        }
      }
    }
    assert.ok(count >= 6, String(count))
  })
})

interface Content {
  readonly content: {
    readonly 'application/json': { readonly examples: Readonly<Record<string, { value: unknown }>> }
  }
}

interface OpenApi {
  readonly components: { readonly schemas: object }
  readonly paths: Readonly<
    Record<
      string,
      { readonly post: { readonly requestBody: Content; readonly responses: { '200': Content } } }
    >
  >
}

/** The bodies that the document describes, wherever there are any. */
interface Described {
  readonly components: object
  readonly paths: Readonly<
    Record<
      string,
      { readonly post?: { readonly requestBody?: Body; readonly responses: { '200'?: Body } } }
    >
  >
}

interface Body {
  readonly content?: {
    readonly 'application/json'?: {
      readonly schema?: unknown
      readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
    }
  }
}
