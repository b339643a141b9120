/** Moving house between our store and a real `mlflow server`, both ways, and out of a folder that MLflow wrote. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Tracking } from '../../src/core/tracking.ts'
import { openTrackingClient } from '../../src/tracking/client/rest-client.ts'
import { copyTracking, type CopyResult } from '../../src/tracking/transfer/copy-tracking.ts'
import { readMlruns } from '../../src/tracking/transfer/mlruns-file.ts'
import { toTransferSource } from '../../src/tracking/transfer/transfer-source.ts'
import { openFreshStore } from '../tracking/open-store.ts'
import { openTemporaryFolder } from '../tracking/temporary-folder.ts'
import { fillHouse, onlyRun } from '../tracking/transfer-house.ts'
import { startMlflowServer, type MlflowServer } from './mlflow-server.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'mlflow')

const copy = (from: Tracking, to: Tracking): Promise<CopyResult> =>
  copyTracking(toTransferSource(from), to)

describe('moving house with MLflow', { skip: peer.skip }, () => {
  const resources = new AsyncDisposableStack()
  let server: MlflowServer
  let ours: Tracking
  let theirs: Tracking
  let there: CopyResult

  before(async () => {
    server = resources.use(await startMlflowServer(peer))
    ours = resources.use(await openFreshStore())
    theirs = resources.use(openTrackingClient({ uri: server.uri }))
    await fillHouse(ours)
    await deleteOld(ours)
    there = await copy(ours, theirs)
  })
  after(() => resources.disposeAsync())

  test('into a real server and out again, everything is there', async () => {
    await using back = await openFreshStore()
    assert.deepEqual(there.failures, [])
    assert.ok(there.isComplete, JSON.stringify(there.lines))
    const again = await copy(ours, theirs)
    assert.deepEqual(
      again.lines.filter(({ copied }) => copied !== 0),
      [],
    )
    const home = await copy(theirs, back)
    assert.deepEqual(home.failures, [])
    assert.ok(home.isComplete, JSON.stringify(home.lines))
    assert.deepEqual(
      home.lines.map(({ kind, found }) => [kind, found]),
      there.lines.map(({ kind, found }) => [kind, found]),
    )
    for (const tracker of [theirs, back]) {
      const old = (await tracker.findExperimentByName('old'))!
      assert.equal(old.lifecycleStage, 'deleted')
      const search = { experimentIds: [old.experimentId], viewType: 'ALL', maxResults: 10 } as const
      const { items: runs } = await tracker.searchRuns(search)
      assert.deepEqual(
        runs.map(({ lifecycleStage, params }) => [lifecycleStage, params]),
        [['deleted', { depth: '1' }]],
      )
    }
    const loss = async (tracker: Tracking): Promise<unknown> => {
      const { runId } = await onlyRun(tracker, 'parent')
      const { items } = await tracker.readMetricHistory({ runId, key: 'loss', maxResults: 5000 })
      return items.map(({ value, timestamp, step }) => [value, timestamp, step])
    }
    assert.deepEqual(await loss(back), await loss(ours))
    assert.deepEqual(
      (await back.listModelVersions('scorer')).map(({ version, stage }) => [version, stage]),
      [
        ['3', 'None'],
        ['1', 'Production'],
      ],
    )
    assert.equal((await back.findModelVersion('scorer', 'champion'))?.version, '3')
  })

  test("MLflow's client finds the copy, its files and its models", () => {
    const seen = JSON.parse(runPython(askServer, { MLFLOW_TRACKING_URI: server.uri })) as unknown
    assert.deepEqual(seen, {
      params: { depth: '3' },
      points: 1200,
      files: ['empty', 'model', 'notes'],
      champion: '3',
      children: 1,
    })
  })

  test('a folder that MLflow writes now is read whole', async () => {
    await using folder = await openTemporaryFolder()
    const uri = `file://${folder.path}/mlruns`
    runPython(logToFiles, { MLFLOW_TRACKING_URI: uri, MLFLOW_ALLOW_FILE_STORE: 'true' })
    await using store = await openFreshStore()
    const result = await copyTracking(readMlruns(join(folder.path, 'mlruns')), store)
    assert.deepEqual(result.failures, [])
    assert.ok(result.isComplete)
    const run = await onlyRun(store, 'fitted')
    assert.equal(run.params['fit_intercept'], 'True')
    assert.equal(run.outputs.length, 1)
    const model = await store.findModelVersion('line', 'champion')
    assert.equal(model?.runId, run.runId)
    const files = await store.listArtifacts({ modelId: model.modelId! }, '')
    assert.ok(files.some(({ path }) => path === 'MLmodel'))
  })
})

/** An experiment with a run, deleted. */
async function deleteOld(to: Tracking): Promise<void> {
  const experimentId = await to.createExperiment({ name: 'old' })
  const { runId } = await to.createRun({ experimentId, runName: 'first', startTime: 1 })
  await to.logParams(runId, { depth: '1' })
  await to.logMetrics(runId, [{ key: 'top', value: Infinity, timestamp: 1, step: 0 }])
  await to.writeArtifact({ runId }, 'a.txt', Buffer.from('a'))
  await to.deleteExperiment(experimentId)
}

const askServer = `
import json, mlflow
c = mlflow.MlflowClient()
e = c.get_experiment_by_name('credit').experiment_id
r, = [r for r in c.search_runs([e]) if r.info.run_name == 'parent']
children = c.search_runs([e], f"tags.mlflow.parentRunId = '{r.info.run_id}'")
print(json.dumps(dict(params=r.data.params, points=len(c.get_metric_history(r.info.run_id, 'loss')),
  files=sorted(f.path for f in c.list_artifacts(r.info.run_id)), children=len(children),
  champion=c.get_model_version_by_alias('scorer', 'champion').version)))
`

const logToFiles = `
import mlflow
from sklearn.linear_model import LinearRegression
mlflow.sklearn.autolog(log_models=True)
with mlflow.start_run(run_name='fitted') as run:
    m = LinearRegression().fit([[1.0], [2.0], [3.0]], [1.0, 2.0, 3.0])
c = mlflow.MlflowClient()
out = c.get_run(run.info.run_id).outputs.model_outputs[0].model_id
mlflow.register_model(f'models:/{out}', 'line')
c.set_registered_model_alias('line', 'champion', 1)
`

function runPython(script: string, environment: Readonly<Record<string, string>>): string {
  return execFileSync(peer.python, ['-W', 'ignore', '-c', script], {
    encoding: 'utf8',
    env: { ...process.env, MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: 'false', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
