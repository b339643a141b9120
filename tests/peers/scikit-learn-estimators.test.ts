/** Linear models, calibration and folds against scikit-learn, their graphs against onnxruntime: one Python process. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { before, describe, test } from 'node:test'
import type { Matrix } from '../../src/core/matrix.ts'
import { createRandom } from '../../src/core/random.ts'
import type { Feature } from '../../src/data/features.ts'
import { sigmoid } from '../../src/math/index.ts'
import { compileModel, encodeModel, type OnnxModel } from '../../src/model/index.ts'
import {
  applyCalibration,
  applyClassCalibration,
  fitIsotonic,
  fitOneVsRest,
  fitPlatt,
  fitTemperature,
} from '../../src/training/calibration/index.ts'
import { fitLinear, fitLogistic, type LinearFit } from '../../src/training/linear/index.ts'
import {
  groupKFold,
  kFold,
  type Split,
  stratifiedKFold,
  timeSeriesSplit,
} from '../../src/training/splitting/index.ts'
import { trainModel, type ModelConfig } from '../../src/training/train.ts'
import { assertClose } from '../assert-close.ts'
import { generateQuantities } from '../training/linear/generated.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'onnxruntime')

const penalties = [
  { l1: 0, l2: 0.1 },
  { l1: 0, l2: 50 },
  { l1: 4, l2: 0 },
  { l1: 2, l2: 6 },
] as const
const { design, target, weights } = generateQuantities(17, {
  rows: 400,
  columns: 12,
  zeroShare: 0.3,
})
const classes = target.map((y) => Number(y > 5.5))

/** Scores with many ties and with none, and targets drawn by them; weights of 0 too. */
const scored = [20, 1e9].map((steps) => {
  const random = createRandom(steps)
  const scores = Array.from(
    { length: 500 },
    () => (Math.round(random.next() * steps) / steps) * 6 - 3,
  )
  return {
    scores,
    target: scores.map((score) => Number(random.next() < sigmoid(2 * score - 0.5))),
    weights: scores.map(() => random.nextInteger(3)),
    grid: Array.from({ length: 101 }, (_, i) => i * 0.08 - 4),
  }
})

/** Scores of three classes, and classes drawn by the softmax of half of each; weights of 0 too. */
const classScored = drawClasses()

const labels = [...classes].map((label, row) => (row % 17 === 0 ? 2 : label))
/** Group g has 2g + 1 rows: no two groups are of one size. */
const groups = Array.from({ length: 12 }, (_, g) =>
  Array.from({ length: 2 * g + 1 }, () => g),
).flat()

const graphs: Readonly<Record<string, ModelConfig>> = {
  'standardized logistic': { kind: 'logistic', l2: 1, maxIterations: 50 },
  'binned logistic': { kind: 'logistic', l2: 1, maxIterations: 50, numbers: 'binned', bins: 7 },
  'elastic net': { kind: 'linear', l1: 1, l2: 1, maxIterations: 50 },
  'binned ridge': { kind: 'linear', l2: 1, maxIterations: 50, numbers: 'binned' },
  "logistic by Platt's method": {
    kind: 'logistic',
    l2: 1,
    maxIterations: 50,
    calibration: 'platt',
  },
  'isotonic logistic': { kind: 'logistic', l2: 1, maxIterations: 50, calibration: 'isotonic' },
  ...Object.fromEntries(
    (['temperature', 'platt', 'isotonic'] as const).map((calibration) => [
      `${calibration} of classes`,
      { kind: 'logistic', classes: 3, l2: 1, maxIterations: 50, calibration },
    ]),
  ),
}
const table = drawTable(600)
const models: Readonly<Record<string, OnnxModel>> = Object.fromEntries(
  Object.entries(graphs).map(([name, config]) => [
    name,
    trainModel(config, table.features, {
      x: table.x,
      y:
        config.kind === 'linear'
          ? table.quantity
          : 'classes' in config
            ? table.quantity.map((value) => (value < 3 ? 0 : value < 5 ? 1 : 2))
            : table.label,
    }),
  ]),
)

interface Answer {
  readonly linear: Readonly<Record<string, readonly number[]>>
  readonly calibration: readonly Readonly<Record<'platt' | 'isotonic', readonly number[]>>[]
  readonly classes: Readonly<Record<'sigmoid' | 'isotonic' | 'temperature', readonly number[]>>
  readonly splits: Readonly<Record<string, readonly (readonly [number[], number[]])[]>>
  readonly graphs: Readonly<Record<string, readonly number[]>>
}

