import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  predictor,
  row,
  rowProbability,
  serveModel,
  type Answer,
  assertError,
} from './serve-model.ts'

const path = '/v1/models/loans:predict'
const cells = Object.values(row)
const vertexPaths = {
  health: '/v1/endpoints/7/deployedModels/9',
  predict: '/v1/endpoints/7/deployedModels/9:predict',
}

describe("KServe's first protocol", () => {
  test('says which model there is, and that it is ready', async () => {
    await using server = await serveModel()
    assert.deepEqual((await server.send('/v1/models')).json, { models: ['loans'] })
    assert.deepEqual((await server.send('/v1/models/loans')).json, { name: 'loans', ready: true })
  })

  test('a model that is not ready is a 503', async () => {
    const predict = (): never => assert.fail('broken')
    await using server = await serveModel({ predictor: { ...predictor, predict } })
    const { status, json } = await server.send('/v1/models/loans')
    assert.deepEqual([status, json], [503, { name: 'loans', ready: false }])
  })

  for (const [name, body] of [
    ['instances of objects', { instances: [row] }],
    ['instances of lists', { instances: [cells] }],
    ['inputs of columns', { inputs: { age: [50], debt: [12.5], late: [1], town: [3] } }],
    ['parameters, as Vertex AI sends them', { instances: [row], parameters: { a: 1 } }],
  ] as const) {
    test(`${name} are scored`, async () => {
      await using server = await serveModel()
      assertPredicted(await server.post(path, body))
    })
  }

  test('a body without a type is read', async () => {
    await using server = await serveModel()
    const body = JSON.stringify({ instances: [row] })
    assertPredicted(await server.send(path, { method: 'POST', body }))
  })

  for (const [name, body, status, error] of [
    ['no object', [row], 400, /^the body is "an array", expected an object with 'instances'$/],
    ['no rows', {}, 400, /expected an object with 'instances'$/],
    ['an empty list', { instances: [] }, 400, /^'\/instances' is 0, expected at least one row$/],
    [
      'two lists',
      { instances: [row], inputs: [row] },
      400,
      /^'\/inputs' is "an array", expected nothing/,
    ],
    [
      'two problems',
      { instances: [{ ...row, age: 1, town: 1 }] },
      400,
      /'\/instances\/0\/age' is 1, .*; '\/instances\/0\/town' is 1/,
    ],
    ['JSON cut short', '{', 400, /^the body is not JSON/],
    ['deep nesting', '['.repeat(100_000), 400, /deeper than 32 levels/],
  ] as const) {
    test(`${name}: ${status} with one text`, async () => {
      await using server = await serveModel()
      assertError(await server.post(path, body), status, error)
    })
  }

  test('another model, verb, type and method are refused in the same shape', async () => {
    await using server = await serveModel()
    assertError(await server.send('/v1/models/other'), 404, /^there is no model 'other'/)
    assertError(await server.post('/v1/models/other:predict', '{'), 404, /no model 'other'/)
    assertError(await server.post('/v1/models/loans:explain', '{}'), 404, /^there is nothing at/)
    assertError(await server.send('/v1/nothing'), 404, /^there is nothing at/)
    assertError(await server.send(path), 405, /^GET does nothing here, expected POST/)
    assertError(await server.post(path, '{}', { 'content-type': 'text/csv' }), 415, /text\/csv/)
  })
})

describe('Vertex AI', () => {
  test('is answered on the paths that it gives', async () => {
    await using server = await serveModel({ vertexPaths })
    const headers = { host: '10.0.0.7:8080' }
    assert.equal((await server.send(vertexPaths.health, { headers })).status, 200)
    assertPredicted(await server.post(vertexPaths.predict, { instances: [row] }))
  })

  test('its paths are not there unless it gives them', async () => {
    await using server = await serveModel()
    assertError(await server.send(vertexPaths.health), 404, /^there is nothing at/)
  })

  test('paths that are there already answer it as they are', async () => {
    await using server = await serveModel({
      vertexPaths: { health: '/ping', predict: '/invocations' },
    })
    assert.equal((await server.send('/ping')).status, 200)
    assert.equal((await server.post('/invocations', { instances: [row] })).status, 200)
  })

  for (const [predict, message] of [
    [
      '/predict',
      /^the path of Vertex AI's predictions is '\/predict', which is another protocol's/,
    ],
    ['predict', /^the path of a route for Vertex AI is 'predict'$/],
    ['/a*', /'\/a\*'$/],
  ] as const) {
    test(`the path ${predict} is refused at the start`, async () => {
      const start = serveModel({ vertexPaths: { health: '/up', predict } })
      await assert.rejects(start, { code: 'CONFIG_INVALID', message })
    })
  }

  test('whatever its paths, their failures have its shape', async () => {
    await using server = await serveModel({ vertexPaths: { health: '/up', predict: '/score' } })
    assertError(await server.post('/score', {}), 400, /expected an object with 'instances'$/)
    assertError(await server.post('/up', {}), 405, /^POST does nothing here/)
  })
})

function assertPredicted(answer: Answer): void {
  const predictions = [{ probability: rowProbability, prediction: 1 }]
  assert.deepEqual([answer.status, answer.json], [200, { predictions }], answer.text)
}
