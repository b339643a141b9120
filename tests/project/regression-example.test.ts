/** examples/regression, stage by stage as its dvc.yaml has them, and its champion behind the API. */

import assert from 'node:assert/strict'
import { cpSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { loadProject } from '../../src/project/project-file.ts'
import { openServedModel } from '../../src/project/served-model.ts'
import { formatSummary, readSummary } from '../../src/project/summary.ts'
import { createServingApp } from '../../src/serving/index.ts'
import type { ModelCard } from '../../src/training/card/model-card.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { runStages } from './run-stages.ts'
import { openHouse, type House } from './target-house.ts'

const example = resolve(import.meta.dirname, '../../examples/regression')

describe('examples/regression', () => {
  let house: House
  before(async () => {
    const folder = makeScratchFolder()
    cpSync(example, folder, { recursive: true })
    const parameters = readFileSync(join(folder, 'params.yaml'), 'utf8')
    house = await openHouse(await loadProject(example), folder, parameters)
    await runStages(house)
  })
  after(() => house[Symbol.asyncDispose]())

  test('trains models of minutes, of which trees are the better', async () => {
    const summary = await readSummary(house.directory, 'deliveries', 0.95)
    const text = formatSummary(summary, ['mlpt serve'])
    assert.match(text, /^model +RMSE +MAE +R²/)
    assert.match(text, /^boosting +2\.\d+ \[.*◀ champion$/m)
    assert.equal(summary.verdict.challenger.kind, 'boosting')
  })

  test('has a card of its champion, which says what it predicts and how well', async () => {
    const [version] = await house.context.tracking.listModelVersions('deliveries')
    const files = await house.context.tracking.readArtifacts(version!.runId!, 'card')
    const texts = new Map(
      [...files].map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]),
    )
    const card = JSON.parse([...texts].find(([name]) => name.endsWith('.json'))![1]) as ModelCard
    const { output } = card.model
    assert.ok(output?.kind === 'value' && output.interval?.coverage === 0.9)
    const metrics = JSON.parse(house.read('metrics/boosting.json')) as Record<string, number>
    assert.ok(
      Math.abs(metrics['interval_covered']! - 0.9) < 0.06,
      String(metrics['interval_covered']),
    )
    assert.equal(card.explanations.columns[0]!.column, 'distance_km')
    assert.equal(card.evaluation!.positive_share, undefined)
    assert.match(
      [...texts].find(([name]) => name.endsWith('.html'))![1],
      /minutes<\/\w+>, a number; 90 % of the rows within [\d.]+ of their\s+prediction/,
    )
  })

  test('answers in minutes, and why', async () => {
    const { predictor, modelVersion } = await openServedModel('models:/deliveries@champion', () =>
      // It closes what it is given.
      Promise.resolve({
        ...house.context.tracking,
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
    )
    const app = createServingApp({ predictor, modelVersion })
    try {
      const near = { distance_km: 2, parcels: 1, hour: 12, vehicle: 1, is_holiday: false }
      const rows = [near, { ...near, distance_km: 12 }]
      const answer = await app.inject({
        url: '/predict',
        method: 'POST',
        payload: { rows, explain: true },
      })
      const { predictions } = answer.json<{
        predictions: {
          prediction: number
          explanation: { score: string; base: number; contributions: object }
        }[]
      }>()
      const [short, long] = predictions
      assert.ok(short!.prediction > 8 && short!.prediction < 18, `${short!.prediction}`)
      assert.ok(long!.prediction > short!.prediction + 15)
      const { score, base, contributions } = long!.explanation
      const sum = Object.values<number>(contributions as Record<string, number>).reduce(
        (a, b) => a + b,
        base,
      )
      assert.equal(score, 'prediction')
      assert.ok(Math.abs(sum - long!.prediction) < 1e-4)
    } finally {
      await app.close()
    }
  })
})
