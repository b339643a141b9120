/** Pipelines of scikit-learn as skl2onnx and mlflow write them, served: with the answers that scikit-learn gives. */

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import Module from 'node:module'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { MonitoredWindow } from '../../src/core/monitored-window.ts'
import type { Predictor } from '../../src/core/predictor.ts'
import { openDatabase, quoteName, quoteText } from '../../src/data/duckdb-store.ts'
import { describeModel } from '../../src/model/describe-model.ts'
import { openRuntimeSession } from '../../src/model/onnxruntime-process.ts'
import { withProbabilityTensor } from '../../src/model/onnx/map-output.ts'
import { createRuntimePredictor } from '../../src/model/predictor-onnxruntime.ts'
import { openPredictionLogWriter } from '../../src/monitoring/prediction-log/prediction-log-store.ts'
import { evaluate } from '../../src/project/evaluate.ts'
import { layoutOf } from '../../src/project/layout.ts'
import { monitor } from '../../src/project/monitor/monitor.ts'
import { packageModel, readModelFiles } from '../../src/project/package/package-model-file.ts'
import { parseParameters } from '../../src/project/parameters/parameters.ts'
import { unknownLineage } from '../../src/serving/package/package-manifest.ts'
import { openTrackingStore } from '../../src/tracking/index.ts'
import { assertClose } from '../assert-close.ts'
import { waitForOutput } from '../end-to-end/workspace.ts'
import { read } from '../monitoring/prediction-log/use-log.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { parametersOf, type House } from '../project/target-house.ts'
import { buildTextHouse, drawMembers } from '../project/text-house.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { serveModel, type Answer } from '../serving/serve-model.ts'
import { nodePath, runtime, skip as skipRuntime } from './onnxruntime-node.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'skl2onnx')
const script = join(import.meta.dirname, 'scikit-learn-models.py')
const [, shown = ''] = /```python\n([^]*?)```/.exec(readFileSync('docs/serving.md', 'utf8'))!

type Row = Readonly<Record<string, string | number | boolean | null>>

interface Judged {
  readonly rows: readonly Row[]
  /** Of the model in docs/serving.md. */
  readonly loans: readonly Row[]
  /** By model: of each row its probabilities, or its value. */
  readonly answers: Readonly<Record<string, readonly (number | readonly number[])[]>>
}

