/** Numbers and classes by the project's steps, held against Python's onnxruntime and scikit-learn on the same test rows. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { defineSchema } from '../../src/core/schema.ts'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import { readFeatures } from '../../src/data/read-features.ts'
import { openPredictor } from '../../src/model/index.ts'
import { defineProject, type Project } from '../../src/project/definition/define-project.ts'
import { layoutOf } from '../../src/project/layout.ts'
import { targetColumnsOf } from '../../src/project/definition/target-output.ts'
import { buildHouse, parametersOf, type House } from '../project/target-house.ts'
import { assertClose } from '../assert-close.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'onnxruntime')

const program = `
import json, sys, numpy as np, onnxruntime as ort
from sklearn import metrics as m
answers = []
for case in json.load(sys.stdin):
    x = np.array([[np.nan if v is None else v for v in row] for row in case["x"]], np.float32)
    y, w = np.array(case["y"]), np.array(case["w"])
    given = ort.InferenceSession(case["model"]).run(None, {"input": x})[0]
    # Measured are our own predictions, so that only the metrics can differ.
    ours = np.array(case["ours"]).reshape(given.shape)
    if given.shape[1] == 1:
        p = ours[:, 0]
        found = {"rmse": m.mean_squared_error(y, p, sample_weight=w) ** 0.5, "mae": m.mean_absolute_error(y, p, sample_weight=w),
            "r2": m.r2_score(y, p, sample_weight=w), "mape": m.mean_absolute_percentage_error(y, p, sample_weight=w),
            "pinball_loss": m.mean_pinball_loss(y, p, alpha=case["quantile"], sample_weight=w),
            "mean_error": float(np.average(p - y, weights=w))}
    else:
        y, called = y.astype(int), ours.argmax(1)
        found = {"accuracy": m.accuracy_score(y, called, sample_weight=w),
            "balanced_accuracy": m.balanced_accuracy_score(y, called, sample_weight=w),
            "f1_macro": m.f1_score(y, called, average="macro", sample_weight=w),
            "precision_macro": m.precision_score(y, called, average="macro", sample_weight=w),
            "recall_macro": m.recall_score(y, called, average="macro", sample_weight=w),
            "f1_weighted": m.f1_score(y, called, average="weighted", sample_weight=w),
            "roc_auc_ovr_weighted": m.roc_auc_score(y, ours, multi_class="ovr", average="weighted", sample_weight=w),
            "roc_auc_ovr_micro": m.roc_auc_score(y, ours, multi_class="ovr", average="micro", sample_weight=w),
            "mean_cost": np.average(np.array([[0, 1, 1], [1, 0, 1], [20, 4, 0]])[y, (ours @ np.array([[0, 1, 1], [1, 0, 1], [20, 4, 0]])).argmin(1)], weights=w),
            "log_loss": m.log_loss(y, ours, sample_weight=w),
            "roc_auc_ovr": m.roc_auc_score(y, ours, multi_class="ovr", sample_weight=w)}
    answers.append({"given": given.ravel().tolist(), "metrics": {name: float(value) for name, value in found.items()}})
print(json.dumps(answers))
`

interface Answer {
  readonly given: readonly number[]
  readonly metrics: Readonly<Record<string, number>>
}

const cases = [
  { target: 'size', kind: 'linear', metric: 'rmse' },
  { target: 'size', kind: 'boosting', metric: 'rmse' },
  { target: 'shape', kind: 'logistic', metric: 'log_loss' },
  { target: 'shape', kind: 'boosting', metric: 'log_loss' },
] as const

describe('the targets of a project', { skip: peer.skip, timeout: 120_000 }, () => {
  const ours: { predictions: Float32Array; metrics: Readonly<Record<string, number>> }[] = []
  let answers: readonly Answer[]
  before(async () => {
    const asked: object[] = []
    for (const { target, kind, metric } of cases) {
      const train = { boosting: { rounds: 30, min_rows_per_leaf: 5, learning_rate: 0.2 } }
      const isShape = target === 'shape'
      const evaluate = isShape ? { costs: { long: { round: 20, flat: 4 } } } : { quantile: 0.7 }
      const parameters = parametersOf({ train, evaluate, promote: { metric } })
      await using house = await buildHouse(projectOf(target), csv(), parameters)
      await house.make(kind)
      const { rows, model, metrics } = await readHouse(house, kind)
      const values = [...rows.x.values].map((value) => (Number.isNaN(value) ? null : value))
      const x = Array.from({ length: rows.x.rows }, (_, r) => values.slice(3 * r, 3 * r + 3))
      const predictor = await openPredictor(join(house.directory, 'models', kind))
      const predictions = predictor.predict(rows.x)
      ours.push({ predictions, metrics })
      const [y, w] = [[...rows.y], [...rows.weights!]]
      asked.push({ model, x, y, w, ours: [...predictions], quantile: 0.7 })
    }
    const output = execFileSync(peer.python, ['-c', program], {
      input: JSON.stringify(asked),
      encoding: 'utf8',
    })
    answers = JSON.parse(output) as readonly Answer[]
  })

  for (const [i, { target, kind }] of cases.entries()) {
    test(`${kind} gives for ${target} what onnxruntime gives`, () => {
      const { predictions } = ours[i]!
      const { given } = answers[i]!
      assert.equal(given.length, predictions.length)
      given.forEach((value, k) => assertClose(predictions[k]!, value, 1e-6))
    })

    test(`${kind} is measured on ${target} as scikit-learn measures it, with weights`, () => {
      for (const [name, value] of Object.entries(answers[i]!.metrics)) {
        assertClose(ours[i]!.metrics[name]!, value, 1e-9)
      }
    })
  }
})

async function readHouse({ directory, context, readJson }: House, kind: string) {
  using database = await openDatabase()
  const rows = await readFeatures(database, join(directory, layoutOf('things').features), {
    features: context.project.inputList.map(({ name }) => name),
    ...targetColumnsOf(context.project),
    testFold: 0,
    part: 'test',
  })
  const metrics = readJson(`metrics/${kind}.json`) as Record<string, number>
  return { rows, metrics, model: join(directory, 'models', kind, 'model.onnx') }
}

function projectOf(target: 'size' | 'shape'): Project {
  return defineProject({
    name: 'things',
    schema: defineSchema({
      id: { type: 'integer', min: 1 },
      a: { type: 'number' },
      b: { type: 'number', nullable: true },
      kind: { type: 'category', levels: [0, 1, 2] },
      shape: { type: 'text', levels: ['round', 'flat', 'long'] },
      size: { type: 'number' },
      weight: { type: 'number', min: 0 },
    }),
    key: 'id',
    target,
    weight: 'weight',
    features: { a: 'standardize', b: 'as-is', kind: 'one-hot' },
    sources: [{ kind: 'folder', path: 'data', files: ['things.csv'] }],
    citation: { title: 'Things', url: 'https://example.com', licence: 'CC0' },
  })
}

function csv(): string {
  const random = createRandom(3)
  const lines = Array.from({ length: 900 }, (_, id) => {
    const [a, b] = [4 * random.next() - 2, 4 * random.next() - 2]
    const kind = random.nextInteger(3)
    const size = 10 + a * a + b * (kind - 1) + random.next()
    const shape = ['round', 'flat', 'long'][a + random.next() > 0.8 ? 2 : b + kind > 0.5 ? 1 : 0]!
    return [id + 1, a, id % 11 === 0 ? '' : b, kind, shape, size, 3 * random.next()].join(',')
  })
  return `id,a,b,kind,shape,size,weight\n${lines.join('\n')}\n`
}
