import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Registry } from 'prom-client'
import fc from 'fast-check'
import type { Predictor } from '../../../src/core/predictor.ts'
import type { ScoredRows } from '../../../src/core/scored-rows.ts'
import { createModelSlots } from '../../../src/serving/rollout/model-slots.ts'
import { createRolloutMetrics } from '../../../src/serving/rollout/rollout-metrics.ts'
import { createShadowQueue } from '../../../src/serving/rollout/shadow-queue.ts'
import { predictor, row, serveModel } from '../serve-model.ts'
import { constant } from './constant-model.ts'

/** A queue whose idle moments come when the test says. */
function openQueue(shadow: Partial<Predictor> = {}, champion = predictor) {
  const registry = new Registry()
  const slots = createModelSlots({ predictor: champion, modelVersion: '1' })
  slots.put('shadow', { predictor: constant(0.75, shadow), modelVersion: '2' })
  const told: ScoredRows[] = []
  const failures: string[] = []
  slots.listen(({ kind }) => failures.push(kind))
  const idle: (() => void)[] = []
  const observe = createShadowQueue({
    slots,
    metrics: createRolloutMetrics(registry),
    onScored: (scored) => told.push(scored),
    waitingRows: 300,
    whenIdle: (callback) => idle.push(callback),
  })
  const work = (): void => {
    for (let next = idle.shift(); next !== undefined; next = idle.shift()) next()
  }
  return { observe, work, told, failures, slots, metrics: () => registry.metrics() }
}

function scoredRows(requestId: string, rows: number): ScoredRows {
  const values = Float32Array.from({ length: rows * 4 }, (_, cell) => cell)
  return {
    requestId,
    traceId: undefined,
    protocol: 'native',
    model: { name: 'loans', version: '1', digest: 'ab' },
    arm: 'champion',
    columns: Object.keys(predictor.inputs),
    rows: { rows, columns: 4, values },
    output: { kind: 'probability' },
    scores: Float32Array.from({ length: rows }, (_, at) => (at % 2 === 0 ? 0.25 : 0.5)),
    durationMs: 1,
  }
}

test('a shadow is given the texts and 64-bit numbers of its rows, turn by turn', () => {
  const seen: unknown[] = []
  const predict: Predictor['predict'] = ({ rows, texts, doubles }) => {
    seen.push([texts?.get(0)?.length, texts?.get(0)?.[0], doubles?.get(1)?.[0]])
    return new Float32Array(rows)
  }
  const queue = openQueue({ predict })
  const numbers = Array.from({ length: 70 }, (_, r) => 2 ** 53 - 1 - r)
  queue.observe({
    ...scoredRows('one', 70),
    rows: {
      rows: 70,
      columns: 4,
      values: new Float32Array(280),
      texts: new Map([[0, numbers.map(String)]]),
      doubles: new Map([[1, numbers]]),
    },
  })
  queue.work()
  // After its own example. 64 rows are a turn.
  assert.deepEqual(seen.slice(1), [
    [64, String(numbers[0]), numbers[0]],
    [6, String(numbers[64]), numbers[64]],
  ])
})

describe('texts of a request', () => {
  test('are told apart by the shadow as it knows them, not as the champion does', () => {
    const town = (known: readonly string[]): Predictor['inputs'] => ({
      town: { type: 'text', known, nullable: true },
    })
    const seen: number[][] = []
    const predict: Predictor['predict'] = ({ values }) => {
      seen.push([...values])
      return values.map(() => 0.5)
    }
    const shadow = { inputs: town(['Bonn', 'Ulm']), example: { town: 'Ulm' }, predict }
    const queue = openQueue(shadow, { ...predictor, ...shadow, inputs: town(['Ulm']) })
    seen.length = 0 // Both were warmed up.
    const cells = ['Ulm', 'Bonn', null, 'Köln']
    // As a champion has them that knows Ulm alone.
    const values = Float32Array.of(0, -1, NaN, -1)
    const scored = { ...scoredRows('one', 4), columns: ['town'] }
    queue.observe({
      ...scored,
      rows: { rows: 4, columns: 1, values, texts: new Map([[0, cells]]) },
    })
    queue.work()
    assert.deepEqual(seen, [[1, 0, NaN, -1]])
    assert.deepEqual(queue.told[0]?.rows.texts?.get(0), cells)
  })

  test('that a policy let through have their numbers in the shadow too', () => {
    const seen: number[][] = []
    const predict: Predictor['predict'] = ({ rows, values }) => {
      seen.push([...values])
      return new Float32Array(rows).fill(0.5)
    }
    const shadow: Partial<Predictor> = {
      inputs: {
        town: { type: 'text', known: ['Bonn', 'Ulm'], maxLength: 3 },
        since: { type: 'date', min: '1970-01-10' },
      },
      example: { town: 'Ulm', since: '1970-01-10' },
      predict,
    }
    const queue = openQueue(shadow, { ...predictor, ...shadow })
    seen.length = 0
    const texts = new Map([
      [0, ['Bonn', null]],
      [1, ['1970-01-02', null]],
    ])
    const values = Float32Array.of(-1, 1, NaN, NaN)
    queue.observe({ ...scoredRows('one', 2), rows: { rows: 2, columns: 2, values, texts } })
    queue.work()
    assert.deepEqual(seen, [[0, 1, NaN, NaN]])
  })
})

