/** Metrics against scikit-learn, on generated rows. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import {
  accuracyScore,
  averagePrecisionScore,
  brierScoreLoss,
  calibrationCurve,
  logLoss,
  precisionRecallCurve,
  rocAucScore,
  rocCurve,
} from '../../src/training/metrics/index.ts'
import { assertClose } from '../assert-close.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'sklearn')

describe('scikit-learn', { skip: peer.skip }, () => {
  for (const [name, steps] of [
    ['with many ties', 20],
    ['with hardly a tie', 1e9],
  ] as const) {
    test(`has the same metrics on probabilities ${name}`, () => {
      const { target, probability } = drawPredictions(1009, steps)
      const theirs = askPython<PeerMetrics>(metricsProgram, { target, probability })
      const roc = rocCurve(target, probability)
      const precisionRecall = precisionRecallCurve(target, probability)
      const uniform = calibrationCurve(target, probability, { bins: 10 })
      const quantile = calibrationCurve(target, probability, { bins: 10, strategy: 'quantile' })
      assertAllClose(theirs.single, [
        rocAucScore(target, probability),
        averagePrecisionScore(target, probability),
        logLoss(target, probability),
        brierScoreLoss(target, probability),
        accuracyScore(target, probability),
      ])
      assertAllClose(theirs.roc.flat(), [
        ...roc.falsePositiveRate,
        ...roc.truePositiveRate,
        ...roc.thresholds.slice(1),
      ])
      assertAllClose(theirs.precisionRecall.flat(), [
        ...precisionRecall.precision,
        ...precisionRecall.recall,
        ...precisionRecall.thresholds,
      ])
      for (const [curve, expected] of [
        [uniform, theirs.uniform],
        [quantile, theirs.quantile],
      ] as const) {
        const shares = curve.map((bin) => bin.observedShare)
        assertAllClose(expected.flat(), [...shares, ...curve.map((bin) => bin.meanProbability)])
      }
    })
  }

  test('clips probabilities of 0 and 1 the same way', () => {
    const target = [0, 1, 1, 0]
    const probability = [1, 0, 1, 0]
    const { single } = askPython<PeerMetrics>(metricsProgram, { target, probability })
    assertClose(logLoss(target, probability), single[2]!, 1e-9)
  })
})

interface PeerMetrics {
  readonly single: number[]
  readonly roc: number[][]
  readonly precisionRecall: number[][]
  readonly uniform: number[][]
  readonly quantile: number[][]
}

const metricsProgram = `
from sklearn import metrics as m
from sklearn.calibration import calibration_curve
y, p = np.array(given['target']), np.array(given['probability'])
roc = m.roc_curve(y, p)
answer = {
    'single': [m.roc_auc_score(y, p), m.average_precision_score(y, p), m.log_loss(y, p),
               m.brier_score_loss(y, p), m.accuracy_score(y, p >= 0.5)],
    'roc': [roc[0].tolist(), roc[1].tolist(), roc[2][1:].tolist()],
    'precisionRecall': [a.tolist() for a in m.precision_recall_curve(y, p)],
    'uniform': [a.tolist() for a in calibration_curve(y, p, n_bins=10)],
    'quantile': [a.tolist() for a in calibration_curve(y, p, n_bins=10, strategy='quantile')],
}`

/** Runs a program that reads `given` and sets `answer`; a missing number travels as null. */
function askPython<T>(program: string, given: unknown): T {
  const code = `import json, sys, warnings\nimport numpy as np\nwarnings.simplefilter('ignore')
given = json.load(sys.stdin)\n${program}\nprint(json.dumps(answer))`
  const output = execFileSync(peer.python, ['-c', code], {
    input: JSON.stringify(given),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return JSON.parse(output) as T
}

/** Targets drawn with the probabilities predicted, which are rounded to 1 / steps. */
function drawPredictions(rows: number, steps: number): { target: number[]; probability: number[] } {
  const random = createRandom(41)
  const probability = Array.from(
    { length: rows },
    () => Math.round(random.next() ** 2 * steps) / steps,
  )
  return { probability, target: probability.map((p) => Number(random.next() < p)) }
}

function assertAllClose(
  expected: readonly number[],
  actual: readonly number[],
  relative = 1e-9,
): void {
  assert.equal(actual.length, expected.length)
  for (const [i, value] of actual.entries()) assertClose(value, expected[i]!, relative)
}
