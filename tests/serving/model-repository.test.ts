import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { predictor, serveModel, type Served } from './serve-model.ts'

describe('the model repository extension', () => {
  const post = (server: Served, path: string, body = '') =>
    server.send(path, { method: 'POST', body })

  test('lists the one model, asked with a body or without', async () => {
    await using server = await serveModel({ modelVersion: '3' })
    const listed = [{ name: 'loans', version: '3', state: 'READY', reason: '' }]
    for (const body of ['', '{}', '{"ready": true}', '{"ready": false}']) {
      const { status, text } = await post(server, '/v2/repository/index', body)
      assert.deepEqual([status, JSON.parse(text)], [200, listed])
    }
  })

  test('says of a model that cannot predict that it is unavailable', async () => {
    await using server = await serveModel({ predictor: { ...predictor, example: { age: 1 } } })
    const { text } = await post(server, '/v2/repository/index')
    assert.match(text, /^\[{"name":"loans","state":"UNAVAILABLE","reason":"the model could not/)
    assert.equal((await post(server, '/v2/repository/index', '{"ready": true}')).text, '[]')
  })

  test('neither loads nor unloads for a request', async () => {
    await using server = await serveModel()
    for (const action of ['load', 'unload']) {
      const own = await post(server, `/v2/repository/models/loans/${action}`, '{"parameters": {}}')
      assert.equal(own.status, 403)
      assert.match(String(own.json['error']), new RegExp(`^no request can ${action} a model here`))
      const other = await post(server, `/v2/repository/models/other/${action}`)
      assert.equal(other.status, 404)
      assert.deepEqual(Object.keys(other.json), ['error'])
    }
  })

  for (const body of ['[]', '7', '{"ready": 1}', '{"ready": "true"}', 'nonsense']) {
    test(`an index asked with ${body} is a 400`, async () => {
      await using server = await serveModel()
      const answer = await post(server, '/v2/repository/index', body)
      assert.equal(answer.status, 400)
      assert.deepEqual(Object.keys(answer.json), ['error'])
    })
  }
})
