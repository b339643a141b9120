/** The whole pipeline against a real `mlflow server`: its runs, its registry, its champion, and our serving from there. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openPredictor } from '../../src/index.ts'
import { assertClose } from '../assert-close.ts'
import { createWorkspace, mlpt, type Workspace } from '../end-to-end/workspace.ts'
import { startMlflowServer } from './mlflow-server.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'mlflow')

const program = `
import json, sys
import mlflow, numpy as np, pandas as pd
uri, example = sys.argv[1:3]
mlflow.set_tracking_uri(uri)
champion = mlflow.pyfunc.load_model("models:/credit_default@champion")
runs = mlflow.search_runs(experiment_names=["credit_default"], output_format="list")
version = mlflow.MlflowClient().get_model_version_by_alias("credit_default", "champion")
print(json.dumps({
    "probability": float(np.asarray(champion.predict(pd.DataFrame([json.loads(example)], dtype="float64"))).reshape(-1)[0]),
    "version": version.version,
    "model": version.tags["mlpt.model"],
    "runs": {run.info.run_name: [run.info.status, run.data.metrics["roc_auc"]] for run in runs},
    "losses": len(mlflow.MlflowClient().get_metric_history(next(r for r in runs if r.info.run_name == "boosting").info.run_id, "train_log_loss")),
}))
`

interface Told {
  readonly probability: number
  readonly version: string
  readonly model: string
  readonly runs: Readonly<Record<string, readonly [status: string, auc: number]>>
  readonly losses: number
}

describe('a pipeline whose tracker is a real mlflow server', { skip: peer.skip }, () => {
  test('logs, registers and promotes there, and serves what is there', async () => {
    await using server = await startMlflowServer(peer)
    using workspace = createWorkspace({ rows: 2000 })
    const { directory, environment } = workspace
    const run = (...args: readonly string[]): string => ask(workspace, server.uri, args)
    run('run')
    assert.equal(existsSync(join(directory, '.mlpt/tracking.sqlite')), false, 'no store of its own')
    const promotion = readFileSync(join(directory, 'reports/promotion.json'), 'utf8')
    const { challenger } = JSON.parse(promotion) as { challenger: { kind: string } }
    const predictor = await openPredictor(join(directory, 'models', challenger.kind))
    const told = JSON.parse(
      execFileSync(peer.python, ['-c', program, server.uri, JSON.stringify(predictor.example)], {
        env: { ...environment, MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: 'false' },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    ) as Told
    const row = Object.keys(predictor.inputs).map((name) => predictor.example[name] ?? NaN)
    const [expected] = predictor.predict({
      rows: 1,
      columns: row.length,
      values: Float32Array.from(row),
    })
    assertClose(told.probability, expected!, 1e-6)
    assert.deepEqual([told.version, told.model], ['1', challenger.kind])
    for (const kind of ['logistic', 'boosting']) {
      const [status, auc] = told.runs[kind]!
      const metrics = readFileSync(join(directory, `metrics/${kind}.json`), 'utf8')
      assert.deepEqual(
        [status, auc],
        ['FINISHED', (JSON.parse(metrics) as { roc_auc: number }).roc_auc],
      )
    }
    assert.ok(told.losses > 1)
    // Nothing has changed: whoever asks there finds the champion, and nobody registers it twice.
    run('run', '--force', 'promote')
    assert.match(run('models', 'list', '--json'), /champion/)
    assert.match(run('client', 'generate'), /"version":"1"/)
  })
})

function ask({ directory, environment }: Workspace, uri: string, args: readonly string[]): string {
  const { status, stdout, stderr } = mlpt(directory, args, {
    ...environment,
    MLPT_TRACKING_URI: uri,
  })
  assert.equal(status, 0, stderr)
  return stdout
}