describe('the shadow', () => {
  test('scores the rows of every request once, in order, whatever their number', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 3 }), (sizes) => {
        const predict: Predictor['predict'] = (rows) => predictor.predict(rows)
        const queue = openQueue({ predict: (rows) => predict(rows).map((x) => x / 1e4) })
        for (const [at, size] of sizes.entries()) {
          const scored = scoredRows(`r${at}`, size)
          queue.observe(scored)
          scored.rows.values.fill(7) // The server uses its rows again.
        }
        queue.work()
        assert.deepEqual(
          queue.told.map(({ requestId, arm, model, scores }) => [
            requestId,
            arm,
            model.version,
            scores,
          ]),
          sizes.map((size, at) => {
            const scores = predict(scoredRows('', size).rows).map((x) => x / 1e4)
            return [`r${at}`, 'shadow', '2', scores]
          }),
        )
      }),
    )
  })

  test('counts how far its numbers lie off, and how often the class is another', async () => {
    const queue = openQueue()
    queue.observe(scoredRows('r', 3)) // 0.25, 0.5, 0.25 beside 0.75
    queue.work()
    const metrics = await queue.metrics()
    assert.match(metrics, /^mlpt_shadow_mismatch_total 2$/m)
    assert.match(metrics, /^mlpt_shadow_difference_count 3$/m)
    assert.match(metrics, /^mlpt_shadow_difference_sum 1.25$/m)
    assert.match(metrics, /^mlpt_shadow_requests_total\{outcome="ok"\} 1$/m)
  })

  test('each model calls by its own threshold', async () => {
    const queue = openQueue({ output: { kind: 'probability', threshold: 0.8 } })
    queue.observe(scoredRows('r', 3)) // 0, 1, 0 beside 0 for 0.75
    queue.work()
    assert.match(await queue.metrics(), /^mlpt_shadow_mismatch_total 1$/m)
  })

  test('drops and counts what it has no room for, and takes more once it has', async () => {
    const queue = openQueue()
    for (const size of [200, 101, 100, 1]) queue.observe(scoredRows(`r${size}`, size))
    queue.work()
    queue.observe(scoredRows('later', 300))
    queue.work()
    const ids = queue.told.map(({ requestId }) => requestId)
    assert.deepEqual(ids, ['r200', 'r100', 'later'])
    assert.match(await queue.metrics(), /^mlpt_shadow_dropped_total 2$/m)
  })

  test('that fails is said once and counted each time; the next one works', async () => {
    let isBroken = false
    const queue = openQueue({
      predict: ({ rows }) => {
        if (isBroken) throw new Error('no')
        return new Float32Array(rows)
      },
    })
    isBroken = true
    for (const id of ['a', 'b']) queue.observe(scoredRows(id, 70))
    queue.work()
    isBroken = false
    queue.observe(scoredRows('c', 70))
    queue.work()
    assert.deepEqual(queue.failures, ['shadow-failed'])
    assert.deepEqual(
      queue.told.map(({ requestId }) => requestId),
      ['c'],
    )
    assert.match(await queue.metrics(), /^mlpt_shadow_requests_total\{outcome="error"\} 2$/m)
  })

  test('is seen by nobody: the answer is the champion’s, also when the shadow throws', async () => {
    let calls = 0
    const shadow: Predictor['predict'] = ({ rows }) => {
      if (calls++ > 0) throw new Error('no')
      return new Float32Array(rows)
    }
    const models = createModelSlots({ predictor, modelVersion: '1' })
    models.put('shadow', { predictor: { ...predictor, predict: shadow }, modelVersion: '2' })
    const arms: string[] = []
    await using server = await serveModel({ models, onScored: ({ arm }) => arms.push(arm) })
    for (let request = 0; request < 3; request++) {
      const { status, json } = await server.post('/predict', row)
      assert.equal(status, 200)
      assert.equal((json['model'] as { version: string }).version, '1')
    }
    assert.deepEqual(arms, ['champion', 'champion', 'champion'])
    const counted = /^mlpt_shadow_requests_total\{outcome="error"\} 3$/m
    assert.match((await server.send('/metrics')).text, counted)
  })
})
