/** examples/python-models: stages in Python beside ours, with the real mlflow client, scikit-learn and PyTorch. */

import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { assertClose } from '../assert-close.ts'
import { waitForOutput } from '../end-to-end/workspace.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { nodePath, skip as skipRuntime } from './onnxruntime-node.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { findPeer } from './python.ts'

const repository = resolve(import.meta.dirname, '../..')
const example = join(repository, 'examples/python-models')
const peer = findPeer('.venv', 'skl2onnx')
const torch = findPeer('.venv', 'torch')

/** What the tracking server has of each model's run, and what the champion says of the first rows. */
const judge = `
import json, mlflow, pandas, sys
kinds = sys.argv[1:]
client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name("breast_cancer")
runs = {}
for kind in kinds:
    [run] = client.search_runs([experiment.experiment_id], f"tags.\`mlpt.model\` = '{kind}'")
    runs[kind] = {"id": run.info.run_id, "status": run.info.status, "params": run.data.params,
        "metrics": run.data.metrics, "files": sorted(f.path for f in client.list_artifacts(run.info.run_id, "model")),
        "losses": len(client.get_metric_history(run.info.run_id, "train_log_loss"))}
champion = client.get_model_version_by_alias("breast_cancer", "champion")
model = mlflow.pyfunc.load_model("models:/breast_cancer@champion")
table = pandas.read_parquet("data/processed/breast_cancer.parquet").head(20)
rows = table[model.metadata.signature.inputs.input_names()]
print(json.dumps({"runs": runs, "champion": {"run": champion.run_id, "tags": champion.tags},
    "rows": rows.to_dict("records"), "predictions": model.predict(rows)["probability"].tolist()}))
`

interface Judged {
  readonly runs: Readonly<
    Record<
      string,
      {
        readonly id: string
        readonly status: string
        readonly params: Readonly<Record<string, string>>
        readonly metrics: Readonly<Record<string, number>>
        readonly files: readonly string[]
        readonly losses: number
      }
    >
  >
  readonly champion: { readonly run: string; readonly tags: Readonly<Record<string, string>> }
  readonly rows: readonly Readonly<Record<string, number>>[]
  readonly predictions: readonly number[]
}

/** Of each run that Python logged in a trial, the trial's number in the run that it lies below. */
const nested = `
import json, mlflow
client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name("breast_cancer")
runs = {run.info.run_id: run.data.tags for run in client.search_runs([experiment.experiment_id])}
parents = [runs[tags["mlflow.parentRunId"]] for tags in runs.values()
    if "mlflow.parentRunId" in tags and "mlpt.tune.trial" not in tags]
print(json.dumps(sorted(tags["mlpt.tune.trial"] for tags in parents)))
`

/** What `mlpt tune --json` prints. */
interface Tuned {
  readonly current: { readonly score: number }
  readonly trials: readonly { readonly experiment: string; readonly score: number }[]
}

