/** What steps give back to the program that asks for it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluate } from '../../src/project/evaluate.ts'
import { features } from '../../src/project/features.ts'
import { train } from '../../src/project/train.ts'
import { buildHouse, defineThings, parametersOf } from './target-house.ts'

test('steps tell what they wrote, and the run in which it is tracked', async () => {
  const lines = Array.from({ length: 90 }, (_, i) =>
    [i + 1, i % 7, i % 5, i % 3, ['round', 'flat', 'long'][i % 3], i % 7 > 3, i, 1].join(','),
  )
  await using house = await buildHouse(
    defineThings('is_large'),
    `id,a,b,kind,shape,is_large,size,weight\n${lines.join('\n')}\n`,
    parametersOf({ promote: { metric: 'roc_auc' } }),
  )
  const { context } = house
  const { rows, path } = await features(context)
  assert.deepEqual([rows, path], [90, 'data/processed/things.parquet'])
  const { loss, ...trained } = await train(context, 'logistic')
  const run = await context.tracking.getRun(trained.run)
  assert.equal(trained.path, 'models/logistic')
  assert.ok(loss! > 0)
  const { metrics, ...measured } = await evaluate(context, 'logistic')
  assert.deepEqual(measured, { model: 'logistic', digest: trained.digest, run: run.runId })
  assert.deepEqual(metrics, house.readJson('metrics/logistic.json'))
})
