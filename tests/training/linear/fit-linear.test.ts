import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import {
  type Design,
  fitLinear,
  fitLogistic,
  type LinearFit,
  type LinearOptions,
  scoreLinear,
} from '../../../src/training/linear/index.ts'
import { sigmoid } from '../../../src/math/index.ts'
import { assertClose } from '../../assert-close.ts'
import { assertFails } from '../assert-fails.ts'
import { generateQuantities } from './generated.ts'

const penalty = fc.constantFrom(0, 0.01, 1, 30)

describe('fitLinear', () => {
  test('shrinks a slope by the penalty, worked by hand', () => {
    // x = -1, 0, 1 and y = 2, 3, 10: mean 5, Σ x·(y − 5) = 8, Σ x² = 2.
    const design = column(-1, 0, 1)
    const target = Float64Array.of(2, 3, 10)
    const slope = (options: LinearOptions): number =>
      fitLinear(design, target, options).coefficients[0]!
    assertClose(slope({ l2: 0 }), 8 / 2)
    assertClose(slope({ l2: 2 }), 8 / (2 + 2))
    assertClose(slope({ l2: 2, l1: 6 }), (8 - 6) / (2 + 2))
    assert.equal(slope({ l2: 0, l1: 8 }), 0)
    assertClose(fitLinear(design, target, { l1: 8 }).intercept, 5)
  })

  test('leaves no slope that the l1 penalty does not hold', () => {
    fc.assert(
      fc.property(fc.integer(), penalty, penalty, fc.boolean(), (seed, l1, l2, isWeighted) => {
        const { design, target, weights } = generateQuantities(seed, {
          rows: 40,
          columns: 6,
          zeroShare: 0.4,
        })
        const fit = fitLinear(design, target, { l1, l2, ...(isWeighted && { weights }) })
        const residuals = scoreLinear(fit, design).map(
          (score, row) => (isWeighted ? weights[row]! : 1) * (score - target[row]!),
        )
        assert.ok(fit.converged)
        assertOptimal(design, residuals, { fit, l1, l2 })
      }),
      { numRuns: 60 },
    )
  })

  test('with thrice as many columns as rows, a small l1 penalty is at its minimum soon', () => {
    // One sweep between two solutions was once too few: a hundred steps did not end.
    const { design, target } = generateQuantities(1, { rows: 30, columns: 90 })
    const penalties = { l1: 0.01, l2: 0.001 }
    const fit = fitLinear(design, target, { ...penalties, maxIterations: 20 })
    const residuals = scoreLinear(fit, design).map((score, row) => score - target[row]!)
    assert.ok(fit.converged)
    assertOptimal(design, residuals, { fit, ...penalties })
  })

  test('a row of weight 2 counts as two rows, one of weight 0 as none', () => {
    for (const l1 of [0, 0.5]) {
      const { design, target, weights } = generateQuantities(4, { rows: 30, columns: 3 })
      const weighted = fitLinear(design, target, { weights, l1 })
      const { rows, values } = repeat(design, target, weights)
      const repeated = fitLinear(rows, values, { l1 })
      assertSame(weighted, repeated, 1e-9)
    }
  })

  test('finds slopes beside a value a billion times its own spread', () => {
    // As timestamps are: without centring, their squares leave nothing of the spread.
    const times = Float64Array.from({ length: 20 }, (_, i) => 1.7e12 + 1000 * i)
    const target = times.map((time) => 3 * (time - 1.7e12) + 7)
    const { coefficients } = fitLinear({ rows: 20, columns: 1, values: times }, target, { l2: 0 })
    assertClose(coefficients[0]!, 3, 1e-9)
  })

  test('with more columns than rows and no penalty, fits the rows with finite coefficients', () => {
    const { design, target } = generateQuantities(8, { rows: 10, columns: 25 })
    const fit = fitLinear(design, target, { l2: 0 })
    assert.ok(fit.coefficients.every(Number.isFinite))
    for (const [row, score] of scoreLinear(fit, design).entries()) {
      assertClose(score, target[row]!, 1e-5)
    }
  })

  test('a column that says nothing, or repeats another, does no harm', () => {
    const plain = generateQuantities(8, { rows: 50, columns: 2 })
    const values = Float64Array.from({ length: 50 * 4 }, (_, i) => {
      const row = Math.floor(i / 4)
      return [plain.design.values[2 * row]!, plain.design.values[2 * row + 1]!, 0, 4][i % 4]!
    })
    for (const options of [{ l2: 0 }, { l2: 2 }, { l2: 0, l1: 0.1 }]) {
      const fit = fitLinear({ rows: 50, columns: 4, values }, plain.target, options)
      const known = fitLinear(plain.design, plain.target, options)
      for (const c of [0, 1]) assertClose(fit.coefficients[c]!, known.coefficients[c]!, 1e-8)
      assertClose(fit.coefficients[2]!, 0, 1e-12)
    }
  })

  test('a column of one value gets no coefficient, though the mean of many misses it', () => {
    // 50 times 0.1 adds up to a little more than 5: what centring left was once taken for a column.
    const { design, target } = generateQuantities(8, { rows: 50, columns: 1 })
    const values = Float64Array.from({ length: 100 }, (_, i) =>
      i % 2 === 0 ? design.values[i / 2]! : 0.1,
    )
    const fit = fitLinear({ rows: 50, columns: 2, values }, target, { l2: 0 })
    assert.equal(fit.coefficients[1], 0)
    assertClose(fit.intercept, fitLinear(design, target, { l2: 0 }).intercept, 1e-9)
  })

  test('without a penalty, the unit of a column changes nothing of what is predicted', () => {
    const { design, target } = generateQuantities(8, { rows: 50, columns: 2 })
    const known = scoreLinear(fitLinear(design, target, { l2: 0 }), design)
    for (const unit of [1e-30, 1e-12, 1e12]) {
      const scaled = { ...design, values: design.values.map((value) => unit * value) }
      const scores = scoreLinear(fitLinear(scaled, target, { l2: 0 }), scaled)
      scores.forEach((score, row) => assertClose(score, known[row]!, 1e-8))
    }
  })

  test('gives the same bytes each time', () => {
    const { design, target } = generateQuantities(11, { rows: 300, columns: 5 })
    const fit = (): LinearFit => fitLinear(design, target, { l1: 3 })
    assert.deepEqual(fit(), fit())
  })
})

