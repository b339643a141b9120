import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createServingApp } from '../../src/serving/index.ts'
import { predictor, serveModel } from './serve-model.ts'

const model = { name: 'loans', version: '3', digest: predictor.digest }

describe('health', () => {
  test('a server that scored its example is live and ready, and says which model', async () => {
    await using server = await serveModel({ modelVersion: '3' })
    const live = await server.send('/health/live')
    const ready = await server.send('/health/ready')
    assert.deepEqual([live.status, live.json], [200, { status: 'live', model }])
    assert.deepEqual([ready.status, ready.json], [200, { status: 'ready', model }])
  })

  for (const [what, faulty] of [
    ['cannot score its example', { ...predictor, predict: () => assert.fail('broken') }],
    ['does not take its example', { ...predictor, example: { age: 1 } }],
  ] as const) {
    test(`a model that ${what} lives but is not ready`, async () => {
      const logged: string[] = []
      await using server = await serveModel({
        predictor: faulty,
        onInternalError: (_error, requestId) => logged.push(requestId),
      })
      const ready = await server.send('/health/ready')
      assert.equal((await server.send('/health/live')).status, 200)
      assert.deepEqual([ready.status, ready.json['status']], [503, 'failed'])
      assert.equal((await server.send('/v2/health/ready')).status, 503)
      assert.equal((await server.send('/v2/models/loans/ready')).status, 503)
      assert.deepEqual(logged, ['warm-up'])
    })
  }

  test('nothing is scored before the app is ready, and the example once then', async () => {
    let calls = 0
    const counting = {
      ...predictor,
      predict: (rows: Parameters<typeof predictor.predict>[0]) => {
        calls++
        return predictor.predict(rows)
      },
    }
    const app = createServingApp({ predictor: counting })
    assert.equal(calls, 0)
    await app.ready()
    assert.equal(calls, 1)
    await app.close()
  })

  test('HEAD is answered as GET without a body', async () => {
    await using server = await serveModel()
    const { status, text } = await server.send('/health/ready', { method: 'HEAD' })
    assert.deepEqual([status, text], [200, ''])
  })
})
