import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Predictor } from '../../../src/core/predictor.ts'
import type { ScoredRows } from '../../../src/core/scored-rows.ts'
import type { ServingOptions } from '../../../src/serving/index.ts'
import { createModelSlots, type ModelSlots } from '../../../src/serving/rollout/model-slots.ts'
import { describeRolloutEvent } from '../../../src/serving/rollout/rollout-event.ts'
import { predictor, row, serveModel, type Served } from '../serve-model.ts'
import { constant } from './constant-model.ts'

const eager = { share: 0.5, judgeEveryMs: 0 } as const

/** Serves version 1, with version 2 on trial on half of the requests. */
async function serveTrial(
  canary: Partial<Predictor>,
  options: Partial<ServingOptions> = {},
): Promise<{ server: Served; models: ModelSlots; told: readonly string[] }> {
  const models = createModelSlots({ predictor: constant(0.25), modelVersion: '1' })
  const told: string[] = []
  models.listen((event) => told.push(describeRolloutEvent(event)))
  models.put('canary', { predictor: constant(0.75, canary), modelVersion: '2' })
  const server = await serveModel({ canary: eager, ...options, models })
  return { server, models, told }
}

const askFor = async (
  server: Served,
  key: string,
): Promise<{ status: number; version: unknown }> => {
  const { status, json } = await server.post('/predict', row, { 'x-routing-key': key })
  return { status, version: (json['model'] as { version?: unknown } | undefined)?.version }
}

const keys = Array.from({ length: 80 }, (_, key) => `key ${key}`)

/** Answers fine while it is warmed up, then does `then`. */
function laterOn(then: () => number): Partial<Predictor> {
  let calls = 0
  return {
    predict: ({ rows }) => new Float32Array(rows).fill(calls++ === 0 ? 0.75 : then()),
  }
}

describe('a canary', () => {
  test('answers its share, always the same keys, and answers name the model', async () => {
    const told: ScoredRows[] = []
    const trial = await serveTrial({}, { onScored: (rows) => told.push(rows) })
    await using server = trial.server
    const versions = await Promise.all(keys.map(async (key) => (await askFor(server, key)).version))
    const again = await Promise.all(keys.map(async (key) => (await askFor(server, key)).version))
    assert.deepEqual(again, versions)
    assert.deepEqual(new Set(versions), new Set(['1', '2']))
    for (const { arm, model, scores } of told) {
      assert.deepEqual(
        [arm, scores[0]],
        model.version === '2' ? ['canary', 0.75] : ['champion', 0.25],
      )
    }
    const metrics = (await server.send('/metrics')).text
    const count = versions.filter((version) => version === '2').length * 2
    assert.ok(metrics.includes(`mlpt_canary_requests_total{arm="canary",outcome="ok"} ${count}\n`))
    assert.match(metrics, /^mlpt_model_info\{arm="canary",model="loans",version="2",.*\} 1$/m)
  })

  test('is asked for by its version where the protocol names one', async () => {
    const { server: opened } = await serveTrial({}, { canary: { share: 0 } })
    await using server = opened
    const inputs = [{ name: 'input', shape: [1, 4], datatype: 'FP32', data: [50, 1, 0, 3] }]
    const ask = async (version: string): Promise<unknown> => {
      const path = `/v2/models/loans/versions/${version}/infer`
      const { status, json } = await server.post(path, { inputs })
      return [status, json['model_version']]
    }
    assert.deepEqual(await ask('2'), [200, '2'])
    assert.deepEqual(await ask('1'), [200, '1'])
    assert.deepEqual(await ask('3'), [404, undefined])
  })

  test('that fails is taken back, and says why; from then on nothing fails', async () => {
    const trial = await serveTrial(laterOn(() => Number.NaN))
    await using server = trial.server
    const statuses: number[] = []
    while (trial.models.get('canary') !== undefined) {
      for (const key of keys) statuses.push((await askFor(server, key)).status)
      assert.ok(statuses.length < 400)
    }
    assert.ok(statuses.some((status) => status !== 200))
    for (const key of keys) assert.equal((await askFor(server, key)).version, '1')
    assert.match(
      trial.told.at(-1)!,
      /^canary: loans, version 2 is rolled back: (\d+) of \1 requests failed, and 0 of \d+ requests of the champion's$/,
    )
    const metrics = (await server.send('/metrics')).text
    assert.match(metrics, /^mlpt_canary_rollbacks_total\{cause="errors"\} 1$/m)
    assert.match(metrics, /^mlpt_model_swaps_total\{arm="canary",outcome="rolled-back"\} 1$/m)
  })

  test('that is slow is taken back', async () => {
    const trial = await serveTrial(
      laterOn(() => {
        const end = performance.now() + 20
        while (performance.now() < end) continue
        return 0.5
      }),
      { canary: { ...eager, limits: { minRequests: 5, latencyMarginMs: 5 } } },
    )
    await using server = trial.server
    for (const key of keys.slice(0, 60)) {
      assert.equal((await askFor(server, key)).status, 200)
      if (trial.models.get('canary') === undefined) break
    }
    assert.match(trial.told.at(-1)!, /version 2 is rolled back: a row took/)
  })

  test('that does as the champion does stays, also where both fail', async () => {
    let calls = 0
    const model = constant(0.5)
    const flaky: Predictor['predict'] = (rows) =>
      ++calls % 5 === 0 ? Float32Array.of(Number.NaN) : model.predict(rows)
    const models = createModelSlots({ predictor: { ...predictor, predict: flaky } })
    models.put('canary', { predictor: { ...predictor, predict: flaky, digest: 'other' } })
    await using server = await serveModel({ models, canary: eager })
    for (const key of [...keys, ...keys]) await askFor(server, key)
    assert.notEqual(models.get('canary'), undefined)
  })
})
