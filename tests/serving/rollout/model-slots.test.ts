import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Predictor } from '../../../src/core/predictor.ts'
import { createModelSlots, type ModelSlots } from '../../../src/serving/rollout/model-slots.ts'
import { describeRolloutEvent } from '../../../src/serving/rollout/rollout-event.ts'
import { predictor, row, serveModel, type Served } from '../serve-model.ts'
import { constant } from './constant-model.ts'

const opened = (version: string, changes: Partial<Predictor> = {}) => ({
  predictor: constant(Number(version) / 8, changes),
  modelVersion: version,
})

function record(slots: ModelSlots): readonly string[] {
  const told: string[] = []
  slots.listen((event) => told.push(describeRolloutEvent(event)))
  return told
}

const answer = async (server: Served): Promise<readonly unknown[]> => {
  const { json } = await server.post('/predict', row)
  return [(json['model'] as { version: string }).version, json['probability']]
}

describe('the models behind a server', () => {
  test('what is served, documented, probed and counted follows a swap', async () => {
    const models = createModelSlots(opened('1'))
    const told = record(models)
    await using server = await serveModel({ models })
    assert.deepEqual(await answer(server), ['1', 0.125])
    const document = async (): Promise<unknown> => (await server.send('/openapi.json')).json['info']
    const before = await document()
    const wider = { ...predictor.inputs, age: { type: 'number' } } as const
    models.put('champion', opened('2', { inputs: wider }))
    assert.deepEqual(await answer(server), ['2', 0.25])
    assert.equal((before as { version: string }).version, '1')
    assert.equal(((await document()) as { version: string }).version, '2')
    assert.equal((await server.post('/predict', { ...row, age: 17.5 })).status, 200)
    const health = (await server.send('/health/ready')).json
    assert.deepEqual(health['model'], { name: 'loans', version: '2', digest: '0.25' })
    const { json } = await server.send('/v2/models/loans')
    assert.deepEqual(json['versions'], ['2'])
    const metrics = (await server.send('/metrics')).text
    assert.match(metrics, /^mlpt_model_swaps_total\{arm="champion",outcome="swapped"\} 1$/m)
    assert.match(metrics, /^mlpt_model_info\{arm="champion",model="loans",version="2",.*\} 1$/m)
    assert.doesNotMatch(metrics, /^mlpt_model_info\{.*version="1"/m)
    assert.deepEqual(told, ['champion: loans, version 2, after loans, version 1'])
  })

  test('a request that began with a model ends with it', async () => {
    const models = createModelSlots({
      modelVersion: '1',
      predictor: constant(0.5, {
        // While it scores, another takes its place.
        predict: ({ rows }) => {
          if (models.get('canary') !== undefined) models.put('champion', opened('2'))
          return new Float32Array(rows).fill(0.5)
        },
      }),
    })
    await using server = await serveModel({ models, canary: { share: 0 } })
    models.put('canary', opened('3'))
    assert.deepEqual(await answer(server), ['1', 0.5])
    assert.deepEqual(await answer(server), ['2', 0.25])
  })

  test('a model that cannot score, or that clients would notice, is refused and the old one stays', async () => {
    const models = createModelSlots(opened('1'))
    const told = record(models)
    await using server = await serveModel({ models })
    const put = (changes: Partial<Predictor>) => () => models.put('champion', opened('2', changes))
    assert.throws(put({ predict: ({ rows }) => new Float32Array(rows).fill(NaN) }), {
      code: 'MODEL_INVALID',
    })
    assert.throws(put({ example: { age: 3 } }), { code: 'REQUEST_INVALID' })
    const { town: _town, ...fewer } = predictor.inputs
    assert.throws(put({ inputs: fewer, example: { age: 40, debt: null, late: 0 } }), {
      code: 'MODEL_INCOMPATIBLE',
    })
    assert.deepEqual(await answer(server), ['1', 0.125])
    assert.equal((await server.send('/health/ready')).status, 200)
    assert.match((await server.send('/metrics')).text, /outcome="refused"\} 3$/m)
    assert.equal(
      told.at(-1),
      "champion: version 2 is refused: clients of the champion would notice: it does not take 'town' (serve it under a name of its own, or start with '--allow-signature-change')",
    )
  })

  test('another signature is let in for champions alone, and models on trial that no longer fit go', async () => {
    const models = createModelSlots(opened('1'), { allowsSignatureChange: true })
    const told = record(models)
    models.put('shadow', opened('2'))
    const value = { output: { kind: 'value' } } as const
    assert.throws(() => models.put('canary', opened('3', value)), { code: 'MODEL_INCOMPATIBLE' })
    models.put('champion', opened('3', value))
    assert.equal(models.get('shadow'), undefined)
    assert.equal(
      told.at(-1),
      'shadow: loans, version 2 is taken away: beside the new champion it gives {"kind":"probability"}, not {"kind":"value"}',
    )
  })

  test('a server whose first model cannot score is ready with one that can', async () => {
    const models = createModelSlots({ predictor: { ...predictor, example: { age: 1 } } })
    await using server = await serveModel({ models })
    assert.equal((await server.send('/health/ready')).status, 503)
    models.put('champion', opened('2'))
    assert.equal((await server.send('/health/ready')).status, 200)
  })
})
