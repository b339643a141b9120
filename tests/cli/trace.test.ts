import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { formatTracedPrediction } from '../../src/cli/output/traced-prediction-text.ts'
import { traceLineage } from '../../src/cli/output/trace-lineage.ts'
import { findPredictions } from '../../src/monitoring/prediction-log/find-predictions-store.ts'
import type { TrackingStore } from '../../src/tracking/index.ts'
import { scored } from '../monitoring/prediction-log/scored.ts'
import { noon, write } from '../monitoring/prediction-log/use-log.ts'
import { mlpt, type Folder } from '../pipeline/folder.ts'
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
      lineage: {
        version: null,
        run: null,
        dataHash: null,
        commit: null,
        lockHash: null,
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
