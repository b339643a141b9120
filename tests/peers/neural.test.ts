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
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
warnings.simplefilter("ignore")
given = json.load(sys.stdin)
table = lambda rows: np.array(rows, dtype=np.float64)
answers = []
for model, rows in zip(given["models"], given["rows"]):
    onnx.checker.check_model(onnx.load_from_string(base64.b64decode(model)), full_check=True)
    session = onnxruntime.InferenceSession(base64.b64decode(model))
    answers.append(session.run(None, {"input": table(rows).astype(np.float32)})[0].reshape(-1).tolist())
encoder = make_column_transformer(
    (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), [0]),
    (make_pipeline(FunctionTransformer(np.log1p), StandardScaler()), [1]),
    (OneHotEncoder(handle_unknown="ignore"), [2]),
)
theirs = make_pipeline(encoder, MLPClassifier((24, 12), learning_rate_init=0.01, batch_size=64,
    early_stopping=True, max_iter=60, random_state=1))
theirs.fit(table(given["x"]), given["y"])
print(json.dumps({"answers": answers, "probability": theirs.predict_proba(table(given["fresh"]))[:, 1].tolist()}))
`

describe('a network', { skip }, () => {
  test('scores in onnxruntime as here, and ranks no worse than scikit-learn’s', () => {
    const objectives = ['binary', 'regression', 'multiclass'] as const
    const fits = objectives.map((objective, i) => {
      const data = generateRows(i, 2000, objective)
      const settings = { objective, hiddenUnits: [24, 12], learningRate: 0.01, batchSize: 64 }
      const model = fitNeural(data, { ...settings, maxEpochs: 60 }, { random: createRandom(1) })
      return { data, model, graph: exportNeural(model), rows: strangeRows(data) }
    })
    const { data, model } = fits[0]!
    const fresh = generateRows(99, 3000)
    const { answers, probability } = askPython({
      models: fits.map(({ graph }) => Buffer.from(encodeModel(graph)).toString('base64')),
      rows: fits.map(({ rows }) => listRows(rows)),
      x: listRows(data.x),
      y: [...data.y],
      fresh: listRows(fresh.x),
    })
    for (const [i, { graph, rows }] of fits.entries()) {
      const ours = compileModel(graph)(rows)
      assert.equal(ours.length, answers[i]!.length)
      ours.forEach((value, at) => assertClose(value, answers[i]![at]!, 1e-6))
    }
    const ours = rocAucScore(fresh.y, Float64Array.from(scoreNeural(model, fresh.x)))
    const difference = ours - rocAucScore(fresh.y, Float64Array.from(probability))
    // The AUC of 0.98 of 3,000 rows has a standard error of about 0.003.
    assert.ok(difference > -0.006, `ours is ${ours}, ${difference} above scikit-learn's`)
  })
})

function askPython(given: unknown): { answers: number[][]; probability: number[] } {
  const printed = execFileSync(python, ['-c', program], {
    input: JSON.stringify(given),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  return JSON.parse(printed) as { answers: number[][]; probability: number[] }
}

/** A missing number travels as null. */
function listRows({ values, rows, columns }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, r) => [
    ...values.subarray(r * columns, (r + 1) * columns),
  ])
}
