/** Exported networks against onnxruntime, and their quality beside scikit-learn's, on generated rows. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import type { Matrix } from '../../src/core/matrix.ts'
import { createRandom } from '../../src/core/random.ts'
import { compileModel, encodeModel } from '../../src/model/index.ts'
import { exportNeural } from '../../src/training/export-neural.ts'
import { rocAucScore } from '../../src/training/metrics/index.ts'
import { fitNeural, scoreNeural } from '../../src/training/neural/index.ts'
import { assertClose } from '../assert-close.ts'
import { generateRows } from '../training/neural/generated.ts'
import { strangeRows } from '../training/neural/strange-rows.ts'
import { findPeer } from './python.ts'

const { python, skip } = findPeer('.venv', 'onnxruntime')

const program = `
import base64, json, sys, warnings
import numpy as np, onnx, onnxruntime
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
warnings.simplefilter("ignore")
given = json.load(sys.stdin)
table = lambda rows: np.array(rows, dtype=np.float64)

def score(model, rows):
    onnx.checker.check_model(onnx.load_from_string(base64.b64decode(model)), full_check=True)
    session = onnxruntime.InferenceSession(base64.b64decode(model))
    return session.run(None, {"input": table(rows).astype(np.float32)})[0].reshape(-1).tolist()

encoder = make_column_transformer(
    (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), [0]),
    (make_pipeline(FunctionTransformer(np.log1p), StandardScaler()), [1]),
    (OneHotEncoder(handle_unknown="ignore"), [2]),
)
settings = dict(hidden_layer_sizes=(24, 12), learning_rate_init=0.01, batch_size=64, early_stopping=True, max_iter=60, random_state=1)

def judge(objective, x, y, fresh, fresh_y):
    x, y, fresh, fresh_y = table(x), np.array(y), table(fresh), np.array(fresh_y)
    if objective == "regression":
        mean, deviation = y.mean(), y.std()
        model = make_pipeline(encoder, MLPRegressor(**settings)).fit(x, (y - mean) / deviation)
        return r2_score(fresh_y, model.predict(fresh) * deviation + mean)
    model = make_pipeline(encoder, MLPClassifier(**settings)).fit(x, y)
    if objective == "binary":
        return roc_auc_score(fresh_y, model.predict_proba(fresh)[:, 1])
    return accuracy_score(fresh_y, model.predict(fresh))

print(json.dumps([
    {"scores": score(one["model"], one["rows"]), "quality": judge(*(one[name] for name in ("objective", "x", "y", "fresh", "freshY")))}
    for one in given
]))
`

describe('a network', { skip }, () => {
  test('scores in onnxruntime as here, and is no worse than scikit-learn’s', () => {
    const fits = (['binary', 'regression', 'multiclass'] as const).map((objective, i) => {
      const data = generateRows(i, 2000, objective)
      const settings = {
        objective,
        hiddenUnits: [24, 12],
        learningRate: 0.01,
        batchSize: 64,
        dropout: 0,
      }
      const model = fitNeural(data, { ...settings, maxEpochs: 60 }, { random: createRandom(1) })
      const fresh = generateRows(90 + i, 3000, objective)
      return { objective, data, fresh, model, graph: exportNeural(model), rows: strangeRows(data) }
    })
    const answers = askPython(
      fits.map(({ objective, data, fresh, graph, rows }) => ({
        objective,
        model: Buffer.from(encodeModel(graph)).toString('base64'),
        rows: listRows(rows),
        x: listRows(data.x),
        y: [...data.y],
        fresh: listRows(fresh.x),
        freshY: [...fresh.y],
      })),
    )
    for (const [i, { objective, fresh, model, graph, rows }] of fits.entries()) {
      const { scores, quality } = answers[i]!
      const ours = compileModel(graph)(rows)
      assert.equal(ours.length, scores.length)
      ours.forEach((value, at) => assertClose(value, scores[at]!, 1e-6))
      const own = qualityOf(objective, fresh.y, scoreNeural(model, fresh.x))
      // AUC, R² and accuracy of 3,000 rows have standard errors of 0.002 to 0.007.
      assert.ok(own > quality - 0.015, `${objective}: ours is ${own}, scikit-learn's ${quality}`)
    }
  })
})

interface Answer {
  readonly scores: readonly number[]
  /** Of scikit-learn's network on fresh rows. */
  readonly quality: number
}

function askPython(given: unknown): Answer[] {
  const printed = execFileSync(python, ['-c', program], {
    input: JSON.stringify(given),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  return JSON.parse(printed) as Answer[]
}

/** AUC, R² or accuracy. */
function qualityOf(objective: string, target: Float64Array, scores: Float32Array): number {
  if (objective === 'binary') return rocAucScore(target, Float64Array.from(scores))
  if (objective === 'regression') {
    const mean = meanOf(target)
    const errors = target.map((value, row) => (value - scores[row]!) ** 2)
    return 1 - meanOf(errors) / meanOf(target.map((value) => (value - mean) ** 2))
  }
  const isRight = target.map((value, row) => {
    const own = scores.subarray(row * 3, row * 3 + 3)
    return Number(own.indexOf(Math.max(...own)) === value)
  })
  return meanOf(isRight)
}

function meanOf(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}

/** A missing number travels as null. */
function listRows({ values, rows, columns }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, r) => [
    ...values.subarray(r * columns, (r + 1) * columns),
  ])
}
