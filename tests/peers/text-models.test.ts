/** The files of models that take texts and dates, run by Python's onnxruntime and loaded by mlflow. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { encodeRow } from '../../src/core/input-field.ts'
import { openPredictor } from '../../src/model/index.ts'
import { assertClose } from '../assert-close.ts'
import { buildTextHouse } from '../project/text-house.ts'
import { serveModel } from '../serving/serve-model.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'onnxruntime')

const program = `
import datetime, json, sys, numpy as np, onnxruntime as ort
asked = json.load(sys.stdin)
rows = asked["rows"]
def days(text):
    return np.nan if text is None else (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days
feeds = {name: np.array([row[name] or "" for row in rows], dtype=object) for name in ("town", "plan")}
feeds["since"] = np.array([days(row["since"]) for row in rows], np.float32)
feeds["input"] = np.array([np.nan if row["input"] is None else row["input"] for row in rows], np.float32)
answers = []
for model in asked["models"]:
    session = ort.InferenceSession(model)
    types = {one.name: one.type for one in session.get_inputs()}
    answers.append({"types": types, "given": session.run(None, feeds)[0].ravel().tolist()})
import mlflow.pyfunc, pandas as pd
frame = pd.DataFrame(feeds)
frame[["since", "input"]] = frame[["since", "input"]].astype(float)
# What pandas 3 makes of texts is no array of numpy: mlflow hands it on as it is.
frame[["town", "plan"]] = frame[["town", "plan"]].astype(object)
loaded = mlflow.pyfunc.load_model(asked["folder"]).predict(frame)
# What mlflow's scoring server makes of a request, and asks the model with.
from mlflow.pyfunc.scoring_server import infer_and_parse_data
examples = []
for folder in asked["folders"]:
    model = mlflow.pyfunc.load_model(folder)
    with open(folder + "/serving_input_example.json") as file:
        body = json.load(file)
    frame = infer_and_parse_data(body, model.metadata.get_input_schema())
    frame[["town", "plan"]] = frame[["town", "plan"]].astype(object)
    examples.append(model.predict(frame).iloc[0, 0].item())
print(json.dumps({"answers": answers, "mlflow": loaded.iloc[:, 0].tolist(), "examples": examples}))
`

interface Answers {
  readonly answers: readonly {
    readonly types: Readonly<Record<string, string>>
    readonly given: readonly number[]
  }[]
  readonly mlflow: readonly number[]
  /** What each model gives to its own `serving_input_example.json`. */
  readonly examples: readonly number[]
}

/** What no training row has is among them. */
const rows = [
  { town: 'Ulm', plan: 'free', since: '2020-05-05', input: 3.5 },
  { town: '東京', plan: "it's pro", since: null, input: null },
  { town: null, plan: '007', since: '2000-02-29', input: 0 },
  { town: 'Nowhere', plan: 'free', since: '9999-12-31', input: 9.9 },
  { town: '~0', plan: 'free', since: '2012-01-01', input: 1 },
]

describe('models of texts and dates', { skip: peer.skip }, () => {
  test('give in onnxruntime and mlflow what they give here', async () => {
    await using house = await buildTextHouse()
    const kinds = ['logistic', 'boosting', 'neural'] as const
    await house.make(...kinds)
    const folders = kinds.map((kind) => join(house.directory, 'models', kind))
    const output = execFileSync(peer.python, ['-W', 'ignore', '-c', program], {
      input: JSON.stringify({
        rows,
        models: folders.map((folder) => join(folder, 'model.onnx')),
        folder: folders[1],
        folders,
      }),
      encoding: 'utf8',
    })
    const { answers, mlflow, examples } = JSON.parse(output) as Answers
    for (const [k, folder] of folders.entries()) {
      const model = await openPredictor(folder)
      const values = Float32Array.from(rows.flatMap((row) => [...encodeRow(model.inputs, row)]))
      const given = model.predict({ rows: rows.length, columns: 4, values })
      const { types, given: theirs } = answers[k]!
      assert.deepEqual(types, {
        town: 'tensor(string)',
        plan: 'tensor(string)',
        since: 'tensor(float)',
        input: 'tensor(float)',
      })
      given.forEach((value, r) => assertClose(value, theirs[r]!, 1e-6))
      await using server = await serveModel({ predictor: model })
      const example = readFileSync(join(folder, 'serving_input_example.json'), 'utf8')
      const invoked = await server.post('/invocations', example)
      assert.equal(invoked.status, 200, invoked.text)
      const [ours] = invoked.json['predictions'] as [{ probability: number }]
      assertClose(ours.probability, examples[k]!, 1e-6)
      if (k === 1) given.forEach((value, r) => assertClose(value, mlflow[r]!, 1e-6))
    }
  })
})