describe('scikit-learn', { skip: peer.skip }, () => {
  let theirs: Answer
  before(() => {
    theirs = askPython()
  })

  for (const [i, penalty] of penalties.entries()) {
    for (const isWeighted of [false, true]) {
      const options = { ...penalty, ...(isWeighted && { weights }) }
      const name = `l1 ${penalty.l1}, l2 ${penalty.l2}${isWeighted ? ', weighted' : ''}`
      test(`has the coefficients of our regression with ${name}`, () => {
        assertSame(fitLinear(design, target, options), theirs.linear[`linear ${i} ${isWeighted}`]!)
      })
      test(`has the coefficients of our classification with ${name}`, () => {
        assertSame(
          fitLogistic(design, classes, options),
          theirs.linear[`logistic ${i} ${isWeighted}`]!,
        )
      })
    }
  }

  for (const [i, { scores, target: y, weights: v, grid }] of scored.entries()) {
    test(`has our isotonic curve, ${i === 0 ? 'with many ties' : 'without ties'}`, () => {
      const fit = fitIsotonic(scores, y, { weights: v })
      assertAllClose(applyCalibration(fit, grid), theirs.calibration[i]!.isotonic, 1e-12)
    })

    test(`has our curve by Platt's method, ${i === 0 ? 'with many ties' : 'without ties'}`, () => {
      const fit = fitPlatt(scores, y, { weights: v })
      assertAllClose(applyCalibration(fit, grid), theirs.calibration[i]!.platt, 1e-6)
    })
  }

  test('has our calibrations of classes: CalibratedClassifierCV', () => {
    const { scores, target: y, weights: v, grid } = classScored
    const fits = {
      sigmoid: fitOneVsRest('platt', scores, y, { weights: v }),
      isotonic: fitOneVsRest('isotonic', scores, y, { weights: v }),
      temperature: fitTemperature(scores, y, { weights: v }),
    }
    for (const method of ['sigmoid', 'isotonic', 'temperature'] as const) {
      const ours = applyClassCalibration(fits[method], grid)
      assertAllClose(ours, theirs.classes[method], 1e-6)
    }
  })

  test('parts rows into the same folds', () => {
    const times = [...classes.keys()]
    const ours: Record<string, readonly Split[]> = {
      plain: kFold(403),
      stratified: stratifiedKFold(labels, { folds: 4 }),
      grouped: groupKFold(groups, { folds: 4 }),
      timed: timeSeriesSplit(times, { folds: 3 }),
      limited: timeSeriesSplit(times, { folds: 3, testSize: 20, gap: 5, maxTrainSize: 40 }),
    }
    const lists = (splits: readonly Split[]) =>
      splits.map(({ train, test: held }) => [Array.from(train), Array.from(held)])
    for (const [name, splits] of Object.entries(ours)) {
      assert.deepEqual(lists(splits), theirs.splits[name], name)
    }
  })

  for (const name of Object.keys(graphs)) {
    test(`onnxruntime predicts as we do: ${name}`, () => {
      // An isotonic curve is steep between rows that lie close: there a last bit is seen.
      const relative = name.startsWith('isotonic') ? 1e-4 : 1e-6
      assertAllClose(compileModel(models[name]!)(table.fresh), theirs.graphs[name]!, relative)
    })
  }
})

/** Coefficients, then the intercept. */
function assertSame({ coefficients, intercept }: LinearFit, expected: readonly number[]): void {
  assertAllClose([...coefficients, intercept], expected, 1e-5)
}

function assertAllClose(
  actual: ArrayLike<number>,
  expected: readonly number[],
  relative: number,
): void {
  assert.equal(actual.length, expected.length)
  for (const [i, value] of expected.entries()) assertClose(actual[i]!, value, relative)
}

