/** What is called of probabilities: params.yaml says it, the model carries it, and every way of asking answers it. */

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { ModelOutput, Predictor } from '../../src/core/predictor.ts'
import { openPredictionLogWriter } from '../../src/monitoring/prediction-log/prediction-log-store.ts'
import { openPredictor } from '../../src/model/index.ts'
import { createServingApp } from '../../src/serving/index.ts'
import { leastCostClasses } from '../../src/training/metrics/index.ts'
import { championAlias, type Verdict } from '../../src/training/registry.ts'
import type { EvaluationReport } from '../../src/training/evaluation-report.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { buildHouse, defineThings, openHouse, parametersOf } from './target-house.ts'
import { linesOf, run, writeText } from './score-table.ts'

describe('a threshold of params.yaml', () => {
  test('is in the model, the evaluation and every answer; another one is another version', async () => {
    const project = defineThings('is_large')
    await using first = await buildHouse(project, table, parametersAt(0.2))
    await first.make('logistic')
    await first.promote()
    const folder = join(first.directory, 'models/logistic')
    const predictor = await openPredictor(folder)
    assert.deepEqual(predictor.output, { kind: 'probability', threshold: 0.2 })
    const report = first.readJson('reports/evaluation/logistic.json') as EvaluationReport
    assert.equal(report.threshold, 0.2)
    const rows = Array.from({ length: 50 }, (_, i) => ({ a: i / 50, b: 0.5 }))
    const told = await askAll(predictor, rows)
    const between = told.filter(({ probability }) => probability! >= 0.2 && probability! < 0.5)
    assert.ok(between.length > 0)
    for (const { probability, prediction } of told) {
      assert.equal(prediction, probability! >= 0.2 ? 1 : 0)
    }
    await using asked = await openHouse(project, first.directory, parametersAt(0.7))
    await assert.rejects(asked.promote(), {
      code: 'MODEL_INVALID',
      message:
        'models/logistic calls class 1 from a probability of 0.2 on, but by params.yaml it is class 1 from a probability of 0.7 on',
      hint: /with 'evaluate\.threshold' among the 'params' of its stage in dvc\.yaml/,
    })
    await asked.make('logistic')
    await asked.promote()
    const verdict = asked.readJson('reports/promotion.json') as Verdict
    assert.match(verdict.reason, /^'logistic' scores as the champion does, and its MLmodel/)
    const champion = await asked.context.tracking.findModelVersion('things', championAlias)
    assert.equal(champion?.version, '2')
  })

  test('of a half, or none, leaves the model folder as it was', async () => {
    await using house = await buildHouse(defineThings('is_large'), table, parametersAt(0.5))
    await house.make('logistic')
    assert.doesNotMatch(house.read('models/logistic/MLmodel'), /threshold|output:/)
  })
})

test('whatever the threshold, a server, a file, a log and KServe call the same', async () => {
  const share = fc.integer({ min: 0, max: 20 }).map((twentieths) => twentieths / 20)
  const drawn = fc.record({ threshold: share, scores: fc.array(share, { minLength: 1 }) })
  await fc.assert(
    fc.asyncProperty(drawn, async ({ threshold, scores }) => {
      const predictor = giving({ kind: 'probability', threshold }, scores)
      const told = await askAll(
        predictor,
        scores.map((_, a) => ({ a })),
      )
      // The model computes in 32 bits: of 0.7 it gives a little less.
      const expected = scores.map((score) => (Math.fround(score) >= threshold ? 1 : 0))
      assert.deepEqual(
        told.map(({ prediction }) => prediction),
        expected,
      )
    }),
    { numRuns: 12 },
  )
})

