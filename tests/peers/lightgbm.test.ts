/** Boosting beside LightGBM at equal settings, and its ONNX files in onnxruntime, all asked of one Python process. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { before, describe, test } from 'node:test'
import { log } from '../../src/math/index.ts'
import { encodeModel } from '../../src/model/index.ts'
import {
  type BoostedTrees,
  type BoostingData,
  defaultBoostingParameters,
  predictTrees,
} from '../../src/training/boosting/index.ts'
import { exportBoosting } from '../../src/training/export-boosting.ts'
import { rocAucScore } from '../../src/training/metrics/index.ts'
import { fit, generateTask } from '../training/boosting/generated.ts'
import { findPeer } from './python.ts'
import { type Case, cases, seeds, settings } from './lightgbm-cases.ts'

const peer = findPeer('.venv', 'lightgbm')

describe('LightGBM at equal settings', { skip: peer.skip }, () => {
  const drawn = cases.flatMap((one) => seeds.map((seed) => draw(one, seed)))
  let answers: readonly Answer[]
  before(() => {
    answers = askPython(drawn)
  })

  for (const [i, one] of cases.entries()) {
    const mine = (): { readonly own: Drawn; readonly answer: Answer }[] =>
      seeds.map((_, s) => ({
        own: drawn[i * seeds.length + s]!,
        answer: answers[i * seeds.length + s]!,
      }))

    test(`predicts no better and no worse on ${one.name}`, () => {
      const differences = mine().map(
        ({ own, answer }) =>
          lossOf(own, own.predictions) / lossOf(own, decode(answer.lightgbm)) - 1,
      )
      const mean = differences.reduce((a, b) => a + b) / differences.length
      assert.ok(
        Math.abs(mean) < one.tolerance,
        `our loss is ${mean} of LightGBM's above it: ${differences.join(', ')}`,
      )
    })

    test(`onnxruntime predicts the same on ${one.name}, to 1e-6 of the largest prediction`, () => {
      for (const { own, answer } of mine()) {
        const theirs = decode(answer.onnxruntime)
        assert.equal(theirs.length, own.predictions.length)
        // It sums leaves in float32, where a small sum of large leaves is as coarse as they are.
        const scale = own.predictions.reduce((most, value) => Math.max(most, Math.abs(value)), 1)
        for (const [k, value] of own.predictions.entries()) {
          assert.ok(Math.abs(value - theirs[k]!) <= 1e-6 * scale, `${value}, ${theirs[k]}`)
        }
      }
    })
  }
})

interface Drawn {
  readonly one: Case
  readonly train: BoostingData
  readonly fresh: BoostingData
  readonly model: BoostedTrees
  readonly predictions: Float64Array
}

/** Predictions of the fresh rows, float64 in base64. */
interface Answer {
  readonly lightgbm: string
  readonly onnxruntime: string
}

function draw(one: Case, seed: number): Drawn {
  const all = one.prepare(generateTask(one.objective, seed, one.shape))
  const half = one.shape.rows / 2
  const train = takeRows(all, 0, half)
  const fresh = takeRows(all, half, one.shape.rows)
  const parameters = { ...settings, ...one.parameters, objective: one.objective }
  const model = fit(train, parameters)
  return { one, train, fresh, model, predictions: predictTrees(model, fresh.x) }
}

function takeRows(data: BoostingData, from: number, to: number): BoostingData {
  const { columns, values } = data.x
  return {
    ...data,
    x: { rows: to - from, columns, values: values.slice(from * columns, to * columns) },
    y: data.y.slice(from, to),
    weights: data.weights?.slice(from, to),
  }
}

