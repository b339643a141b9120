/** The files of models that take texts, dates and moments, run by Python's onnxruntime and loaded by mlflow. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { encodeRow } from '../../src/core/input-field.ts'
import { openPredictor } from '../../src/model/index.ts'
import { assertClose } from '../assert-close.ts'
import { buildRidesHouse, drawRides, type Ride } from '../project/datetime-house.ts'
import { pythonChecks } from '../../src/serving/package/bento-functions.ts'
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
# The checks of a BentoML project make of a text what Python itself does, or refuse it.
import re
from pydantic import AfterValidator
exec(asked["checks"])
epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
for ride in asked["rides"]:
    for name in ("asked_at", "booked_at"):
        if ride[name] is None:
            ride[name] = np.nan
            continue
        at = datetime.datetime.fromisoformat(ride[name])
        at = at if at.tzinfo else at.replace(tzinfo=datetime.timezone.utc)
        ride[name] = milliseconds(ride[name])
        assert ride[name] == (at - epoch) // datetime.timedelta(milliseconds=1)
def is_refused(text):
    try:
        milliseconds(text)
    except ValueError:
        return True
refused = [text for text in asked["wrong"] if is_refused(text)]
rides = pd.DataFrame(asked["rides"]).astype(float)
model = mlflow.pyfunc.load_model(asked["ridesFolder"])
with open(asked["ridesFolder"] + "/serving_input_example.json") as file:
    frame = infer_and_parse_data(json.load(file), model.metadata.get_input_schema())
session = ort.InferenceSession(asked["ridesFolder"] + "/model.onnx")
moments = {
    "types": {one.name: one.type for one in session.get_inputs()},
    "given": model.predict(rides).iloc[:, 0].tolist(),
    "example": model.predict(frame).iloc[0, 0].item(),
    "refused": refused,
}
print(json.dumps({"answers": answers, "mlflow": loaded.iloc[:, 0].tolist(), "examples": examples, "moments": moments}))
`

interface Answers {
  readonly answers: readonly {
    readonly types: Readonly<Record<string, string>>
    readonly given: readonly number[]
  }[]
  readonly mlflow: readonly number[]
  /** What each model gives to its own `serving_input_example.json`. */
  readonly examples: readonly number[]
  readonly moments: {
    readonly types: Readonly<Record<string, string>>
    readonly given: readonly number[]
    readonly example: number
    /** Of what is no moment, what a BentoML project would refuse. */
    readonly refused: readonly string[]
  }
}

/** What no training row has is among them. */
const rows = [
  { town: 'Ulm', plan: 'free', since: '2020-05-05', input: 3.5 },
  { town: '東京', plan: "it's pro", since: null, input: null },
  { town: null, plan: '007', since: '2000-02-29', input: 0 },
  { town: 'Nowhere', plan: 'free', since: '9999-12-31', input: 9.9 },
  { town: '~0', plan: 'free', since: '2012-01-01', input: 1 },
]

const noMoments = [
  '2026-02-30T10:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T23:59:60Z',
  '2026-01-01T10:00:00+24:00',
  '0000-12-31T23:59:59-05:00',
  '0001-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59-00:01',
  '２０２６-01-01',
  '2026-01-01T10:00:00Z\n',
  '',
]

describe('models of texts, dates and moments', { skip: peer.skip }, () => {
  test('give in onnxruntime and mlflow what they give here', async () => {
    await using house = await buildTextHouse()
    const kinds = ['logistic', 'boosting', 'neural'] as const
    await house.make(...kinds)
    const folders = kinds.map((kind) => join(house.directory, 'models', kind))
    await using ridesHouse = await buildRidesHouse()
    await ridesHouse.make('boosting')
    const ridesFolder = join(ridesHouse.directory, 'models/boosting')
    const rides = drawRides(40, 7)
    const output = execFileSync(peer.python, ['-W', 'ignore', '-c', program], {
      input: JSON.stringify({
        rows,
        rides,
        ridesFolder,
        checks: pythonChecks,
        wrong: noMoments,
        models: folders.map((folder) => join(folder, 'model.onnx')),
        folder: folders[1],
        folders,
      }),
      encoding: 'utf8',
    })
    const { answers, mlflow, examples, moments } = JSON.parse(output) as Answers
    await assertSameMoments(ridesFolder, rides, moments)
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

/** A moment reaches Python as a double: its milliseconds since 1970. */
async function assertSameMoments(
  folder: string,
  rides: readonly Ride[],
  { types, given, example, refused }: Answers['moments'],
): Promise<void> {
  assert.deepEqual(refused, noMoments)
  assert.deepEqual(types, {
    asked_at: 'tensor(double)',
    booked_at: 'tensor(double)',
    distance: 'tensor(float)',
  })
  const model = await openPredictor(folder)
  await using server = await serveModel({ predictor: model })
  const answer = await server.post('/predict', { rows: [...rides, model.example] })
  assert.equal(answer.status, 200, answer.text)
  const ours = (answer.json['predictions'] as { probability: number }[]).map(
    ({ probability }) => probability,
  )
  assert.ok(new Set(ours).size > 10)
  ours.forEach((value, r) => assertClose(value, [...given, example][r]!, 1e-6))
}