test('whatever wrong calls cost, all call the class that is expected to cost least', async () => {
  const cost = fc.integer({ min: 0, max: 5 })
  const row = fc.tuple(cost, cost, cost)
  const drawn = fc.record({
    costs: fc
      .tuple(row, row, row)
      .map((all) => all.map((own, i) => own.map((value, j) => (i === j ? 0 : value + 1)))),
    shares: fc.array(
      row.filter((own) => own.some((value) => value > 0)),
      { minLength: 1 },
    ),
  })
  const classes = ['round', 'flat', 'long']
  await fc.assert(
    fc.asyncProperty(drawn, async ({ costs, shares }) => {
      const values = shares.flatMap((own) => own.map((one) => one / (own[0] + own[1] + own[2])))
      const predictor = giving({ kind: 'classes', classes, costs }, values)
      const told = await askAll(
        predictor,
        shares.map((_, a) => ({ a })),
      )
      const probabilities = { rows: shares.length, columns: 3, values: Float32Array.from(values) }
      assert.deepEqual(
        told.map(({ prediction }) => prediction),
        Array.from(leastCostClasses(probabilities, costs), (place) => classes[place]),
      )
    }),
    { numRuns: 12 },
  )
})

const table = `id,a,b,kind,shape,is_large,size,weight\n${Array.from({ length: 200 }, (_, id) => {
  const [a, b] = [(id % 20) / 20, (id % 7) / 7]
  return `${id + 1},${a},${b},0,round,${(id * 7) % 20 < 20 * a},1,1`
}).join('\n')}\n`

function parametersAt(threshold: number): string {
  return parametersOf({ evaluate: { threshold }, promote: { metric: 'roc_auc' } })
}

interface Called {
  readonly probability?: number
  readonly prediction: number | string
}

/** What a server, KServe's protocol, the log and a scored file call the rows, which has to be the same. */
async function askAll(
  predictor: Predictor,
  rows: readonly Readonly<Record<string, number>>[],
): Promise<readonly Called[]> {
  const root = makeScratchFolder()
  const log = openPredictionLogWriter({ root, model: 'things', now: () => 1000 })
  const app = createServingApp({ predictor, predictionLog: log })
  const post = async (url: string, payload: object): Promise<readonly Called[]> =>
    (await app.inject({ url, method: 'POST', payload })).json<{
      predictions: readonly Called[]
    }>().predictions
  const told = await post('/predict', { rows })
  const calls = told.map(({ prediction }) => prediction)
  const kserve = await post(`/v1/models/${predictor.name}:predict`, { instances: rows })
  await app.close()
  await log[Symbol.asyncDispose]()
  const names = Object.keys(rows[0]!)
  const output = join(root, 'scores.jsonl')
  const lines = rows.map((row) => names.map((name) => row[name]).join(','))
  await run({ input: writeText(`${names.join(',')}\n${lines.join('\n')}\n`), predictor, output })
  const logged = readLog(root).slice(0, rows.length)
  const isNamed = predictor.output.kind === 'classes'
  for (const others of [kserve, linesOf(output), logged]) {
    const found = others.map(({ prediction }) => prediction)
    // In a log texts stand as their places.
    const places = isNamed && others === logged
    assert.deepEqual(
      found,
      places ? calls.map((name) => classesOf(predictor.output).indexOf(name)) : calls,
    )
  }
  return told
}

function readLog(root: string): readonly Called[] {
  const [path] = globSync('**/*.jsonl', { cwd: root }).filter((name) => !name.includes('scores'))
  const lines = readFileSync(join(root, path!), 'utf8').trimEnd().split('\n')
  return lines
    .map((line) => JSON.parse(line) as Called & { readonly id?: string })
    .filter(({ id }) => id !== undefined)
}

function classesOf(output: ModelOutput): readonly (string | number)[] {
  return output.kind === 'classes' ? output.classes : []
}

/** Its column is the place of the row among the given scores, shape [rows] or [rows, classes]. */
function giving(output: ModelOutput, scores: readonly number[]): Predictor {
  const width = classesOf(output).length || 1
  return {
    name: 'things',
    digest: 'ab'.repeat(32),
    output,
    inputs: { a: { type: 'number' } },
    example: { a: 0 },
    predict: ({ values }) =>
      Float32Array.from([...values].flatMap((a) => scores.slice(a * width, (a + 1) * width))),
  }
}
