/** Linear models against scikit-learn, all cases in one Python process. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { before, describe, test } from 'node:test'
import { fitLinear, fitLogistic, type LinearFit } from '../../src/training/linear/index.ts'
import { assertClose } from '../assert-close.ts'
import { generateQuantities } from '../training/linear/generated.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'sklearn')
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

describe('scikit-learn', { skip: peer.skip }, () => {
  let theirs: Record<string, readonly number[]> = {}
  before(() => {
    const { rows, columns, values } = design
    const x = Array.from({ length: rows }, (_, row) => [
      ...values.subarray(row * columns, (row + 1) * columns),
    ])
    theirs = JSON.parse(
      execFileSync(peer.python, ['-c', program], {
        input: JSON.stringify({
          x,
          y: [...target],
          classes: [...classes],
          weights: [...weights],
          penalties,
        }),
        encoding: 'utf8',
      }),
    ) as typeof theirs
  })

  for (const [i, penalty] of penalties.entries()) {
    for (const isWeighted of [false, true]) {
      const options = { ...penalty, ...(isWeighted && { weights }) }
      const name = `l1 ${penalty.l1}, l2 ${penalty.l2}${isWeighted ? ', weighted' : ''}`
      test(`has the coefficients of our regression with ${name}`, () => {
        assertSame(fitLinear(design, target, options), theirs[`linear ${i} ${isWeighted}`]!)
      })
      test(`has the coefficients of our classification with ${name}`, () => {
        assertSame(fitLogistic(design, classes, options), theirs[`logistic ${i} ${isWeighted}`]!)
      })
    }
  }
})

/** Coefficients, then the intercept. */
function assertSame({ coefficients, intercept }: LinearFit, expected: readonly number[]): void {
  assert.equal(expected.length, coefficients.length + 1)
  for (const [i, value] of [...coefficients, intercept].entries()) {
    assertClose(value, expected[i]!, 1e-5)
  }
}

const program = `
import json, sys, warnings
import numpy as np
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge
warnings.simplefilter('ignore')
given = json.load(sys.stdin)
x, y, classes, weights = (np.array(given[k]) for k in ('x', 'y', 'classes', 'weights'))
answer = {}
for i, p in enumerate(given['penalties']):
    l1, l2 = p['l1'], p['l2']
    for weighted in (False, True):
        v = weights if weighted else np.ones(len(y))
        if l1 == 0:
            linear = Ridge(alpha=l2, solver='cholesky')
            logistic = LogisticRegression(C=1 / l2, solver='newton-cholesky', tol=1e-10, max_iter=500)
        else:
            linear = ElasticNet(alpha=(l1 + l2) / v.sum(), l1_ratio=l1 / (l1 + l2), tol=1e-12, max_iter=100000)
            logistic = LogisticRegression(C=1 / (l1 + l2), l1_ratio=l1 / (l1 + l2), solver='saga',
                                          penalty='elasticnet', tol=1e-9, max_iter=20000, random_state=0)
        for name, model, target in (('linear', linear, y), ('logistic', logistic, classes)):
            model.fit(x, target, sample_weight=v)
            answer[f'{name} {i} {str(weighted).lower()}'] = [*np.ravel(model.coef_), float(np.ravel(model.intercept_)[0])]
print(json.dumps(answer))
`
