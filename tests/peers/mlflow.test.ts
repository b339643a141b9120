/** The real Python client against our server: what it reads must be what was stored. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { openHouse, randomSection } from '../project/tune/tune-house.ts'
import { openServedStore } from '../tracking/serve-store.ts'
import { openTemporaryFolder } from '../tracking/temporary-folder.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'mlflow')

test(
  "MLflow's Python client reads experiments, runs, histories, artifacts, the registry and the trials of a study",
  { skip: peer.skip, timeout: 300_000 },
  async () => {
    await using served = await openServedStore()
    await using folder = await openTemporaryFolder()
    const { store } = served
    const tags = { 'mlflow.user': 'ada', note: 'ü \u{1F600}' }
    const runId = await store.startRun({
      experimentName: 'credit',
      runName: 'first',
      startTime: 10,
      tags,
    })
    const other = await store.startRun({
      experimentName: 'credit',
      runName: 'second',
      startTime: 20,
      tags: {},
    })
    await store.logParams(runId, { model: 'linear', l2: '0.5' })
    const point = { key: 'loss', step: 0, timestamp: 1, value: 0.5 }
    const history = [
      point,
      { ...point, step: 1, timestamp: 2, value: 0.25 },
      { ...point, step: 2, timestamp: 3, value: -Infinity },
    ]
    await store.logMetrics(runId, [
      ...history,
      { ...point, key: 'odd', value: NaN },
      { ...point, key: 'huge', value: Infinity },
    ])
    await store.logMetrics(other, [{ ...point, value: 7 }])
    await store.endRun(runId, 'FINISHED', 99)
    const files = { MLmodel: '{"flavors": {}}', 'data/y z%é.txt': 'text', empty: '' }
    await store.logArtifacts(
      runId,
      'model',
      new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])),
    )
    await store.createModelVersion({
      name: 'credit-model',
      runId,
      artifactPath: 'model',
      description: 'about',
      tags: { data: 'abc' },
      aliases: ['champion'],
      reason: 'passed',
      timestamp: 1_764_000_000_000,
    })

    await using house = await openHouse(randomSection, store)
    const { trials } = await house.tune()
    const answers = await runClient({ address: served.address, runId, folder: folder.path })

    assert.deepEqual(answers, {
      experiments: [
        ['1', 'credit', 'active'],
        ['2', 'loans', 'active'],
        ['0', 'Default', 'active'],
      ],
      run: {
        name: 'first',
        status: 'FINISHED',
        start: 10,
        end: 99,
        user: 'ada',
        artifact_uri: `mlflow-artifacts:/1/${runId}/artifacts`,
        params: { model: 'linear', l2: '0.5' },
        metrics: { loss: '-inf', odd: 'nan', huge: 'inf' },
        tags: { ...tags, 'mlflow.runName': 'first' },
      },
      history: [
        [0, 1, '0.5'],
        [1, 2, '0.25'],
        [2, 3, '-inf'],
      ],
      newest_first: ['second', 'first'],
      by_metric: ['first', 'second'],
      filtered: ['first'],
      paged: ['second', 'first'],
      filter_refused: 'INVALID_PARAMETER_VALUE',
      missing_run: 'RESOURCE_DOES_NOT_EXIST',
      artifacts: [
        ['model/MLmodel', false, 15],
        ['model/data', true, null],
        ['model/empty', false, 0],
      ],
      run_files: files,
      champion: [
        'credit-model',
        '1',
        runId,
        `mlflow-artifacts:/1/${runId}/artifacts/model`,
        'about',
        { data: 'abc' },
        ['champion'],
      ],
      models: [['credit-model', { champion: '1' }]],
      versions: ['1'],
      alias_files: files,
      latest_files: files,
      trials: trials
        .slice(0, 3)
        .map(({ trial, score, values }) => [
          `boosting trial ${trial}`,
          { learning_rate: String(values['learning_rate']) },
          score,
        ]),
    })
    assert.deepEqual(served.failures, [])
  },
)

const client = `
import json, os, sys
import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

run_id, folder = sys.argv[1:]
client = MlflowClient()

def read_files(root):
    found = {}
    for path, _, names in os.walk(root):
        for name in names:
            full = os.path.join(path, name)
            if name != 'registered_model_meta':
                found[os.path.relpath(full, root)] = open(full, encoding='utf-8').read()
    return found

def download(name, **source):
    target = os.path.join(folder, name)
    os.makedirs(target)
    return read_files(mlflow.artifacts.download_artifacts(dst_path=target, **source))

def code_of(call):
    try:
        call()
    except MlflowException as error:
        return error.error_code
    return None

def names(**search):
    return [run.info.run_name for run in client.search_runs(['1'], **search)]

run = client.get_run(run_id)
champion = client.get_model_version_by_alias('credit-model', 'champion')
first_page = client.search_runs(['1'], max_results=1)
second_page = client.search_runs(['1'], max_results=1, page_token=first_page.token)
[study] = client.search_runs(['2'], filter_string="tags.\`mlpt.tune.model\` = 'boosting' and tags.\`mlpt.tune.best\` != ''")
trials = client.search_runs(
    ['2'],
    filter_string=f"tags.mlflow.parentRunId = '{study.info.run_id}' and tags.\`mlpt.tune.trial\` != '-1'",
    order_by=['metrics.cv_log_loss ASC'],
    max_results=3,
)
print(json.dumps({
    'experiments': [[e.experiment_id, e.name, e.lifecycle_stage] for e in client.search_experiments()],
    'run': {
        'name': run.info.run_name, 'status': run.info.status, 'start': run.info.start_time,
        'end': run.info.end_time, 'user': run.info.user_id, 'artifact_uri': run.info.artifact_uri,
        'params': run.data.params, 'metrics': {k: repr(v) for k, v in run.data.metrics.items()},
        'tags': run.data.tags,
    },
    'history': [[m.step, m.timestamp, repr(m.value)] for m in client.get_metric_history(run_id, 'loss')],
    'newest_first': names(),
    'by_metric': names(order_by=['metrics.loss ASC']),
    'filtered': names(filter_string="params.model = 'linear' and metrics.loss < 1"),
    'paged': [r.info.run_name for page in (first_page, second_page) for r in page],
    'filter_refused': code_of(lambda: names(filter_string="params.model > 'l'")),
    'missing_run': code_of(lambda: client.get_run('0' * 32)),
    'artifacts': sorted([f.path, f.is_dir, f.file_size] for f in client.list_artifacts(run_id, 'model')),
    'run_files': download('run', run_id=run_id, artifact_path='model'),
    'champion': [champion.name, champion.version, champion.run_id, champion.source, champion.description, champion.tags, list(champion.aliases)],
    'models': [[m.name, m.aliases] for m in client.search_registered_models()],
    'versions': [v.version for v in client.search_model_versions("name='credit-model'")],
    'alias_files': download('alias', artifact_uri='models:/credit-model@champion'),
    'trials': [[r.info.run_name, r.data.params, r.data.metrics['cv_log_loss']] for r in trials],
    'latest_files': download('latest', artifact_uri='models:/credit-model/latest'),
}))
`

async function runClient(options: {
  readonly address: string
  readonly runId: string
  readonly folder: string
}): Promise<unknown> {
  const environment = {
    ...process.env,
    MLFLOW_TRACKING_URI: options.address,
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: 'false',
    MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1',
    NO_PROXY: '127.0.0.1',
  }
  const { stdout } = await promisify(execFile)(
    peer.python,
    ['-W', 'ignore', '-c', client, options.runId, options.folder],
    { env: environment },
  )
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}