describe('models of scikit-learn', { skip: peer.skip || skipRuntime }, () => {
  const folder = makeScratchFolder()
  let judged: Judged
  before(async () => {
    writeFileSync(join(folder, 'members.csv'), drawMembers())
    const { stdout } = await promisify(execFile)(peer.python, [
      '-W',
      'ignore',
      script,
      folder,
      shown,
    ])
    judged = JSON.parse(stdout) as Judged
  })

  for (const name of ['late', 'forest', 'group', 'value', 'loans']) {
    test(`give what predict and predict_proba give, in every protocol: ${name}`, async () => {
      const predictor = await open(join(folder, name))
      await using server = await serveModel({ predictor })
      const columns = Object.keys(predictor.inputs)
      const rows = (name === 'loans' ? judged.loans : judged.rows).map((row) =>
        Object.fromEntries(columns.map((column) => [column, row[column]!])),
      )
      for (const { path, body, scoresOf } of askAll(name, predictor, rows)) {
        const answer = await server.post(path, body)
        assert.equal(answer.status, 200, answer.text)
        const scores = scoresOf(answer)
        for (const [r, expected] of judged.answers[name]!.entries()) {
          // Of two classes the probability of the second is answered.
          const wanted = [expected].flat().slice(predictor.output.kind === 'probability' ? 1 : 0)
          assert.equal(scores[r]!.length, wanted.length, path)
          wanted.forEach((value, k) => assertClose(scores[r]![k]!, value, 1e-6))
        }
      }
    })
  }

  test('answer with a 422 what their inputs cannot hold', async () => {
    await using server = await serveModel({ predictor: await open(join(folder, 'late')) })
    const fine = { ...judged.rows[1], 'is owner': undefined }
    const expect = async (changes: object | string, pattern: RegExp): Promise<void> => {
      const body = typeof changes === 'string' ? changes : { ...fine, ...changes }
      const { status, text } = await server.post('/predict', body)
      assert.equal(status, 422, text)
      assert.match(text, pattern)
    }
    await expect({ code: null }, /'\/code' is null, expected an integer, not a missing value/)
    await expect({ code: 5.5 }, /'\/code' is 5.5, expected an integer/)
    await expect({ code: '5.0' }, /'\/code' is \\"5.0\\", expected an integer/)
    await expect({ kids: 2 ** 31 }, /expected an integer from -2147483648 to 2147483647/)
    await expect({ town: 7 }, /'\/town' is 7, expected a text/)
    await expect({ income: 'much' }, /'\/income' is \\"much\\", expected a number/)
    await expect(
      JSON.stringify(fine).replace(/"code":\d+/, '"code":9007199254740993'),
      /expected an integer that doubles hold exactly/,
    )
    const strict = await open(join(folder, 'strict'))
    await using other = await serveModel({ predictor: strict })
    const missing = await other.post('/predict', { town: null })
    assert.equal(missing.status, 200, missing.text)
    const unknown = await other.post('/predict', { town: 'Nowhere' })
    assert.equal(unknown.status, 422, unknown.text)
    assert.match(unknown.text, /a category that the model was not trained on/)
  })

  test('are served, logged and asked for a file as mlflow saved them', async () => {
    const environment = { ...process.env, NODE_PATH: nodePath }
    const model = join(folder, 'late')
    const options = { cwd: folder, env: environment }
    const log = join(folder, 'log')
    const words = [
      ...mlptArguments,
      'serve',
      model,
      '--port',
      '0',
      '--json',
      '--prediction-log',
      log,
    ]
    const serving = spawn(process.execPath, words, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    try {
      const printed = await waitForOutput(serving, /^\{.*\}$/m)
      const { address } = JSON.parse(/^\{.*\}$/m.exec(printed)![0]) as { address: string }
      const row = { ...judged.rows[4], 'is owner': undefined }
      const response = await fetch(`${address}/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(row),
      })
      const { probability } = (await response.json()) as { probability: number }
      assertClose(probability, probabilityOf(judged, 4), 1e-6)
    } finally {
      serving.kill('SIGTERM')
      await once(serving, 'exit')
    }
    const [logged] = await read(log, { model: 'late', now: Date.now() + 1000 })
    const { code, town } = judged.rows[4]!
    assert.deepEqual([logged?.['input.code'], logged?.['input.town']], [code, town])
    const file = join(folder, 'rows.parquet')
    const scored = await promisify(execFile)(
      process.execPath,
      [...mlptArguments, 'predict', file, '--model', model, '--key', 'code'],
      options,
    )
    const [, ...lines] = scored.stdout.trim().split('\n')
    assert.equal(lines.length, judged.rows.length)
    lines.forEach((line, r) => {
      const [own, probability] = line.split(',').map(Number)
      assert.equal(own, judged.rows[r]!['code'])
      assertClose(probability!, probabilityOf(judged, r), 1e-6)
    })
  })

  test('are measured with numbers of 64 bits, where they take such', async () => {
    findModulesIn(nodePath)
    await using house = await buildTextHouse()
    cpSync(join(folder, 'wide'), join(house.directory, 'models/wide'), { recursive: true })
    await evaluate(house.context, 'wide')
    const { roc_auc: measured } = house.readJson('metrics/wide.json') as { roc_auc: number }
    const scored = (await readTestFold(house, ['input', 'left'])).map(({ input, left }) => ({
      isLeft: Number(left) === 1,
      score: Math.fround(0.5 + 0.5 * Math.sin(Number(input ?? 0.5) * 1e9)),
    }))
    assertClose(measured, areaUnderCurve(scored), 1e-9)
  })

  test('are measured, promoted, served and monitored in a project, on texts of which some are missing', async () => {
    findModulesIn(nodePath)
    await using house = await buildTextHouse()
    cpSync(join(folder, 'members'), join(house.directory, 'models/members'), { recursive: true })
    await evaluate(house.context, 'members')
    const { roc_auc: measured } = house.readJson('metrics/members.json') as { roc_auc: number }
    const tested = await readTestFold(house, ['row', 'left'])
    const scored = tested.map(({ row, left }) => ({
      isLeft: Number(left) === 1,
      score: (judged.answers['members']![Number(row)] as readonly number[])[1]!,
    }))
    assertClose(measured, areaUnderCurve(scored), 1e-9)
    await house.promote()
    assert.match(house.said.at(-1)!, /members/)
    const [same, moved] = await monitorMembers(house, await open(join(folder, 'members')))
    assert.deepEqual([same?.driftShare, same?.prediction?.isDrifted], [0, false])
    assert.deepEqual(moved?.drifted, ['town'])
    assert.equal(same?.performance.metrics['accuracy']?.value, 1)
  })

  const packageAs = async (kind: 'bento' | 'server', name: string): Promise<void> => {
    await packageModel({
      files: await readModelFiles(join(folder, name)),
      place: join(folder, name),
      lineage: unknownLineage,
      kind,
      output: join(folder, `${name}-${kind}`),
      isForced: false,
    })
  }

  test('are served by a package under the name that they had before', async () => {
    await packageAs('server', 'late')
    const environment = { ...process.env, NODE_PATH: nodePath, MLPT_PORT: '0' }
    const server = spawn(process.execPath, [join(folder, 'late-server/server.js')], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    try {
      assert.match(await waitForOutput(server, /^serving .* on http.*$/m), /^serving late /m)
    } finally {
      server.kill('SIGTERM')
      await once(server, 'exit')
    }
  })

  test('are packaged for BentoML with the types of their inputs, but not where they give dictionaries', async () => {
    await packageAs('bento', 'group')
    const service = readFileSync(join(folder, 'group-bento/service.py'), 'utf8')
    assert.match(service, /"tensor\(int64\)": numpy\.int64/)
    assert.match(service, /\[\["None" if cell is None else cell/)
    await assert.rejects(packageAs('bento', 'late'), {
      code: 'MODEL_INVALID',
      hint: /'zipmap': False/,
    })
  })
})

/** The rows that models are measured on, as they were trained for. */
async function readTestFold(
  { context, directory }: House,
  columns: readonly string[],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  using database = await openDatabase()
  const features = join(directory, layoutOf(context.project.name).features)
  const names = columns.map((name) => quoteName(name)).join(', ')
  return await database.query(
    `SELECT ${names} FROM read_parquet(${quoteText(features)}) WHERE fold = ?`,
    [context.parameters.split.test_fold],
  )
}

/** Serves rows of the project, and then as many of one town, tells what was predicted of the first, and looks at the log. */
async function monitorMembers(
  { context, directory }: House,
  predictor: Predictor,
): Promise<readonly MonitoredWindow[]> {
  const logFolder = join(directory, 'logs')
  const now = Date.now()
  {
    using database = await openDatabase()
    const raw = join(directory, layoutOf(context.project.name).raw)
    const query = `SELECT town, plan FROM read_parquet(${quoteText(raw)})`
    const rows = await database.query(query)
    await using log = openPredictionLogWriter({ root: logFolder, model: 'members', now: Date.now })
    await using server = await serveModel({ predictor, predictionLog: log, modelVersion: '1' })
    const { json } = await server.post('/predict', { rows })
    const predictions = json['predictions'] as readonly { id: string; prediction: number }[]
    const labels = predictions.map(({ id, prediction: label }) => ({ id, label }))
    assert.equal((await server.post('/feedback', { rows: labels })).status, 200)
    const moved = rows.map(({ plan }) => ({ plan, town: 'Ulm' }))
    assert.equal((await server.post('/predict', { rows: moved })).status, 200)
  }
  const parameters = parseParameters(
    `{"monitor": {"window": 500}, ${parametersOf({ promote: { metric: 'roc_auc' } }).slice(1)}`,
    'params.yaml',
  )
  const { windows } = await monitor({
    ...context,
    parameters,
    model: 'members',
    logFolder,
    storeFolder: join(directory, '.mlpt'),
    reference: undefined,
    onlineStore: join(directory, 'online.db'),
    openTracking: () => openTrackingStore({ directory: join(directory, '.mlpt') }),
    tell: () => Promise.resolve(true),
    runPipeline: () => assert.fail('nothing is to be trained'),
    now: () => now + 60_000,
  })
  return windows
}

/** As NODE_PATH does where it is set before Node starts. */
function findModulesIn(path: string): void {
  process.env['NODE_PATH'] = path
  Reflect.get(Module, '_initPaths').call(Module)
}

/** The share of pairs of which the one that left has the higher score. */
function areaUnderCurve(scored: readonly { isLeft: boolean; score: number }[]): number {
  const ofLeft = scored.filter(({ isLeft }) => isLeft)
  const ofStayed = scored.filter(({ isLeft }) => !isLeft)
  const wins = ofLeft.flatMap(({ score }) =>
    // Scores are told apart as 32-bit floats are, a few units of the last place apart.
    ofStayed.map((other) =>
      Math.abs(score - other.score) < 1e-6 ? 0.5 : Number(score > other.score),
    ),
  )
  return wins.reduce((sum, win) => sum + win, 0) / wins.length
}

function probabilityOf({ answers }: Judged, row: number): number {
  return (answers['late']![row] as readonly number[])[1]!
}

/** As `openPredictor` does where onnxruntime-node is installed. */
async function open(folder: string): Promise<Predictor> {
  const onnx = readFileSync(join(folder, 'model.onnx'))
  const example = join(folder, 'input_example.json')
  const manifest = describeModel(
    {
      manifest: readFileSync(join(folder, 'MLmodel'), 'utf8'),
      onnx,
      inputExample: existsSync(example) ? readFileSync(example, 'utf8') : undefined,
    },
    join(folder, 'MLmodel'),
  )
  const session = await openRuntimeSession(runtime, withProbabilityTensor(onnx))
  return createRuntimePredictor(manifest, onnx, session)
}

interface Asked {
  readonly path: string
  readonly body: unknown
  /** Of each row what the model gave. */
  readonly scoresOf: (answer: Answer) => readonly (readonly number[])[]
}

function askAll(name: string, predictor: Predictor, rows: readonly Row[]): readonly Asked[] {
  const columns = Object.keys(predictor.inputs)
  const data = rows.map((row) => columns.map((column) => row[column]!))
  const cells = (column: string): unknown[] => rows.map((row) => row[column])
  const datatypes: Readonly<Record<string, string>> = {
    code: 'INT64',
    income: 'FP32',
    town: 'BYTES',
    kids: 'INT32',
    'is owner': 'BOOL',
    age: 'INT64',
    'home town': 'BYTES',
  }
  const tensors = columns.map((column) => ({
    name: column,
    datatype: datatypes[column],
    shape: [rows.length, 1],
    data: cells(column),
  }))
  const byColumn = Object.fromEntries(columns.map((column) => [column, cells(column)]))
  const predictions: Asked['scoresOf'] = ({ json }) =>
    (json['predictions'] as readonly Readonly<Record<string, unknown>>[]).map(scoresOfPrediction)
  return [
    { path: '/predict', body: { rows }, scoresOf: predictions },
    { path: '/invocations', body: { dataframe_split: { columns, data } }, scoresOf: predictions },
    { path: '/invocations', body: { dataframe_records: rows }, scoresOf: predictions },
    { path: '/invocations', body: { inputs: byColumn }, scoresOf: predictions },
    {
      path: `/v2/models/${name}/infer`,
      body: { inputs: tensors },
      scoresOf: ({ json }) => {
        const [output] = json['outputs'] as readonly [{ readonly data: readonly number[] }]
        const width = output.data.length / rows.length
        return rows.map((_, r) => output.data.slice(r * width, (r + 1) * width))
      },
    },
  ]
}

function scoresOfPrediction(given: Readonly<Record<string, unknown>>): readonly number[] {
  const { probabilities, probability, prediction } = given
  if (probabilities !== undefined) return Object.values(probabilities as Record<string, number>)
  if (probability !== undefined) return [probability as number]
  return typeof prediction === 'number'
    ? [prediction]
    : Object.values(given as Record<string, number>)
}
