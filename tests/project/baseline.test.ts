import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { hasChampion, readSummary } from '../../src/project/summary.ts'
import type { Verdict } from '../../src/training/registry.ts'
import { buildHouse, defineThings, parametersOf } from './target-house.ts'

for (const [target, model, metric, evaluate] of [
  ['is_large', 'logistic', 'log_loss', {}],
  ['size', 'linear', 'mae', {}],
  ['kind', 'logistic', 'accuracy', {}],
  ['kind', 'logistic', 'mean_cost', { costs: { 0: { 1: 1, 2: 5 }, 1: { 0: 2 } } }],
] as const) {
  test(`noise is never the first champion by ${metric}, what can be learnt is`, async () => {
    const parameters = parametersOf({ evaluate, promote: { metric } })
    const project = defineThings(target)
    for (const isNoise of [true, false]) {
      await using house = await buildHouse(project, drawThings(isNoise), parameters)
      await house.make(model)
      if (isNoise) {
        await assert.rejects(house.promote(), {
          code: 'PROMOTION_REFUSED',
          exitCode: 3,
          message: new RegExp(
            `^'${model}' is not shown to be better than the baseline, which knows no features: ${metric} better by -?[\\d.]+ \\[-?[\\d.]+, -?[\\d.]+\\] on the same rows$`,
          ),
          hint: /--override REASON/,
        })
        assert.match(
          house.read('reports/promotion.md'),
          /\| baseline \| (-.*|0) \| 0 \| \*\*not passed\*\* \|/,
        )
      } else await house.promote()
      const { decision, gates } = house.readJson('reports/promotion.json') as Verdict
      assert.equal(decision, isNoise ? 'refused' : 'promoted')
      assert.equal(hasChampion(await readSummary(house.directory, 'things', 0.9)), !isNoise)
      assert.deepEqual(
        gates!.map(({ gate, passed }) => [gate, passed]),
        [...(target === 'is_large' ? [['min_roc_auc', true]] : []), ['baseline', !isNoise]],
      )
    }
  })
}

test('a policy that does not ask for more than noise gets it', async () => {
  const parameters = parametersOf({ promote: { metric: 'rmse', baseline: false } })
  await using house = await buildHouse(defineThings('size'), drawThings(true), parameters)
  await house.make('linear')
  await house.promote()
  const { decision, gates } = house.readJson('reports/promotion.json') as Verdict
  assert.deepEqual([decision, gates], ['promoted', []])
})

/** Things whose targets follow `a`, or have nothing to do with it. */
function drawThings(isNoise: boolean): string {
  const random = createRandom(5)
  const lines = Array.from({ length: 300 }, (_, id) => {
    const [a, b, other] = [random.next(), random.next(), random.next()]
    const cause = isNoise ? other : a
    const kind = Math.floor(3 * cause)
    return [id + 1, a, b, kind, 'round', cause > 0.5, cause, 1].join(',')
  })
  return ['id,a,b,kind,shape,is_large,size,weight', ...lines].join('\n')
}
