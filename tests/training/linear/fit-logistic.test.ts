import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import { log, sigmoid } from '../../../src/math/index.ts'
import {
  fitLogistic,
  scoreLogistic,
  type Design,
  type LinearFit,
  type LinearProgress,
} from '../../../src/training/linear/index.ts'
import { assertClose } from '../../assert-close.ts'
import { assertFails } from '../assert-fails.ts'

describe('fitLogistic', () => {
  test('meets the log odds of a two-by-two table, worked by hand', () => {
    // x = 0: 1 of 4 positive, log odds ln(1/3); x = 1: 3 of 4 positive, log odds ln 3.
    // So the intercept is -ln 3 and the coefficient ln 3 − (−ln 3) = 2 ln 3.
    const design = column(0, 0, 0, 0, 1, 1, 1, 1)
    const fit = fitLogistic(design, Float64Array.of(1, 0, 0, 0, 1, 1, 1, 0), { l2: 0 })
    assertClose(fit.intercept, -log(3))
    assertClose(fit.coefficients[0]!, 2 * log(3))
    assert.ok(fit.converged)
  })

  test('does not penalise the intercept', () => {
    // Without a slope worth having, the intercept is the log odds of 3 in 4, whatever l2 is.
    const fit = fitLogistic(column(0, 0, 0, 0), Float64Array.of(1, 1, 1, 0), { l2: 1e6 })
    assertClose(fit.intercept, log(3))
    assert.equal(fit.coefficients[0], 0)
  })

  test('leaves a penalised objective flat in every direction', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.01, max: 100, noNaN: true }), (seed, l2) => {
        const { design, target } = randomProblem(seed, { rows: 60, columns: 4 })
        const fit = fitLogistic(design, target, { l2 })
        const residuals = scoreLogistic(fit, design).map((score, i) => sigmoid(score) - target[i]!)
        assertClose(sum(residuals), 0, 1e-7)
        for (let c = 0; c < design.columns; c++) {
          const slope = sum(residuals.map((r, row) => r * design.values[row * design.columns + c]!))
          assertClose(slope + l2 * fit.coefficients[c]!, 0, 1e-7)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('moves to the other side when the target is turned around', () => {
    const { design, target } = randomProblem(3, { rows: 80, columns: 3 })
    const fit = fitLogistic(design, target)
    const turned = fitLogistic(
      design,
      target.map((y) => 1 - y),
    )
    assertClose(turned.intercept, -fit.intercept, 1e-9)
    for (const [i, value] of fit.coefficients.entries()) {
      assertClose(turned.coefficients[i]!, -value, 1e-9)
    }
  })

  test('converges on columns in raw units, a million apart', () => {
    const { design, target } = randomProblem(5, { rows: 500, columns: 3 })
    const scale = [1e6, 1, 1e-3]
    const values = design.values.map((value, i) => value * scale[i % 3]!)
    const plain = fitLogistic(design, target, { l2: 0 })
    const raw = fitLogistic({ ...design, values }, target, { l2: 0 })
    assert.ok(raw.converged)
    for (const [i, value] of plain.coefficients.entries()) {
      assertClose(raw.coefficients[i]! * scale[i]!, value, 1e-6)
    }
  })

  test('reaches the same predictions when columns repeat each other and nothing is penalised', () => {
    const { design, target } = randomProblem(7, { rows: 200, columns: 2 })
    const once = scoreLogistic(fitLogistic(design, target, { l2: 0 }), design)
    const twice = doubleColumns(design)
    const fit = fitLogistic(twice, target, { l2: 0 })
    assert.ok(fit.coefficients.every(Number.isFinite))
    for (const [row, score] of scoreLogistic(fit, twice).entries()) {
      assertClose(score, once[row]!, 1e-6)
    }
  })

  test('stays finite on classes that can be separated', () => {
    for (const l2 of [0, 1e-6, 1]) {
      const design = column(1, 2, 3, 4)
      const fit = fitLogistic(design, Float64Array.of(0, 0, 1, 1), { l2 })
      assert.ok(Number.isFinite(fit.intercept) && Number.isFinite(fit.coefficients[0]), `l2 ${l2}`)
      assert.ok(fit.coefficients[0]! > 0)
    }
  })

  test('fits the intercept alone when there are no columns', () => {
    const design = { rows: 4, columns: 0, values: new Float64Array(0) }
    const fit = fitLogistic(design, Float64Array.of(1, 1, 1, 0))
    assertClose(fit.intercept, log(3))
  })

  test('does not end above where it was, on huge columns that hardly differ', () => {
    // The last step, which promised less than rounding, was once taken unseen, and the objective went from 0 to 99.
    const random = createRandom(10)
    const values = Float64Array.from({ length: 25 }, () => 1e8 * random.next())
    for (let row = 0; row < 5; row++)
      for (const c of [1, 3]) values[5 * row + c] = values[5 * row + c - 1]!
    const objectives: number[] = []
    const fit = fitLogistic({ rows: 5, columns: 5, values }, Float64Array.of(0, 1, 0, 1, 0), {
      l2: 1e-6,
      onIteration: ({ objective }) => objectives.push(objective),
    })
    assert.ok(fit.converged)
    assert.ok(objectives.at(-1)! < 1e-9)
  })

  test('fits a column whose unit makes it tiny', () => {
    const [plain, tiny] = [1, 1e-12].map((unit) => {
      const design = column(...[0.4, 1, 2, 3, 3.5, 4].map((value) => unit * value))
      return fitLogistic(design, Float64Array.of(0, 0, 1, 0, 1, 1), { l2: 0 }).coefficients[0]!
    })
    assertClose(1e-12 * tiny!, plain!, 1e-8)
  })

  test('reports a falling objective', () => {
    const { design, target } = randomProblem(9, { rows: 300, columns: 5 })
    const seen: LinearProgress[] = []
    const { iterations } = fitLogistic(design, target, { onIteration: (p) => seen.push(p) })
    assert.deepEqual(
      seen.map((p) => p.iteration),
      Array.from({ length: iterations }, (_, i) => i + 1),
    )
    for (let i = 1; i < seen.length; i++) {
      assert.ok(seen[i]!.objective <= seen[i - 1]!.objective * (1 + 1e-14))
    }
  })

  test('says when it was cut short', () => {
    const { design, target } = randomProblem(9, { rows: 300, columns: 5 })
    const { iterations, converged } = fitLogistic(design, target, { maxIterations: 1 })
    assert.deepEqual({ iterations, converged }, { iterations: 1, converged: false })
  })

  test('gives the same bytes each time', () => {
    const { design, target } = randomProblem(11, { rows: 300, columns: 5 })
    const hash = (): string =>
      createHash('sha256').update(fitLogistic(design, target).coefficients).digest('hex')
    assert.equal(hash(), hash())
  })

  test('stops when a callback aborts it', () => {
    const { design, target } = randomProblem(9, { rows: 300, columns: 5 })
    const stop = new AbortController()
    const options = { signal: stop.signal, onIteration: () => stop.abort() }
    assertFails(() => fitLogistic(design, target, options), 'INTERRUPTED', /stopped/)
  })
})

describe('fitLogistic refuses', () => {
  const target = Float64Array.of(0, 1)

  test('cells that are not finite, naming the place', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const design = { rows: 2, columns: 2, values: Float64Array.of(0, 1, 2, bad) }
      const message = `row 1, column 1 of the design is ${bad}, expected a finite number`
      assertFails(() => fitLogistic(design, target), 'TRAINING_INVALID', message)
    }
  })

  test('a single class, no rows, and a target that is neither 0 nor 1', () => {
    assertFails(() => fitTo(1, 1, 1), 'TRAINING_INVALID', /all 3 rows are of class 1/)
    assertFails(() => fitTo(0), 'TRAINING_INVALID', /all 1 rows are of class 0/)
    assertFails(() => fitTo(), 'TRAINING_INVALID', /no rows/)
    assertFails(() => fitTo(0, 1, 2), 'TRAINING_INVALID', /row 2: the target is 2/)
  })

  test('shapes that disagree', () => {
    const design = { rows: 2, columns: 2, values: new Float64Array(3) }
    assertFails(
      () => fitLogistic(design, target),
      'SHAPE_MISMATCH',
      /3 values, expected 2 rows of 2/,
    )
    assertFails(
      () => fitLogistic(column(1, 2, 3), target),
      'SHAPE_MISMATCH',
      /3 rows, the target 2/,
    )
    const fit = fitLogistic(column(1, 2), target)
    assertFails(
      () => scoreLogistic(fit, { ...design, values: new Float64Array(4) }),
      'SHAPE_MISMATCH',
      /2 columns/,
    )
  })

  test('bad options, all at once', () => {
    const options = { l2: -1, maxIterations: 0, tolerance: NaN }
    assertFails(
      () => fitLogistic(column(1, 2), target, options),
      'TRAINING_INVALID',
      /'l2' is -1.*'maxIterations' is 0.*'tolerance' is NaN/,
    )
  })

  test('values so large that their squares overflow', () => {
    assertFails(() => fitLogistic(column(1e200, -1e200), target), 'TRAINING_INVALID', /too large/)
  })
})

function column(...values: number[]): Design {
  return { rows: values.length, columns: 1, values: Float64Array.from(values) }
}

function randomProblem(
  seed: number,
  { rows, columns }: { rows: number; columns: number },
): { design: Design; target: Float64Array } {
  const random = createRandom(seed)
  const values = Float64Array.from({ length: rows * columns }, () => 2 * random.next() - 1)
  // Rows 0 and 1 make sure of both classes; the first column decides half the others.
  const target = Float64Array.from({ length: rows }, (_, row) =>
    row < 2 ? row : Number(random.next() + 0.5 * values[row * columns]! > 0.5),
  )
  return { design: { rows, columns, values }, target }
}

/** Fits the values to themselves. */
function fitTo(...values: number[]): LinearFit {
  return fitLogistic(column(...values), Float64Array.from(values))
}

function doubleColumns({ rows, columns, values }: Design): Design {
  const doubled = Float64Array.from(
    { length: rows * columns * 2 },
    (_, i) => values[Math.floor(i / (2 * columns)) * columns + (i % columns)]!,
  )
  return { rows, columns: 2 * columns, values: doubled }
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0)
}
