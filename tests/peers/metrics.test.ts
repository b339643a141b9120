/** Metrics against scikit-learn and scipy, all cases in one Python process. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { before, describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { prepareClassAverages } from '../../src/training/metrics/class-averages.ts'
import * as metrics from '../../src/training/metrics/index.ts'
import { assertClose } from '../assert-close.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'sklearn')

interface Case {
  readonly target: number[]
  readonly probability: number[]
  readonly weights: number[]
  /** Quantities with their predictions. */
  readonly y: number[]
  readonly guess: number[]
  /** Classes 0 to 3 with a row of probabilities each. */
  readonly label: number[]
  readonly classes: number[][]
}

const cases: Record<string, Case> = {
  'many ties': drawCase(701, 20),
  'hardly a tie': drawCase(1009, 1e9),
  'few rows': drawCase(12, 4),
}

describe('scikit-learn', { skip: peer.skip }, () => {
  let theirs: Record<string, Record<string, number>> = {}
  before(() => {
    theirs = JSON.parse(
      execFileSync(peer.python, ['-c', program], {
        input: JSON.stringify(cases),
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
      }),
    ) as typeof theirs
  })

  for (const [name, drawn] of Object.entries(cases)) {
    for (const weighted of [false, true]) {
      test(`has the same metrics on ${name}${weighted ? ', weighted' : ''}`, () => {
        const ours = measure(drawn, weighted ? drawn.weights : undefined)
        const expected = theirs[`${name}${weighted ? ' weighted' : ''}`]!
        assert.deepEqual(Object.keys(ours).sort(), Object.keys(expected).sort())
        for (const [metric, value] of Object.entries(ours)) {
          assert.doesNotThrow(() => assertClose(value, expected[metric]!, 1e-9), metric)
        }
      })
    }
  }
})

function measure(drawn: Case, weights: number[] | undefined): Record<string, number> {
  const { target, probability, y, guess, label, classes } = drawn
  const at = { threshold: 0.3, weights }
  const costs = { falsePositive: 1, falseNegative: 5, weights }
  const counts = Float64Array.from(weights ?? label.map(() => 1))
  const probabilities = { rows: label.length, columns: 4, values: classes.flat() }
  return {
    roc_auc: metrics.rocAucScore(target, probability, { weights }),
    average_precision: metrics.averagePrecisionScore(target, probability, { weights }),
    log_loss: metrics.logLoss(target, probability, { weights }),
    brier: metrics.brierScoreLoss(target, probability, { weights }),
    accuracy: metrics.accuracyScore(target, probability, at),
    precision: metrics.precisionScore(target, probability, at),
    recall: metrics.recallScore(target, probability, at),
    f1: metrics.f1Score(target, probability, at),
    ks: metrics.kolmogorovSmirnovScore(target, probability, { weights }),
    ece: metrics.expectedCalibrationError(target, probability, { weights }),
    ece_quantile: metrics.expectedCalibrationError(target, probability, {
      bins: 7,
      strategy: 'quantile',
      weights,
    }),
    cost: metrics.meanCost(target, probability, { ...costs, threshold: 0.3 }),
    lowest_cost: metrics.lowestCostThreshold(target, probability, costs).cost,
    threshold: metrics.lowestCostThreshold(target, probability, costs).threshold,
    rmse: metrics.rootMeanSquaredError(y, guess, { weights }),
    mae: metrics.meanAbsoluteError(y, guess, { weights }),
    mape: metrics.meanAbsolutePercentageError(y, guess, { weights }),
    r2: metrics.r2Score(y, guess, { weights }),
    pinball: metrics.meanPinballLoss(y, guess, { alpha: 0.9, weights }),
    poisson: metrics.meanPoissonDeviance(
      label,
      probability.map((p) => p + 0.01),
      { weights },
    ),
    multiclass: metrics.multiclassLogLoss(label, probabilities, { weights }),
    class_cost: metrics.meanClassCost(label, probabilities, { costs: classCosts, weights }),
    ...underClasses(prepareClassAverages(label, probabilities)(counts)),
    ...(weights === undefined && {
      scipy_ks: metrics.kolmogorovSmirnovScore(target, probability),
      lift: metrics.liftScore(target, probability, { share: 0.25 }),
    }),
  }
}

function underClasses(measured: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(measured).map(([name, value]) => [`classes: ${name}`, value]),
  )
}

/** Of calling a row of one class another. */
const classCosts = [
  [0, 1, 2, 3],
  [4, 0, 1, 1],
  [1, 2, 0, 7],
  [9, 1, 1, 0],
]