describe('fitLogistic with an l1 penalty', () => {
  test('leaves no slope that the penalty does not hold', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(0.1, 1, 5), penalty, (seed, l1, l2) => {
        const { design, target } = generateQuantities(seed, { rows: 60, columns: 6 })
        const classes = target.map((y, row) => (row < 2 ? row : Number(y > 5.5)))
        const fit = fitLogistic(design, classes, { l1, l2 })
        const residuals = scoreLinear(fit, design).map((s, row) => sigmoid(s) - classes[row]!)
        assert.ok(fit.converged)
        assertOptimal(design, residuals, { fit, l1, l2 })
      }),
      { numRuns: 60 },
    )
  })

  test('ends at a minimum on 0/1 columns that depend on each other', () => {
    // Four sets of ranges of related numbers, each of which adds up to 1, as binned numbers make them.
    const random = createRandom(6)
    const [rows, sets, ranges] = [1500, 4, 16]
    const values = new Float64Array(rows * sets * ranges)
    const classes = Float64Array.from({ length: rows }, (_, row) => {
      const common = random.next()
      for (let set = 0; set < sets; set++) {
        const noise = (0.3 * set) / sets
        const range = Math.floor(ranges * ((1 - noise) * common ** 2 + noise * random.next()))
        values[row * sets * ranges + set * ranges + range] = 1
      }
      return Number(random.next() < common)
    })
    const design = { rows, columns: sets * ranges, values }
    const fit = fitLogistic(design, classes, { l1: 0.05, l2: 0 })
    const residuals = scoreLinear(fit, design).map((s, row) => sigmoid(s) - classes[row]!)
    assert.ok(fit.converged && fit.iterations < 12, String(fit.iterations))
    assertOptimal(design, residuals, { fit, l1: 0.05, l2: 0 })
  })

  test('a row of weight 2 counts as two rows', () => {
    const { design, target, weights } = generateQuantities(4, { rows: 60, columns: 3 })
    const classes = target.map((y) => Number(y > 5.5))
    const { rows, values } = repeat(design, classes, weights)
    for (const l1 of [0, 0.5]) {
      assertSame(
        fitLogistic(design, classes, { weights, l1 }),
        fitLogistic(rows, values, { l1 }),
        1e-7,
      )
    }
  })
})

