/** Our client against a real `mlflow server`: the contract, and models that go to Python and back. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { loadModel } from '../../src/tracking/client/load-model.ts'
import { openTracking, type OpenedTracking } from '../../src/tracking/client/open-tracking.ts'
import { openTrackingClient } from '../../src/tracking/client/rest-client.ts'
import { startRun } from '../../src/tracking/client/start-run.ts'
import { writeLinearModel } from '../linear-model.ts'
import { testTrackingContract } from '../contracts/tracking/contract.ts'
import { mlflowTraits, uniqueName } from '../contracts/tracking/trackers.ts'
import { startMlflowServer, type MlflowServer } from './mlflow-server.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'mlflow')

describe('a real MLflow server', { skip: peer.skip }, () => {
  let server: MlflowServer | undefined
  before(async () => {
    server = await startMlflowServer(peer)
  })
  after(async () => server?.[Symbol.asyncDispose]())

  const openClient = async (): Promise<OpenedTracking> => {
    const tracking = await openTracking(server!.uri)
    return { ...tracking, spoolDirectory: join(server!.folder, 'spool') }
  }

  testTrackingContract('a real MLflow server through our client', {
    open: async () => openTrackingClient({ uri: server!.uri, retries: { maxRetries: 1 } }),
    traits: mlflowTraits,
  })

  test('what a run of ours logs, Python reads', async () => {
    await using tracking = await openClient()
    const experimentName = uniqueName('credit')
    const run = await startRun(tracking, { experimentName, runName: 'ours', context: false })
    await run.logParams({ train: { l2: 0.5 } })
    for (let step = 0; step < 1500; step++) run.logMetric('loss', step / 8, { step })
    run.logMetric('odd', NaN)
    await run.logDataset({
      dataset: {
        name: 'credit',
        digest: 'abc',
        sourceType: 'dvc',
        source: '{}',
        schema: undefined,
        profile: undefined,
      },
      tags: { 'mlflow.data.context': 'training' },
    })
    await run.logText('text', 'notes/ü.txt')
    await run.end()
    const seen = await python(
      `
client = mlflow.MlflowClient()
run = client.get_run(sys.argv[1])
print(json.dumps({
    'name': run.info.run_name, 'status': run.info.status, 'params': run.data.params,
    'loss': run.data.metrics['loss'], 'odd': repr(run.data.metrics['odd']),
    'cpu': 'system/cpu_utilization_percentage' in run.data.metrics,
    'points': len(client.get_metric_history(sys.argv[1], 'loss')),
    'data': [[d.dataset.name, d.dataset.digest] for d in run.inputs.dataset_inputs],
    'text': mlflow.artifacts.load_text(run.info.artifact_uri + '/notes/ü.txt'),
}))`,
      [run.runId],
    )
    assert.deepEqual(seen, {
      name: 'ours',
      status: 'FINISHED',
      params: { 'train.l2': '0.5' },
      loss: 1499 / 8,
      odd: 'nan',
      cpu: true,
      points: 1500,
      data: [['credit', 'abc']],
      text: 'text',
    })
  })

  test('a model that we log is loaded by Python, by alias, version, id and run', async () => {
    await using tracking = await openClient()
    await writeLinearModel(join(server!.folder, 'model'))
    const experimentName = uniqueName('models')
    await using run = await startRun(tracking, { experimentName, context: false })
    const name = uniqueName('credit')
    const { modelId } = await run.logModel({
      name: 'classifier',
      model: join(server!.folder, 'model'),
      registeredName: name,
      aliases: ['champion'],
    })
    const uris = [
      `models:/${name}@champion`,
      `models:/${name}/1`,
      `models:/${modelId}`,
      `runs:/${run.runId}/classifier`,
    ]
    const seen = (await python(
      `
import mlflow.pyfunc, numpy
from mlflow.models import Model
def predict(uri):
    model = mlflow.pyfunc.load_model(uri)
    example = model.input_example
    return [model.metadata.model_id, model.metadata.run_id, numpy.asarray(model.predict(example)).ravel().tolist()]
print(json.dumps([predict(uri) for uri in sys.argv[1:]]))`,
      uris,
    )) as [string, string, number[]][]
    // 0.5 + 0.25 · 3 − 0.5 · 2
    const expected = 0.25
    for (const [id, runId, scores] of seen) {
      assert.deepEqual([id, runId, scores], [modelId, run.runId, [expected]])
    }
  })

  test('a model that Python logs and registers is loaded by us, whatever its address', async () => {
    await using tracking = await openClient()
    const name = uniqueName('python')
    const logged = (await python(
      `
import numpy
from sklearn.linear_model import LogisticRegression
model = LogisticRegression().fit(numpy.array([[0.0], [1.0]]), [0, 1])
with mlflow.start_run() as run:
    info = mlflow.sklearn.log_model(model, name='model', registered_model_name=sys.argv[1])
    mlflow.MlflowClient().set_registered_model_alias(sys.argv[1], 'champion', '1')
print(json.dumps([run.info.run_id, info.model_id]))`,
      [name],
    )) as [string, string]
    const [runId, modelId] = logged
    for (const uri of [
      `models:/${name}@champion`,
      `models:/${name}/latest`,
      `models:/${modelId}`,
      `runs:/${runId}/model`,
    ]) {
      const { owner, files } = await loadModel(tracking, uri)
      assert.deepEqual(owner, { modelId }, uri)
      assert.match(Buffer.from(files.get('MLmodel')!).toString(), /sklearn/)
      assert.ok(files.has('requirements.txt'))
    }
  })

  async function python(script: string, args: readonly string[]): Promise<unknown> {
    const env = {
      ...process.env,
      MLFLOW_TRACKING_URI: server!.uri,
      MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: 'false',
      NO_PROXY: '127.0.0.1',
    }
    const code = `import json, sys, mlflow\n${script}`
    const { stdout } = await promisify(execFile)(
      peer.python,
      ['-W', 'ignore', '-c', code, ...args],
      {
        env,
      },
    )
    return JSON.parse(
      stdout
        .trim()
        .split('\n')
        .findLast((line) => /^[[{]/.test(line)) ?? '',
    )
  }
})
