import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fastify } from 'fastify'
import type { ScoredRows } from '../../src/core/scored-rows.ts'
import { createServingApp, servingPlugin } from '../../src/serving/index.ts'
import { predictor, row, rowProbability } from './serve-model.ts'

const json = { 'content-type': 'application/json' }

describe('the API as a plugin of another app', () => {
  test('answers on all its paths as an app of its own does', async () => {
    await using own = createServingApp({ predictor })
    await using host = fastify()
    host.get('/mine', () => 'mine')
    await host.register(servingPlugin({ predictor }))
    const headers = { ...json, 'x-request-id': 'r-1' }
    const questions = [
      { method: 'POST', url: '/predict', headers, payload: JSON.stringify(row) },
      { method: 'POST', url: '/predict', headers, payload: '{"age": "old"}' },
      { method: 'POST', url: '/invocations', headers, payload: '{' },
      { method: 'POST', url: '/v2/models/loans/infer', headers, payload: '{}' },
      { method: 'GET', url: '/health/ready', headers: {} },
      { method: 'GET', url: '/openapi.json', headers: {} },
    ] as const
    for (const question of questions) {
      const [expected, given] = [await own.inject(question), await host.inject(question)]
      assert.equal(given.statusCode, expected.statusCode, question.url)
      assert.equal(given.body, expected.body, question.url)
    }
    assert.equal((await host.inject('/mine')).body, 'mine')
  })

  test('leaves the other routes alone: their bodies, errors and unknown paths', async () => {
    await using host = fastify()
    await host.register(servingPlugin({ predictor, limits: { bodyBytes: 100 } }))
    host.post('/mine', ({ body }) => ({ body }))
    host.get('/broken', () => assert.fail('mine'))
    const payload = { text: 'x'.repeat(200) }
    const mine = await host.inject({ method: 'POST', url: '/mine', payload })
    assert.deepEqual(mine.json(), { body: payload })
    assert.equal(mine.headers['x-request-id'], undefined)
    assert.equal((await host.inject('/broken')).json()['message'], 'mine')
    assert.equal((await host.inject('/nowhere')).json()['message'], 'Route GET:/nowhere not found')
    const large = await host.inject({ method: 'POST', url: '/predict', payload })
    assert.equal(large.statusCode, 413)
  })

  test('tells what is scored under an id that the answer carries', async () => {
    const told: ScoredRows[] = []
    await using host = fastify()
    await host.register(servingPlugin({ predictor, onScored: (rows) => told.push(rows) }))
    const asked = { method: 'POST', url: '/predict', headers: json, payload: row } as const
    const answers = [await host.inject(asked), await host.inject(asked)]
    assert.deepEqual(
      answers.map((answer) => [answer.json()['probability'], answer.headers['x-request-id']]),
      told.map(({ requestId }) => [rowProbability, requestId]),
    )
    assert.equal(new Set(told.map(({ requestId }) => requestId)).size, 2)
  })

  test('takes no prefix', async () => {
    const host = fastify()
    host.register(servingPlugin({ predictor }), { prefix: '/models' })
    await assert.rejects(Promise.resolve(host.ready()), { code: 'CONFIG_INVALID' })
  })
})