describe('fitLinear refuses', () => {
  const target = Float64Array.of(0, 1)

  test('what is wrong with options, cells and target, all at once', () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as a caller without types may
    const options = { l1: -1, l2: NaN, maxIteration: 5 } as LinearOptions
    assertFails(
      () => fitLinear(column(1, NaN, -Infinity), Float64Array.of(1, NaN, Infinity), options),
      'TRAINING_INVALID',
      /'maxIteration' \(did you mean 'maxIterations'\?\); 'l1' is -1.*'l2' is NaN.*row 1, column 0.*NaN.*row 2, column 0.*-Infinity.*row 1: the target is NaN.*row 2: the target is Infinity/,
    )
  })

  test('twenty of many problems by name, the rest by number', () => {
    const bad = Float64Array.from({ length: 30 }, () => NaN)
    assertFails(
      () => fitLinear(column(...bad), Float64Array.from(bad.keys())),
      'TRAINING_INVALID',
      /row 19, [^;]*; and 10 more problems$/,
    )
  })

  test('a constant target, one row, no rows, and weights nothing can be learnt with', () => {
    assertFails(() => fitTo(7, 7, 7), 'TRAINING_INVALID', /target is 7 in all 3 rows/)
    assertFails(() => fitTo(7), 'TRAINING_INVALID', /target is 7 in the only row/)
    assertFails(() => fitTo(), 'TRAINING_INVALID', /no rows/)
    const weighted = (...weights: number[]) => fitLinear(column(1, 2), target, { weights })
    assertFails(() => weighted(1, -1), 'TRAINING_INVALID', /row 1: the weight is -1/)
    assertFails(() => weighted(0, 0), 'TRAINING_INVALID', /add up to 0/)
    assertFails(() => weighted(1), 'SHAPE_MISMATCH', /2 targets but 1 weights/)
  })

  test('more columns than memory has room for', () => {
    const design = { rows: 2, columns: 9000, values: new Float64Array(18_000) }
    assertFails(() => fitLinear(design, target), 'TRAINING_INVALID', /9000 columns/)
  })

  test('values so large that their squares overflow', () => {
    for (const l1 of [0, 1]) {
      const run = () => fitLinear(column(1e200, -1e200), target, { l1 })
      assertFails(run, 'TRAINING_INVALID', /too large/)
    }
  })
})

function column(...values: number[]): Design {
  return { rows: values.length, columns: 1, values: Float64Array.from(values) }
}

function fitTo(...values: number[]): LinearFit {
  return fitLinear(column(...values), Float64Array.from(values))
}

/** The residual's slope along each column is met by the penalties, and it has none along the intercept. */
function assertOptimal(
  { rows, columns, values }: Design,
  residuals: Float64Array,
  { fit, l1, l2 }: { fit: LinearFit; l1: number; l2: number },
): void {
  assertClose(
    residuals.reduce((sum, r) => sum + r, 0),
    0,
    1e-6,
  )
  for (let c = 0; c < columns; c++) {
    let slope = l2 * fit.coefficients[c]!
    for (let row = 0; row < rows; row++) slope += residuals[row]! * values[row * columns + c]!
    const sign = Math.sign(fit.coefficients[c]!)
    if (sign === 0) assert.ok(Math.abs(slope) <= l1 + 1e-6, `${slope}`)
    else assertClose(slope, -l1 * sign, 1e-6)
  }
}

function repeat(
  { columns, values }: Design,
  target: Float64Array,
  weights: Float64Array,
): { rows: Design; values: Float64Array } {
  const picked = [...weights].flatMap((weight, row) => Array.from({ length: weight }, () => row))
  const cells = picked.flatMap((row) => [...values.subarray(row * columns, (row + 1) * columns)])
  return {
    rows: { rows: picked.length, columns, values: Float64Array.from(cells) },
    values: Float64Array.from(picked, (row) => target[row]!),
  }
}

function assertSame(a: LinearFit, b: LinearFit, relative: number): void {
  assertClose(a.intercept, b.intercept, relative)
  for (const [i, value] of a.coefficients.entries()) {
    assertClose(value, b.coefficients[i]!, relative)
  }
}