/** 1 − AUC, log loss, root mean squared error, pinball loss, or Poisson's deviance: less is better. */
function lossOf({ one, fresh, model }: Drawn, predictions: Float64Array): number {
  const { y } = fresh
  const mean = (of: (row: number) => number): number =>
    y.reduce((sum, _, row) => sum + of(row), 0) / y.length
  const classes = model.baseScores.length
  switch (one.objective) {
    case 'binary':
      return 1 - rocAucScore(y, predictions)
    case 'multiclass':
      return mean((row) => -log(predictions[row * classes + y[row]!]!))
    case 'regression':
      return Math.sqrt(mean((row) => (y[row]! - predictions[row]!) ** 2))
    case 'quantile': {
      const share = one.parameters.quantile ?? defaultBoostingParameters.quantile
      return mean((row) => {
        const missed = y[row]! - predictions[row]!
        return Math.max(share * missed, (share - 1) * missed)
      })
    }
    case 'poisson':
      return mean((row) => {
        const [count, rate] = [y[row]!, predictions[row]!]
        return 2 * (rate - count + (count > 0 ? count * log(count / rate) : 0))
      })
  }
}

const program = `
import base64, json, sys, warnings
import lightgbm, numpy as np, onnxruntime
warnings.simplefilter('ignore')
given = json.load(sys.stdin)
numbers = lambda text, kind='<f8': np.frombuffer(base64.b64decode(text), dtype=kind)
text = lambda values: base64.b64encode(np.asarray(values, dtype='<f8').tobytes()).decode()
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
answers = []
for one in given:
    p, columns = one['parameters'], one['columns']
    train, fresh = (numbers(one[k], '<f4').reshape(-1, columns) for k in ('train', 'fresh'))
    weight = None if one['weights'] is None else numbers(one['weights'])
    data = lightgbm.Dataset(train.astype(np.float64), numbers(one['target']), weight=weight,
                            categorical_feature=one['categorical'])
    model = lightgbm.train({
        'objective': one['objective'], 'num_class': one['classes'], 'alpha': p['quantile'],
        'verbose': -1, 'num_threads': 1, 'deterministic': True,
        'learning_rate': p['learningRate'], 'num_leaves': p['maxLeaves'],
        'min_data_in_leaf': p['minRowsPerLeaf'], 'max_bin': p['maxBins'], 'lambda_l1': p['l1'], 'lambda_l2': p['l2'],
        'min_gain_to_split': p['minGain'], 'min_sum_hessian_in_leaf': p['minHessianPerLeaf'],
        'cat_smooth': p['categorySmoothing'], 'cat_l2': p['categoryL2'], 'max_cat_threshold': p['maxCategories'],
        'min_data_per_group': p['minRowsPerCategory'], 'max_cat_to_onehot': p['maxOneHotCategories'],
        **({} if one['monotone'] is None else {'monotone_constraints': one['monotone']}),
    }, data, p['rounds'])
    session = onnxruntime.InferenceSession(base64.b64decode(one['onnx']), options)
    answers.append({
        'lightgbm': text(model.predict(fresh.astype(np.float64), num_threads=1)),
        'onnxruntime': text(session.run(None, {'input': fresh})[0]),
    })
print(json.dumps(answers))`

function askPython(drawn: readonly Drawn[]): readonly Answer[] {
  const given = drawn.map(({ one, train, fresh, model }) => ({
    objective: one.objective,
    classes: model.baseScores.length,
    parameters: { ...defaultBoostingParameters, ...settings, ...one.parameters },
    columns: train.x.columns,
    train: encode(train.x.values),
    target: encode(train.y),
    weights: train.weights === undefined ? null : encode(train.weights),
    categorical: [...train.categorical.keys()].filter((column) => train.categorical[column]),
    monotone: train.monotone ?? null,
    fresh: encode(fresh.x.values),
    onnx: encode(encodeModel(exportBoosting(model, train.x.columns))),
  }))
  const output = execFileSync(peer.python, ['-c', program], {
    input: JSON.stringify(given),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return JSON.parse(output) as readonly Answer[]
}

function encode({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}

function decode(text: string): Float64Array {
  return new Float64Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer)
}
