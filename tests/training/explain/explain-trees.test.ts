import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRandom } from '../../../src/core/random.ts'
import { compileExplainer } from '../../../src/model/explain/compile-explainer.ts'
import { type BoostingData, fitBoosting, scoreTrees } from '../../../src/training/boosting/index.ts'
import { explainTrees } from '../../../src/training/explain/explain-trees.ts'
import { exportBoosting } from '../../../src/training/export-boosting.ts'
import { assertClose } from '../../assert-close.ts'
import { assertFails } from '../assert-fails.ts'
import { generateData } from '../boosting/generated.ts'

const columns = ['a', 'b', 'c', 'code']
const data = generateData(3, { rows: 1500, missingShare: 0.05 })

/** The data with a target that the objective takes. */
const targets = {
  binary: data,
  regression: withTarget((truth) => truth),
  quantile: withTarget((truth) => truth),
  poisson: withTarget((truth) => Math.max(0, Math.round(truth + 2))),
  multiclass: withTarget((truth) => (truth < -1 ? 0 : truth < 1 ? 1 : 2)),
}

describe('explainTrees', () => {
  for (const [objective, own] of Object.entries(targets) as [
    keyof typeof targets,
    BoostingData,
  ][]) {
    test(`sums to the scores: ${objective}`, () => {
      const model = fit(objective, own)
      const told = explainTrees(model, own.x, columns)
      const scores = scoreTrees(model, own.x)
      for (let row = 0; row < own.x.rows; row++) {
        for (const [output, { base, values }] of told.entries()) {
          const sum = values.subarray(row * 4, row * 4 + 4).reduce((a, b) => a + b, base)
          assertClose(sum, scores[row * told.length + output]!, 1e-9)
        }
      }
    })
  }

  for (const objective of ['binary', 'regression', 'poisson', 'multiclass'] as const) {
    test(`says what the file says: ${objective}`, () => {
      const own = targets[objective]
      const model = fit(objective, own)
      const told = explainTrees(model, own.x, columns)
      const filed = compileExplainer(exportBoosting(model, 4), { columns })(own.x)
      assert.equal(filed.length, told.length)
      for (const [k, { score, base, values }] of told.entries()) {
        assertClose(base, filed[k]!.base, 1e-6)
        values.forEach((value, i) => assertClose(filed[k]!.values[i]!, value, 1e-9))
        assert.equal(filed[k]!.score, score)
      }
    })
  }

  test('refuses other columns than those of the fit', () => {
    const model = fit('binary', data)
    const narrow = { rows: 1, columns: 1, values: Float32Array.of(1) }
    assertFails(() => explainTrees(model, narrow, ['a']), 'SHAPE_MISMATCH', /trees that need/)
    assertFails(() => explainTrees(model, data.x, ['a']), 'SHAPE_MISMATCH', /1 names/)
  })
})

function fit(objective: keyof typeof targets, own: BoostingData) {
  return fitBoosting(
    own,
    { objective, rounds: 20, maxLeaves: 8, minRowsPerLeaf: 10, featureFraction: 1 },
    { random: createRandom(1) },
  )
}

function withTarget(f: (truth: number) => number): BoostingData {
  return { ...data, y: Float64Array.from(data.truth, f) }
}