const program = `
import json, sys, warnings
import numpy as np
from sklearn import metrics as m
from scipy.stats import ks_2samp
warnings.simplefilter('ignore')

def calibration_error(y, p, w, edges):
    bins = np.searchsorted(edges, p)
    total = sum(abs(np.average(y[bins == b], weights=w[bins == b]) - np.average(p[bins == b], weights=w[bins == b]))
                * w[bins == b].sum() for b in np.unique(bins) if w[bins == b].sum() > 0)
    return total / w.sum()

def lift(y, p, share):
    # The expected share of class 1 at the top over all orders of equal scores.
    wanted = share * len(y)
    found = taken = 0.0
    for score in sorted(set(p), reverse=True):
        rows = y[p == score]
        part = min(1.0, (wanted - taken) / len(rows))
        found += part * rows.sum()
        taken += part * len(rows)
        if part < 1: break
    return found / wanted / y.mean()

def measure(case, weighted):
    y, p, w = (np.array(case[k]) for k in ('target', 'probability', 'weights'))
    w = w if weighted else np.ones(len(y))
    q, guess, label, classes = (np.array(case[k]) for k in ('y', 'guess', 'label', 'classes'))
    said = p >= 0.3
    def cost(threshold):
        tn, fp, fn, tp = m.confusion_matrix(y, p >= threshold, sample_weight=w, labels=[0, 1]).ravel()
        return (fp + 5 * fn) / w.sum()
    fpr, tpr, _ = m.roc_curve(y, p, sample_weight=w, drop_intermediate=False)
    thresholds = sorted(set(p), reverse=True)
    costs = [cost(t) for t in thresholds]
    best = next(i for i, c in enumerate(costs) if c <= min(costs) + 1e-12)
    answer = {
        'roc_auc': m.roc_auc_score(y, p, sample_weight=w),
        'average_precision': m.average_precision_score(y, p, sample_weight=w),
        'log_loss': m.log_loss(y, p, sample_weight=w), 'brier': m.brier_score_loss(y, p, sample_weight=w),
        'accuracy': m.accuracy_score(y, said, sample_weight=w),
        'precision': m.precision_score(y, said, sample_weight=w), 'recall': m.recall_score(y, said, sample_weight=w),
        'f1': m.f1_score(y, said, sample_weight=w), 'ks': np.abs(tpr - fpr).max(),
        'ece': calibration_error(y, p, w, np.linspace(0, 1, 11)[1:-1]),
        'ece_quantile': calibration_error(y, p, w, np.percentile(p, np.linspace(0, 1, 8) * 100)[1:-1]),
        'cost': cost(0.3), 'lowest_cost': costs[best], 'threshold': thresholds[best],
        'rmse': m.root_mean_squared_error(q, guess, sample_weight=w),
        'mae': m.mean_absolute_error(q, guess, sample_weight=w),
        'mape': m.mean_absolute_percentage_error(q, guess, sample_weight=w),
        'r2': m.r2_score(q, guess, sample_weight=w),
        'pinball': m.mean_pinball_loss(q, guess, alpha=0.9, sample_weight=w),
        'poisson': m.mean_poisson_deviance(label, p + 0.01, sample_weight=w),
        'multiclass': m.log_loss(label, classes, sample_weight=w, labels=[0, 1, 2, 3]),
    }
    called = classes.argmax(1)
    costs = np.array(${JSON.stringify(classCosts)})
    answer['class_cost'] = np.average(costs[label, (classes @ costs).argmin(1)], weights=w)
    right = m.accuracy_score(label, called, sample_weight=w)
    found = {
        'log_loss': m.log_loss(label, classes, sample_weight=w), 'accuracy': right,
        'balanced_accuracy': m.balanced_accuracy_score(label, called, sample_weight=w),
        'roc_auc_ovr': m.roc_auc_score(label, classes, multi_class='ovr', sample_weight=w),
    }
    for average in ('weighted', 'micro'):
        found['roc_auc_ovr_' + average] = m.roc_auc_score(label, classes, multi_class='ovr', average=average, sample_weight=w)
    for name in ('precision', 'recall', 'f1'):
        score = getattr(m, name + '_score')
        for average in ('macro', 'weighted', 'micro'):
            found[name + '_' + average] = score(label, called, average=average, sample_weight=w)
        for k, value in enumerate(score(label, called, average=None, labels=[0, 1, 2, 3], sample_weight=w)):
            found[f'{name} of {k}'] = value
    # What all averages over rows are, and weighted recall with them, is told once.
    for name in ('precision_micro', 'recall_micro', 'f1_micro', 'recall_weighted'):
        assert abs(found.pop(name) - right) < 1e-12
    for k in range(4):
        found[f'roc_auc of {k}'] = m.roc_auc_score(label == k, classes[:, k], sample_weight=w)
    answer.update({'classes: ' + name: value for name, value in found.items()})
    if not weighted:
        answer['scipy_ks'] = ks_2samp(p[y == 1], p[y == 0]).statistic
        answer['lift'] = lift(y, p, 0.25)
    return {k: float(v) for k, v in answer.items()}

given = json.load(sys.stdin)
answer = {}
for name, case in given.items():
    answer[name] = measure(case, False)
    answer[name + ' weighted'] = measure(case, True)
print(json.dumps(answer))`

/** Targets drawn with the probabilities predicted, which are rounded to 1 / steps. */
function drawCase(rows: number, steps: number): Case {
  const random = createRandom(rows)
  const draw = <T>(make: () => T): T[] => Array.from({ length: rows }, make)
  const probability = draw(() => Math.round(random.next() ** 2 * steps) / steps)
  const y = draw(() => 10 * random.next() - 3)
  return {
    probability,
    target: probability.map((p, row) => (row < 2 ? row : Number(random.next() < p))),
    weights: draw(() => Math.max(0.1, Math.round(30 * random.next()) / 10)),
    y,
    guess: y.map((value) => value + random.next() - 0.5),
    label: draw(() => random.nextInteger(4)),
    classes: draw(() => {
      const parts = [1, 2, 3, 4].map(() => random.next())
      const sum = parts.reduce((total, part) => total + part, 0)
      return parts.map((part) => part / sum)
    }),
  }
}
