import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openPredictor } from '../../src/index.ts'
import { assertClose } from '../assert-close.ts'
import {
  createFinishedWorkspace,
  startMlpt,
  waitForOutput,
  type Workspace,
} from '../end-to-end/workspace.ts'
import { findPeer } from './python.ts'
import { findFreePort } from '../free-port.ts'

const { python, skip } = findPeer('.venv', 'mlflow')

/** Scores the rows it is given as three Python tools do, with columns in another order where names count. */
const program = `
import json, sys
import mlflow, numpy as np, onnx, onnxruntime, pandas as pd
folder, uri = sys.argv[1:3]
rows = np.array(json.load(sys.stdin)["rows"], dtype=np.float64)
answers = {}
for kind in ["logistic", "boosting"]:
    path = f"{folder}/models/{kind}"
    onnx.checker.check_model(onnx.load(f"{path}/model.onnx"), full_check=True)
    session = onnxruntime.InferenceSession(f"{path}/model.onnx")
    answers[f"onnxruntime {kind}"] = session.run(None, {"input": rows.astype(np.float32)})[0][:, 0].tolist()
    model = mlflow.pyfunc.load_model(path)
    frame = pd.DataFrame(rows, columns=model.metadata.signature.inputs.input_names())
    shuffled = frame[frame.columns[::-1]].assign(extra=1)
    answers[f"pyfunc {kind}"] = np.asarray(model.predict(shuffled)).reshape(-1).tolist()
    mlflow.onnx.load_model(path)
mlflow.set_tracking_uri(uri)
champion = mlflow.pyfunc.load_model("models:/credit_default@champion")
frame = pd.DataFrame(rows, columns=champion.metadata.signature.inputs.input_names())
answers["champion"] = np.asarray(champion.predict(frame)).reshape(-1).tolist()
print(json.dumps(answers))
`

describe('Python scores our models as we do', { skip }, () => {
  let workspace: Workspace
  before(() => {
    workspace = createFinishedWorkspace()
  })
  after(() => workspace[Symbol.dispose]())

  test('onnxruntime, mlflow.pyfunc and models:/credit_default@champion over our server, to 1e-6', async () => {
    const server = startMlpt(workspace, ['server', '--port', '0'])
    try {
      const printed = await waitForOutput(server, /dashboard: http:\S+/)
      const [uri] = /http:\S+/.exec(printed)!
      const predictors = {
        logistic: await openPredictor(`${workspace.directory}/models/logistic`),
        boosting: await openPredictor(`${workspace.directory}/models/boosting`),
      }
      const rows = strangeRows(Object.values(predictors.boosting.example).map(Number))
      const answers = askPython(workspace.directory, uri, rows)
      assert.equal(Object.keys(answers).length, 5)
      for (const [who, probabilities] of Object.entries(answers)) {
        const kind = who.endsWith('logistic') ? 'logistic' : 'boosting'
        const ours = predictors[kind].predict({
          rows: rows.length,
          columns: rows[0]!.length,
          values: Float32Array.from(rows.flat()),
        })
        assert.equal(probabilities.length, ours.length, who)
        ours.forEach((value, i) => assertClose(value, probabilities[i]!, 1e-6))
      }
    } finally {
      server.kill('SIGKILL')
      await once(server, 'exit')
    }
  })

  test(
    'mlflow models serve answers for models:/credit_default@champion of our server',
    { timeout: 120_000 },
    async () => {
      const server = startMlpt(workspace, ['server', '--port', '0'])
      const port = await findFreePort()
      let scoring: ChildProcess | undefined
      try {
        const [uri] = /http:\S+/.exec(await waitForOutput(server, /dashboard: http:\S+/))!
        scoring = spawn(
          join(dirname(python), 'mlflow'),
          `models serve -m models:/credit_default@champion --env-manager local --host 127.0.0.1 --port ${port}`.split(
            ' ',
          ),
          {
            // It starts uvicorn by its name, in a process of its own.
            env: {
              ...process.env,
              MLFLOW_TRACKING_URI: uri,
              PATH: `${dirname(python)}:${process.env['PATH']}`,
            },
            stdio: 'ignore',
            detached: true,
          },
        )
        const address = `http://127.0.0.1:${port}/invocations`
        const example = readFileSync(
          join(workspace.directory, 'models/boosting/serving_input_example.json'),
        )
        const { predictions } = await askWhenReady(address, example)
        const predictor = await openPredictor(`${workspace.directory}/models/boosting`)
        const row = Object.values(predictor.example).map(Number)
        const [expected] = predictor.predict({
          rows: 1,
          columns: row.length,
          values: Float32Array.from(row),
        })
        assertClose(predictions[0]!.probability, expected!, 1e-6)
      } finally {
        if (scoring?.pid !== undefined) process.kill(-scoring.pid, 'SIGKILL')
        server.kill('SIGKILL')
        await once(server, 'exit')
      }
    },
  )
})

interface Scores {
  readonly predictions: readonly { readonly probability: number }[]
}

/** Asks until the server is there; the test's own time limit ends it. */
async function askWhenReady(address: string, body: Uint8Array<ArrayBuffer>): Promise<Scores> {
  for (;;) {
    try {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(address, { method: 'POST', headers, body })
      assert.equal(answer.status, 200, await answer.clone().text())
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked by what is read of it
      return (await answer.json()) as Scores
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      await sleep(200)
    }
  }
}

function askPython(
  folder: string,
  uri: string,
  rows: readonly (readonly number[])[],
): Record<string, readonly number[]> {
  const printed = execFileSync(python, ['-W', 'ignore', '-c', program, folder, uri], {
    encoding: 'utf8',
    input: JSON.stringify({ rows }),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  return JSON.parse(printed.trim().split('\n').at(-1)!) as Record<string, readonly number[]>
}

/** The example row with each column moved to small, large and unseen values. */
function strangeRows(example: readonly number[]): number[][] {
  return example.flatMap((value, c) =>
    [-2, 0, 1, 3, 99, 50_000, 1_000_000, value * 2].map((other) => example.with(c, other)),
  )
}
