import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { formatTracedPrediction } from '../../src/cli/output/traced-prediction-text.ts'
import { traceLineage } from '../../src/cli/output/trace-lineage.ts'
import type { ModelOutput } from '../../src/core/predictor.ts'
import { createGraphBuilder, encodeModel, writeModelFolder } from '../../src/model/index.ts'
import { findPredictions } from '../../src/monitoring/prediction-log/find-predictions-store.ts'
import type { TrackingStore } from '../../src/tracking/index.ts'
import { scored } from '../monitoring/prediction-log/scored.ts'
import { noon, write } from '../monitoring/prediction-log/use-log.ts'
import { mlpt, type Folder } from '../pipeline/folder.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { makeTrackerFolder } from './tracker-folder.ts'

const digest = 'ab'.repeat(32)

describe('mlpt trace', () => {
  test('leads from a prediction to its version, run, data and commit', async () => {
    using folder = await makeTrackerFolder(oneVersion)
    await write(logsOf(folder), async (log) => {
      log.observe(scored('r1', [[35, NaN]], { model: { name: 'loans', version: '1', digest } }))
      await log.addFeedback([{ id: 'r1', label: 1, time: noon }])
    })
    const { output, exitCode, errors } = mlpt(folder, 'trace', 'r1')
    assert.equal(exitCode, 0, errors)
    assert.match(output, /^prediction +r1$/m)
    assert.match(output, /^answer +0 \(score 0\.25, in 2 µs\)$/m)
    assert.match(output, /^truth +1, known at 2026-01-31T12:00:00\.000Z$/m)
    assert.match(output, /^version +loans\/1 \(champion today\): the first$/m)
    assert.match(output, /^run +[\da-f]{32} \(r, finished\)$/m)
    assert.match(output, /^data +d1$/m)
    assert.match(output, /^dvc\.lock +l1$/m)
    assert.match(output, /^commit +c1$/m)
    assert.match(output, /^ {2}age +35$/m)
    assert.match(output, /^ {2}debt +missing$/m)
    assert.match(output, /^ {2}depth +3$/m)
    assert.match(output, /^ {2}auc +0\.8$/m)
    assert.doesNotMatch(output, /^missing$/m)
    const { predictions } = JSON.parse(mlpt(folder, 'trace', 'r1', '--json').output) as {
      predictions: { id: string; lineage: { commit: string; missing: unknown } }[]
    }
    assert.deepEqual(
      predictions.map(({ id, lineage }) => [id, lineage.commit, lineage.missing]),
      [['r1', 'c1', []]],
    )
  })

  test('the id of a request gives all its rows, and every model that scored it', async () => {
    using folder = await makeTrackerFolder(oneVersion)
    const rows = [
      [1, 2],
      [3, 4],
    ]
    await write(logsOf(folder), (log) => {
      log.observe(scored('r', rows))
      log.observe(scored('r', rows, { arm: 'shadow' }))
    })
    await write(logsOf(folder), (log) => log.observe(scored('r', [[1, 2]])), { model: 'other' })
    const found = await findPredictions(logsOf(folder), 'r', { now: noon })
    assert.deepEqual(
      found.map(({ id, arm }) => `${id} ${arm}`),
      ['r.0 champion', 'r.0 shadow', 'r.1 champion', 'r.1 shadow', 'r champion'],
    )
    assert.deepEqual(
      (await findPredictions(logsOf(folder), 'r.1', { now: noon, model: 'loans' })).length,
      2,
    )
  })

  test('tells classes by the names that the model answered with, of that very model', async () => {
    const output: ModelOutput = { kind: 'classes', classes: ['ash', 'oak'] }
    const made = await makeModel(output)
    using folder = await makeTrackerFolder((store) => registerModel(store, made.files))
    const [answers, others] = ['right', 'wrong'] as const
    await write(logsOf(folder), async (log) => {
      const model = { name: 'loans', version: '1' }
      const rows = { output, scores: Float32Array.of(0.25, 0.75) }
      log.observe(scored(answers, [[35, 1]], { ...rows, model: { ...model, digest: made.digest } }))
      log.observe(scored(others, [[35, 1]], { ...rows, model: { ...model, digest } }))
      await log.addFeedback([{ id: answers, label: 0, time: noon }])
    })
    const { output: text, errors } = mlpt(folder, 'trace', answers)
    assert.match(text, /^answer +oak \(score 0\.75/m, errors)
    assert.match(text, /^truth +ash, known/m)
    const told = JSON.parse(mlpt(folder, 'trace', answers, '--json').output) as {
      predictions: readonly Readonly<Record<string, unknown>>[]
    }
    const { prediction, predictedClass, label, labelClass } = told.predictions[0]!
    assert.deepEqual([prediction, predictedClass, label, labelClass], [1, 'oak', 0, 'ash'])
    assert.match(mlpt(folder, 'trace', others).output, /^answer +1 \(score 0\.75/m)
  })

  test('an id that is in no log is unknown', async () => {
    using folder = await makeTrackerFolder(oneVersion)
    const { exitCode, errors } = mlpt(folder, 'trace', 'nobody')
    assert.equal(exitCode, 2)
    assert.match(errors, /PREDICTION_UNKNOWN.*'nobody'/)
  })

  test('each link that is missing is said', async () => {
    using folder = await makeTrackerFolder(oneVersion)
    const store = join(folder.directory, '.mlpt')
    const missingOf = async (
      model: string,
      version: string | null,
      given = digest,
      place = store,
    ) => (await traceLineage({ model, version, digest: given }, { store: place })).missing
    assert.deepEqual(await missingOf('loans', '1'), [])
    assert.deepEqual(await missingOf('loans', null), [])
    assert.match(String(await missingOf('loans', null, 'cd'.repeat(32))), /served from a folder/)
    assert.match(String(await missingOf('loans', '7')), /no version 7 of 'loans'/)
    assert.match(String(await missingOf('nobody', '1')), /no version 1 of 'nobody'/)
    assert.match(String(await missingOf('loans', '1', 'cd'.repeat(32))), /another registry/)
    assert.match(
      String(await missingOf('loans', '1', digest, join(folder.directory, 'none'))),
      /cannot be asked/,
    )
    assert.deepEqual(await missingOf('loans', '2'), [
      'the version names no run',
      'neither version nor run tell the hash of the data',
      'neither version nor run tell the git commit',
      'neither version nor run tell the hash of dvc.lock',
    ])
  })

  test('names of fields cannot move the cursor', () => {
    const text = formatTracedPrediction({
      id: 'a\u001B[2Jb',
      time: noon,
      requestId: 'a',
      traceId: null,
      protocol: 'native',
      model: 'm\r',
      version: null,
      digest,
      arm: 'champion',
      score: 1,
      prediction: 1,
      latencyUs: null,
      inputs: { 'x\u001B]0;y': 1 },
      hashed: {},
      label: null,
      labelTime: null,
      predictedClass: 'oak\u001B[2J',
      labelClass: null,
      lineage: {
        version: null,
        run: null,
        dataHash: null,
        commit: null,
        lockHash: null,
        output: null,
        missing: ['\u0007'],
      },
    })
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    assert.doesNotMatch(text, /[\u0000-\u0009\u000B-\u001F]/)
  })
})

function logsOf({ directory }: Folder): string {
  return join(directory, '.mlpt', 'predictions')
}

/** A model folder's files by path, and the digest that its predictions carry. */
async function makeModel(
  output: ModelOutput,
): Promise<{ files: ReadonlyMap<string, Uint8Array>; digest: string }> {
  const folder = makeScratchFolder()
  const graph = createGraphBuilder('loans', 2)
  const weights = graph.floats([1, 0, 0, 1], [2, 2])
  const scores = graph.apply('Gemm', [graph.input, weights, graph.floats([0, 0], [2])])
  const fields = { age: { type: 'number' }, debt: { type: 'number' } } as const
  const onnx = encodeModel(graph.finish(scores))
  await writeModelFolder(
    join(folder, 'model'),
    {
      name: 'loans',
      kind: 'linear',
      target: 'tree',
      output,
      inputs: fields,
      example: { age: 1, debt: 2 },
    },
    onnx,
  )
  const names = readdirSync(join(folder, 'model'))
  return {
    files: new Map(names.map((name) => [name, readFileSync(join(folder, 'model', name))])),
    digest: createHash('sha256').update(onnx).digest('hex'),
  }
}

async function registerModel(
  store: TrackingStore,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const runId = await store.startRun({ experimentName: 'e', runName: 'r', startTime: 1, tags: {} })
  await store.logArtifacts(runId, 'model', files)
  await store.endRun(runId, 'FINISHED', 2)
  await store.createModelVersion({
    name: 'loans',
    artifactPath: 'model',
    timestamp: 1,
    userId: 'u',
    reason: '',
    runId,
    description: '',
    tags: {},
    aliases: ['champion'],
  })
}

async function oneVersion(store: TrackingStore): Promise<void> {
  const runId = await store.startRun({
    experimentName: 'e',
    runName: 'r',
    startTime: 1,
    tags: { 'mlflow.source.git.commit': 'c1', 'mlpt.dvc.lock': 'l1' },
  })
  await store.logParams(runId, { depth: '3' })
  await store.logMetrics(runId, [{ key: 'auc', value: 0.8, timestamp: 1, step: 0 }])
  await store.logArtifacts(runId, 'model', new Map([['MLmodel', Buffer.from('{}')]]))
  await store.endRun(runId, 'FINISHED', 2)
  const version = { name: 'loans', artifactPath: 'model', timestamp: 1, userId: 'u', reason: '' }
  await store.createModelVersion({
    ...version,
    runId,
    description: 'the first',
    tags: { 'mlpt.data_sha256': 'd1', 'mlpt.digest': digest },
    aliases: ['champion'],
  })
  await store.registerModelVersion(
    { name: 'loans', source: 's3://elsewhere/model' },
    { timestamp: 1 },
  )
}