function askPython(): Answer {
  const given = {
    x: rowsOf(design),
    y: [...target],
    classes: [...classes],
    weights: [...weights],
    penalties,
    scored,
    classScored: {
      ...classScored,
      scores: rowsOf(classScored.scores),
      grid: rowsOf(classScored.grid),
    },
    labels,
    groups,
    graphs: Object.fromEntries(
      Object.entries(models).map(([name, model]) => [
        name,
        Buffer.from(encodeModel(model)).toString('base64'),
      ]),
    ),
    // A missing cell travels as null.
    fresh: rowsOf(table.fresh),
  }
  const output = execFileSync(peer.python, ['-c', program], {
    input: JSON.stringify(given),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  return JSON.parse(output) as Answer
}

function rowsOf(matrix: {
  rows: number
  columns: number
  values: Float64Array | Float32Array
}): number[][] {
  const { rows, columns, values } = matrix
  return Array.from({ length: rows }, (_, row) =>
    Array.from(values.subarray(row * columns, (row + 1) * columns)),
  )
}

function drawClasses() {
  const random = createRandom(8)
  const draw = (rows: number) => ({
    rows,
    columns: 3,
    values: Float64Array.from({ length: 3 * rows }, () => 8 * random.next() - 4),
  })
  const scores = draw(500)
  const y = Array.from({ length: 500 }, (_, row) => {
    const powers = [0, 1, 2].map((k) => Math.exp(scores.values[3 * row + k]! / 2))
    let left = random.next() * powers.reduce((a, b) => a + b)
    return Math.max(
      0,
      powers.findIndex((power) => (left -= power) < 0),
    )
  })
  return { scores, target: y, weights: y.map(() => random.nextInteger(3)), grid: draw(50) }
}

/** Numbers of all encodings and a category, missing and never seen ones among the fresh rows. */
function drawTable(rows: number) {
  const features: readonly Feature[] = [
    { name: 'age', field: { type: 'number', nullable: true }, encoding: 'standardize' },
    { name: 'debt', field: { type: 'number', min: 0 }, encoding: 'log1p' },
    { name: 'late', field: { type: 'boolean' }, encoding: 'as-is' },
    { name: 'town', field: { type: 'category', levels: [0, 3, 8] }, encoding: 'one-hot' },
  ]
  const random = createRandom(5)
  const draw = (levels: readonly number[]): Matrix => ({
    rows,
    columns: features.length,
    values: Float32Array.from(
      Array.from({ length: rows }, () => [
        random.next() < 0.1 ? NaN : random.next() * 50,
        random.next() * 1000,
        random.nextInteger(2),
        levels[random.nextInteger(levels.length)]!,
      ]).flat(),
    ),
  })
  const x = draw([0, 3, 8])
  const cell = (row: number, column: number): number => x.values[row * 4 + column]!
  const quantity = Float64Array.from(
    { length: rows },
    (_, row) => (cell(row, 0) || 20) / 10 + cell(row, 1) / 400 + cell(row, 2) + random.next(),
  )
  const label = quantity.map((value) => Number(random.next() < sigmoid(value - 4.5)))
  return { features, x, quantity, label, fresh: draw([0, 3, 8, 99]) }
}

const program = `
import base64, json, sys, warnings
import numpy as np
import onnxruntime
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV, _SigmoidCalibration
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit
warnings.simplefilter('ignore')
given = json.load(sys.stdin)
x, y, classes, weights = (np.array(given[k]) for k in ('x', 'y', 'classes', 'weights'))

def fit_linear(l1, l2, weighted):
    v = weights if weighted else np.ones(len(y))
    if l1 == 0:
        linear = Ridge(alpha=l2, solver='cholesky')
        logistic = LogisticRegression(C=1 / l2, solver='newton-cholesky', tol=1e-10, max_iter=500)
    else:
        linear = ElasticNet(alpha=(l1 + l2) / v.sum(), l1_ratio=l1 / (l1 + l2), tol=1e-12, max_iter=100000)
        logistic = LogisticRegression(C=1 / (l1 + l2), l1_ratio=l1 / (l1 + l2), solver='saga', penalty='elasticnet',
                                      tol=1e-9, max_iter=20000, random_state=0)
    for name, model, target in (('linear', linear, y), ('logistic', logistic, classes)):
        model.fit(x, target, sample_weight=v)
        yield name, [*np.ravel(model.coef_), float(np.ravel(model.intercept_)[0])]

linear = {f'{name} {i} {str(weighted).lower()}': found
          for i, p in enumerate(given['penalties']) for weighted in (False, True)
          for name, found in fit_linear(p['l1'], p['l2'], weighted)}

def calibrate(case):
    scores, target, v, grid = (np.array(case[k], dtype=float) for k in ('scores', 'target', 'weights', 'grid'))
    isotonic = IsotonicRegression(out_of_bounds='clip').fit(scores, target, sample_weight=v)
    platt = _SigmoidCalibration().fit(scores, target, sample_weight=v)
    return {'isotonic': isotonic.predict(grid).tolist(), 'platt': platt.predict(grid).tolist()}

class Scores(ClassifierMixin, BaseEstimator):
    def fit(self, x, y):
        self.classes_ = np.unique(y)
        return self
    def decision_function(self, x):
        return x
    def predict(self, x):
        return self.classes_[x.argmax(axis=1)]

def calibrate_classes(case):
    scores, target, v, grid = (np.array(case[k], dtype=float) for k in ('scores', 'target', 'weights', 'grid'))
    frozen = FrozenEstimator(Scores().fit(scores, target))
    return {method: CalibratedClassifierCV(frozen, method=method).fit(scores, target, sample_weight=v)
            .predict_proba(grid).ravel().tolist() for method in ('sigmoid', 'isotonic', 'temperature')}

def splits(splitter, rows, target=None, groups=None):
    parts = splitter.split(np.zeros((rows, 1)), target, groups)
    return [[train.tolist(), test.tolist()] for train, test in parts]

rows = len(y)
fresh = np.array(given['fresh'], dtype=np.float32)
print(json.dumps({
    'linear': linear,
    'calibration': [calibrate(case) for case in given['scored']],
    'classes': calibrate_classes(given['classScored']),
    'splits': {
        'plain': splits(KFold(5), 403),
        'stratified': splits(StratifiedKFold(4), rows, given['labels']),
        'grouped': splits(GroupKFold(4), len(given['groups']), groups=given['groups']),
        'timed': splits(TimeSeriesSplit(3), rows),
        'limited': splits(TimeSeriesSplit(3, test_size=20, gap=5, max_train_size=40), rows),
    },
    'graphs': {name: onnxruntime.InferenceSession(base64.b64decode(code)).run(None, {'input': fresh})[0].ravel().tolist()
               for name, code in given['graphs'].items()},
}))
`
