/** Exported networks against onnxruntime, and their quality beside scikit-learn's, on generated rows. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import type { Matrix } from '../../src/core/matrix.ts'
import { createRandom } from '../../src/core/random.ts'
import { compileModel, encodeModel } from '../../src/model/index.ts'
import { exportNeural } from '../../src/training/export-neural.ts'
import { r2Score, rocAucScore } from '../../src/training/metrics/index.ts'
import { weightedMean } from '../../src/training/metrics/weighted-mean.ts'
import {
  fitNeural,
  type NeuralData,
  type NeuralProgress,
  scoreNeural,
} from '../../src/training/neural/index.ts'
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
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, r2_score, roc_auc_score
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

def judge(objective, x, y, fresh, fresh_y, w=None, fresh_w=None):
    x, y, fresh, fresh_y = table(x), np.array(y), table(fresh), np.array(fresh_y)
    fitting = {} if w is None else {"sample_weight": np.array(w)}
    measuring = {} if fresh_w is None else {"sample_weight": np.array(fresh_w)}
    def fit(network, targets):
        encoded = encoder.fit_transform(x)
        network.fit(encoded, targets, **fitting)
        return network
    if objective == "regression":
        mean, deviation = y.mean(), y.std()
        model = fit(MLPRegressor(**settings), (y - mean) / deviation)
        return r2_score(fresh_y, model.predict(encoder.transform(fresh)) * deviation + mean, **measuring)
    model = fit(MLPClassifier(**settings), y)
    if objective == "binary":
        return roc_auc_score(fresh_y, model.predict_proba(encoder.transform(fresh))[:, 1], **measuring)
    return accuracy_score(fresh_y, model.predict(encoder.transform(fresh)), **measuring)

def loss(objective, scores, y, w):
    s = np.array(scores, dtype=np.float64)
    if objective == "regression":
        return mean_squared_error(y, s, sample_weight=w)
    if objective == "binary":
        return log_loss(y, 1 / (1 + np.exp(-s)), sample_weight=w)
    e = np.exp(s.reshape(len(y), -1))
    return log_loss(y, e / e.sum(axis=1, keepdims=True), sample_weight=w)

names = ("objective", "x", "y", "fresh", "freshY", "weights", "freshWeights")
print(json.dumps([
    {
        "scores": score(one["model"], one["rows"]) if "model" in one else [],
        "loss": loss(one["objective"], one["own"], one["y"], one["weights"]) if "own" in one else 0,
        "quality": judge(*(one.get(name) for name in names)) if "fresh" in one else 0,
    }
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

describe('a network with weights', { skip }, () => {
  const objectives = ['binary', 'regression', 'multiclass'] as const
  const settings = { hiddenUnits: [24, 12], learningRate: 0.01, batchSize: 64, dropout: 0 }

  // One Python for both halves: that scikit-learn loads takes longer than the rest.
  test('lowers the loss that scikit-learn measures with sample_weight, and is no worse than its network where few heavy rows follow a rule of their own', () => {
    const lowered = objectives.map((objective, i) => {
      const data = weigh(generateRows(i, 600, objective))
      const whole = { ...settings, objective, batchSize: 600, validationShare: 0 }
      const losses: number[] = []
      const options = {
        random: createRandom(1),
        onEpoch: ({ trainLoss }: NeuralProgress) => void losses.push(trainLoss),
      }
      const model = fitNeural(data, { ...whole, maxEpochs: 9 }, options)
      losses.length = 0
      fitNeural(data, { ...whole, maxEpochs: 10 }, options)
      const own = [...scoreNeural(model, data.x)]
      const given = { objective, own, y: [...data.y], weights: [...data.weights!] }
      // What an epoch of one batch tells is the loss before its step.
      return { given, loss: losses[9]! }
    })
    const fits = objectives.map((objective, i) => {
      const data = twoRules(i, 1200, objective)
      const options = { random: createRandom(1) }
      const model = fitNeural(data, { ...settings, objective, maxEpochs: 40 }, options)
      const { weights: _, ...alike } = data
      const without = fitNeural(alike, { ...settings, objective, maxEpochs: 40 }, options)
      return { objective, data, fresh: twoRules(90 + i, 2000, objective), model, without }
    })
    const judged = fits.map(({ objective, data, fresh }) => ({
      objective,
      x: listRows(data.x),
      y: [...data.y],
      weights: [...data.weights!],
      fresh: listRows(fresh.x),
      freshY: [...fresh.y],
      freshWeights: [...fresh.weights!],
    }))
    const answers = askPython([...judged, ...lowered.map(({ given }) => given)])
    lowered.forEach(({ loss }, i) => assertClose(loss, answers[3 + i]!.loss, 1e-5))
    for (const [i, { objective, fresh, model, without }] of fits.entries()) {
      const [own, unweighted] = [model, without].map((one) =>
        qualityOf(objective, fresh.y, scoreNeural(one, fresh.x), fresh.weights),
      )
      const { quality } = answers[i]!
      assert.ok(own! > quality - 0.03, `${objective}: ours is ${own}, scikit-learn's ${quality}`)
      assert.ok(own! > unweighted! + 0.1, `${objective}: ${own}, without weights ${unweighted}`)
    }
  })
})

function weigh(data: NeuralData): NeuralData {
  return { ...data, weights: data.y.map((_, row) => (row * 7) % 4) }
}

/** A quarter of the rows weighs 12 each and has targets turned around, which the columns do not tell. */
function twoRules(seed: number, rows: number, objective: Objective): NeuralData {
  const data = generateRows(seed, rows, objective)
  const isHeavy = (row: number): boolean => row % 4 === 0
  const turn = { binary: 1, regression: 2000, multiclass: 2 }[objective]
  return {
    ...data,
    y: data.y.map((value, row) => (isHeavy(row) ? turn - value : value)),
    weights: data.y.map((_, row) => (isHeavy(row) ? 12 : 1)),
  }
}

type Objective = 'binary' | 'regression' | 'multiclass'

interface Answer {
  readonly loss: number
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
function qualityOf(
  objective: string,
  target: Float64Array,
  scores: Float32Array,
  weights?: Float64Array,
): number {
  if (objective === 'binary') return rocAucScore(target, Float64Array.from(scores), { weights })
  if (objective === 'regression') return r2Score(target, scores, { weights })
  const isRight = target.map((value, row) => {
    const own = scores.subarray(row * 3, row * 3 + 3)
    return Number(own.indexOf(Math.max(...own)) === value)
  })
  return weightedMean(isRight, weights)
}

/** A missing number travels as null. */
function listRows({ values, rows, columns }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, r) => [
    ...values.subarray(r * columns, (r + 1) * columns),
  ])
}