describe('Python stages', { skip: peer.skip || skipRuntime }, () => {
  const kinds = torch.skip === false ? ['boosting', 'sklearn', 'torch'] : ['boosting', 'sklearn']
  let house: House
  let server: ChildProcess
  let judged: Judged
  before(async () => {
    house = buildHouse()
    server = house.start('npx mlpt server --port 0')
    const printed = await waitForOutput(server, /dashboard: http:\S+/)
    const [uri] = /http:\S+/.exec(printed)!
    house.environment['MLFLOW_TRACKING_URI'] = uri
    if (torch.skip === false) {
      await house.run('npx mlpt run')
    } else {
      await house.run('npx mlpt run evaluate@boosting evaluate@sklearn')
      await house.run('npx mlpt promote')
    }
    const { stdout } = await promisify(execFile)(peer.python, ['-c', judge, ...kinds], {
      cwd: house.directory,
      env: house.environment,
    })
    judged = JSON.parse(stdout) as Judged
  })
  after(async () => {
    server.kill('SIGKILL')
    await once(server, 'exit')
  })

  for (const kind of ['sklearn', 'torch']) {
    const skip = kind === 'torch' && torch.skip
    test(`${kind}: one run has what Python logged and what mlpt measured`, { skip }, () => {
      const { status, params, metrics, files, losses } = judged.runs[kind]!
      assert.equal(status, 'FINISHED')
      assert.equal(params['model'], kind)
      assert.ok(files.includes('model/MLmodel') && files.includes('model/model.onnx'))
      assert.equal(losses, kind === 'torch' ? 150 : 1)
      const measured = house.json(`metrics/${kind}.json`) as Record<string, number>
      assert.equal(metrics['roc_auc'], measured['roc_auc'])
      assert.equal(metrics['log_loss'], measured['log_loss'])
      // Far from what a model says of columns in another order, or of the other class.
      assert.ok(measured['roc_auc']! > 0.98 && measured['log_loss']! < 0.15)
    })
  }

  test('the best model of all is promoted, whoever trained it', () => {
    const losses = kinds.map(
      (kind) => (house.json(`metrics/${kind}.json`) as { log_loss: number }).log_loss,
    )
    const best = kinds[losses.indexOf(Math.min(...losses))]!
    assert.equal(judged.champion.run, judged.runs[best]!.id)
    assert.equal(judged.champion.tags['mlpt.model'], best)
    const verdict = house.json('reports/promotion.json') as { decision: string }
    assert.equal(verdict.decision, 'promoted')
  })

  test('runs are compared like ours', async () => {
    const ids = kinds.map((kind) => judged.runs[kind]!.id)
    const compared = await house.run(`npx mlpt runs compare ${ids.join(' ')}`)
    for (const word of [...kinds, 'roc_auc', 'C']) assert.ok(compared.includes(word), compared)
  })

  test('the champion answers over our API as mlflow’s pyfunc does', async () => {
    const serving = house.start('npx mlpt serve models:/breast_cancer@champion --port 0 --json')
    try {
      const printed = await waitForOutput(serving, /^\{.*\}$/m)
      const { address } = JSON.parse(/^\{.*\}$/m.exec(printed)![0]) as { address: string }
      const response = await fetch(`${address}/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ rows: judged.rows }),
      })
      const { predictions } = (await response.json()) as { predictions: { probability: number }[] }
      assert.equal(predictions.length, 20)
      for (const [i, { probability }] of predictions.entries()) {
        assertClose(probability, judged.predictions[i]!, 1e-6)
      }
    } finally {
      serving.kill('SIGKILL')
      await once(serving, 'exit')
    }
  })

  test('then there is nothing to do, for mlpt and for dvc', { skip: torch.skip }, async () => {
    assert.match(await house.run('npx mlpt run'), /everything is up to date/)
    assert.match(await house.run('dvc status'), /Data and pipelines are up to date/)
  })

  test('mlpt tune searches the scikit-learn stage; its trials are experiments of dvc', async () => {
    const text = readFileSync(join(house.directory, 'params.yaml'), 'utf8')
    writeFileSync(join(house.directory, 'params.yaml'), text.replace('trials: 20', 'trials: 2'))
    writeFileSync(join(house.directory, '.gitignore'), '/node_modules\n/.mlpt\n__pycache__\n')
    await house.run('git add .')
    await house.run('git -c user.name=t -c user.email=t@localhost commit --quiet -m one')
    const printed = await house.run('npx mlpt tune train_python@sklearn --json')
    const { current, trials } = JSON.parse(/^\{[^]*^\}/m.exec(printed)![0]) as Tuned
    const own = house.json('reports/validation/sklearn.json') as { log_loss: number }
    assert.equal(current.score, own.log_loss)
    assert.equal(trials.length, 2)
    const listed = await house.run('dvc exp list --name-only')
    for (const { experiment, score } of trials) {
      assert.ok(listed.split('\n').includes(experiment), listed)
      assert.ok(score > 0.05 && score < 0.5)
    }
    const { stdout } = await promisify(execFile)(peer.python, ['-c', nested], {
      cwd: house.directory,
      env: house.environment,
    })
    assert.deepEqual(JSON.parse(stdout), ['0', '1'])
  })

  test('without onnxruntime-node what is not run here is refused, with what to install', async () => {
    const failure = await house.fail('npx mlpt evaluate sklearn', { NODE_PATH: '' })
    assert.match(failure, /MODEL_OPERATOR_UNSUPPORTED: .*ai\.onnx\.ml\.Scaler/)
    assert.match(failure, /npm install onnxruntime-node/)
    if (torch.skip !== false) return
    assert.match(await house.run('npx mlpt evaluate torch', { NODE_PATH: '' }), /torch: roc_auc/)
  })
})

test('docs/python-stages.md shows the example as it is', () => {
  const text = readFileSync(join(repository, 'docs/python-stages.md'), 'utf8')
  const files = ['dvc.yaml', 'params.yaml', 'stage.py', 'train_sklearn.py', 'train_torch.py']
  const sources = files.map((name) => readFileSync(join(example, name), 'utf8')).join('\n')
  const lines = [...text.matchAll(/```(?:yaml|python)\n([^]*?)```/g)].flatMap((match) =>
    match[1]!.split('\n'),
  )
  assert.ok(lines.length > 20)
  for (const line of lines) assert.ok(sources.includes(line.trim()), line)
})

/** A copy of the example, with what its user has: mlpt, Python and onnxruntime-node. */
interface House {
  readonly directory: string
  readonly environment: NodeJS.ProcessEnv
  start(command: string): ChildProcess
  /** All that was printed. */
  run(command: string, changes?: NodeJS.ProcessEnv): Promise<string>
  /** What was printed by a command that fails. */
  fail(command: string, changes: NodeJS.ProcessEnv): Promise<string>
  json(path: string): unknown
}

function buildHouse(): House {
  const directory = join(makeScratchFolder(), 'python-models')
  cpSync(example, directory, { recursive: true })
  const programs = join(directory, 'node_modules/.bin')
  mkdirSync(programs, { recursive: true })
  symlinkSync(repository, join(directory, 'node_modules/ml-pipeline-toolkit'))
  const node = [process.execPath, ...mlptArguments].map((word) => `"${word}"`).join(' ')
  writeFileSync(join(programs, 'mlpt'), `#!/bin/sh\nexec ${node} "$@"\n`, { mode: 0o755 })
  // The real one would start npm for each stage, which takes as long as the stage.
  writeFileSync(join(programs, 'npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 })
  execFileSync('git', ['init', '--quiet'], { cwd: directory })
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${programs}:${dirname(peer.python)}:${dirname(process.execPath)}:${process.env['PATH']}`,
    NODE_PATH: nodePath,
    NODE_OPTIONS: '',
    DVC_NO_ANALYTICS: '1',
    // Its telemetry changes the environment in a thread, which requests of another may stumble over.
    MLFLOW_DISABLE_TELEMETRY: 'true',
  }
  const argumentsOf = (command: string): string[] => ['-c', `exec ${command.replace(/^npx /, '')}`]
  const run = async (command: string, changes: NodeJS.ProcessEnv = {}): Promise<string> => {
    const { stdout, stderr } = await promisify(execFile)('sh', argumentsOf(command), {
      cwd: directory,
      env: { ...environment, ...changes },
    })
    return `${stdout}${stderr}`
  }
  return {
    directory,
    environment,
    run,
    start: (command) =>
      spawn('sh', argumentsOf(command), {
        cwd: directory,
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    fail: async (command, changes) => {
      const outcome = await run(command, changes).then(
        (text) => assert.fail(`it did not fail: ${text}`),
        (error: unknown) => error,
      )
      return (outcome as { stderr: string }).stderr
    },
    json: (path) => JSON.parse(readFileSync(join(directory, path), 'utf8')),
  }
}
