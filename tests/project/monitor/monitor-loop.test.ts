/** From a table to a model in use, and on: the world drifts, and then somebody sends what is broken. */

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { ToolkitError } from '../../../src/core/errors.ts'
import { createRandom } from '../../../src/core/random.ts'
import { openPredictor } from '../../../src/model/index.ts'
import { openPredictionLogWriter } from '../../../src/monitoring/prediction-log/prediction-log-store.ts'
import { ingest } from '../../../src/project/ingest.ts'
import { monitor, type MonitorReport } from '../../../src/project/monitor/monitor.ts'
import type { PipelineEnd } from '../../../src/project/monitor/monitor-verdict-file.ts'
import { loadProject } from '../../../src/project/project-file.ts'
import { startProject } from '../../../src/project/start/start-project-file.ts'
import { openTrackingStore } from '../../../src/tracking/index.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'
import { serveModel } from '../../serving/serve-model.ts'
import { runStages } from '../run-stages.ts'
import { openHouse, type House } from '../target-house.ts'

test('drift trains a version that the gates judge, and what is broken is refused and changes nothing', async () => {
  const directory = await startLoans()
  {
    await using house = await open(directory)
    await runStages(house)
  }
  // Richer people, more of them of a town that nobody knew; the income beyond all that was.
  const drifted = drawLoans(600, { seed: 2, income: 1.4, unknownTowns: 0.15 })
  await answer(directory, 'first', drifted)
  const { training, alerts } = await look(directory)
  assert.equal(alerts[0]?.isFiring, true)
  assert.ok(training !== undefined && 'id' in training, JSON.stringify(training))
  assert.deepEqual([training.state, training.newRows, training.reasons], ['done', 600, []])
  const { verdict } = training
  assert.deepEqual([verdict?.version, verdict?.championBefore], ['2', '1'])
  assert.equal(verdict?.champion, verdict?.decision === 'promoted' ? '2' : '1')
  const validation = readFileSync(join(directory, 'reports/validation.json'), 'utf8')
  assert.match(validation, /"highest_failing_severity": "warning"/)
  // What was learned anew knows the new town.
  {
    const predictor = await openPredictor(join(directory, 'models/boosting'))
    await using server = await serveModel({ predictor })
    const rows = ['Mainz', 'Ulm'].map((town) => ({ income: 8000, town }))
    const { predictions } = (await server.post('/predict', { rows })).json
    const [mainz, ulm] = predictions as { probability: number }[]
    assert.ok(mainz!.probability > ulm!.probability + 0.1, JSON.stringify(predictions))
  }

  const pinned = readFileSync(join(directory, 'params.yaml'), 'utf8')
  await answer(directory, 'second', drawLoans(600, { seed: 3, income: 100, unknownTowns: 0 }))
  const broken = (await look(directory)).training
  assert.ok(broken !== undefined && 'id' in broken, JSON.stringify(broken))
  assert.deepEqual([broken.state, broken.stage, broken.newRows], ['refused', 'new rows', 600])
  assert.match(
    broken.reasons.join('\n'),
    /^'income' must be from 0 to .* \(100 %\) do not, such as \d/,
  )
  assert.equal(readFileSync(join(directory, 'params.yaml'), 'utf8'), pinned)

  // A newer table of the user's own is not passed over without a word.
  await using house = await open(directory)
  const table = join(directory, 'loans.csv')
  await ingest(house.context, undefined)
  assert.equal(house.said.filter((line) => line.startsWith('warning')).length, 0)
  const soon = new Date(Date.now() + 60_000)
  utimesSync(table, soon, soon)
  await ingest(house.context, undefined)
  assert.match(
    house.said.join('\n'),
    /warning: 'loans\.csv' is newer and is not read: .*data\/incoming\/loans\.parquet/,
  )
})

interface Loan {
  readonly inputs: { readonly income: number; readonly town: string }
  readonly late: boolean
}

function drawLoans(
  rows: number,
  world: { readonly seed: number; readonly income: number; readonly unknownTowns: number },
): Loan[] {
  const random = createRandom(world.seed)
  return Array.from({ length: rows }, () => {
    const income = Math.round((1000 + random.next() * 8000) * world.income)
    const isNew = random.next() < world.unknownTowns
    const town = isNew ? 'Mainz' : ['Ulm', 'Bonn', 'Kiel'][random.nextInteger(3)]!
    const chance = isNew ? 0.9 : income < 4000 ? 0.8 : 0.1
    return { inputs: { income, town }, late: random.next() < chance }
  })
}

/** `mlpt new` of a table with a column that no model takes, and what its user changes. */
async function startLoans(): Promise<string> {
  const directory = makeScratchFolder()
  mkdirSync(join(directory, 'node_modules'))
  symlinkSync(resolve('.'), join(directory, 'node_modules/ml-pipeline-toolkit'))
  const lines = drawLoans(600, { seed: 1, income: 1, unknownTowns: 0 }).map(
    ({ inputs: { income, town }, late }, i) => `${i},Person ${i},${income},${town},${Number(late)}`,
  )
  writeFileSync(join(directory, 'loans.csv'), `id,name,income,town,late\n${lines.join('\n')}\n`)
  const file = join(directory, 'loans.csv')
  await startProject({ directory, file, target: 'late', key: undefined, name: undefined, read: {} })
  const path = join(directory, 'params.yaml')
  const text = readFileSync(path, 'utf8')
    .replace('window: 1000', 'window: 300\n  retrain_min_rows: 500')
    .replace('on_drift: nothing', 'on_drift: retrain')
    .replace('for: 2', 'for: 2\n      cool_down: 0')
    .replace('rounds: 200', 'rounds: 20')
    .replace('replicates: 500', 'replicates: 100')
  writeFileSync(path, text)
  return directory
}

async function open(directory: string): Promise<House> {
  const parameters = readFileSync(join(directory, 'params.yaml'), 'utf8')
  return openHouse(await loadProject(directory), directory, parameters)
}

/** Serves the newest model to some people, and tells what became of them. */
async function answer(directory: string, name: string, loans: readonly Loan[]): Promise<void> {
  const root = join(directory, '.mlpt/predictions')
  await using predictionLog = openPredictionLogWriter({
    root,
    model: 'loans',
    now: () => Date.now(),
  })
  const predictor = await openPredictor(join(directory, 'models/boosting'))
  await using server = await serveModel({ predictor, predictionLog })
  const rows = loans.map(({ inputs }) => inputs)
  const asked = await server.post('/predict', { rows }, { 'x-request-id': name })
  assert.equal(asked.status, 200, asked.text)
  const labels = loans.map(({ late }, i) => ({ id: `${name}.${i}`, label: late }))
  const told = await server.post('/feedback', { rows: labels })
  assert.equal(told.status, 200, told.text)
}

async function look(directory: string): Promise<MonitorReport> {
  await using house = await open(directory)
  return await monitor({
    ...house.context,
    model: 'loans',
    logFolder: join(directory, '.mlpt/predictions'),
    storeFolder: join(directory, '.mlpt'),
    reference: undefined,
    onlineStore: join(directory, 'online.db'),
    openTracking: () => openTrackingStore({ directory: join(directory, '.mlpt') }),
    tell: async () => true,
    runPipeline: () => runPipeline(directory),
    now: () => Date.now(),
  })
}

/** `mlpt run`, in this process. */
async function runPipeline(directory: string): Promise<PipelineEnd> {
  await using house = await open(directory)
  try {
    await runStages(house)
    return { exitCode: 0, reasons: [] }
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    return { exitCode: error.exitCode, reasons: [error.message] }
  }
}
