import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom, type Random } from '../../../src/core/random.ts'
import {
  fitPredictionSets,
  fitQuantileInterval,
  fitResidualInterval,
  type Intervals,
  predictQuantileInterval,
  predictResidualInterval,
  predictSets,
} from '../../../src/training/conformal/index.ts'
import type { ClassProbabilities } from '../../../src/training/metrics/index.ts'
import { assertFails } from '../assert-fails.ts'

const trials = 4000
/** Rows to fit on, coverage asked, and coverage of exchangeable rows without ties: ⌈(n + 1)·coverage⌉ / (n + 1). */
const laws = [
  { rows: 19, coverage: 0.9, expected: 18 / 20 },
  { rows: 12, coverage: 0.7, expected: 10 / 13 },
  { rows: 99, coverage: 0.55, expected: 55 / 100 },
] as const

describe('a new row is covered as often as the rule of finite samples says', () => {
  for (const { rows, coverage, expected } of laws) {
    test(`by intervals around predictions, of ${rows} rows for ${coverage}`, () => {
      assertShare(expected, (random) => {
        const drawn = drawQuantities(random, rows + 1)
        const [held, fresh] = [part(drawn, 0, rows), part(drawn, rows, rows + 1)]
        const interval = fitResidualInterval(held, { coverage })
        return isCovered(predictResidualInterval(interval, fresh), fresh.target[0]!)
      })
    })

    test(`by corrected quantiles, of ${rows} rows for ${coverage}`, () => {
      assertShare(expected, (random) => {
        const drawn = drawQuantities(random, rows + 1)
        const [held, fresh] = [part(drawn, 0, rows), part(drawn, rows, rows + 1)]
        const interval = fitQuantileInterval(held, { coverage })
        return isCovered(predictQuantileInterval(interval, fresh), fresh.target[0]!)
      })
    })

    test(`by sets of the classes that are likely enough, of ${rows} rows for ${coverage}`, () => {
      assertShare(
        expected,
        (random) => isClassCovered(random, { rows, coverage, method: 'lac' }),
        // The likeliest class is in, even where no class is likely enough.
        1,
      )
    })

    test(`by sets of the likeliest classes, of ${rows} rows for ${coverage}`, () => {
      assertShare(
        expected,
        (random) => isClassCovered(random, { rows, coverage, method: 'aps' }),
        1,
      )
    })
  }
})

describe('prediction intervals', () => {
  test('scale with the scales', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.1, max: 10, noNaN: true }), (seed, factor) => {
        const { target, predicted, scales } = drawQuantities(createRandom(seed), 30)
        const wider = scales.map((scale) => scale * factor)
        const one = fitResidualInterval({ target, predicted, scales })
        const other = fitResidualInterval({ target, predicted, scales: wider })
        const [a, b] = [
          predictResidualInterval(one, { predicted, scales }),
          predictResidualInterval(other, { predicted, scales: wider }),
        ]
        a.lower.forEach((low, i) => assert.ok(Math.abs(low - b.lower[i]!) < 1e-9))
      }),
    )
  })

  test('are wider for more coverage', () => {
    const rows = drawQuantities(createRandom(1), 200)
    const radii = [0.5, 0.8, 0.9, 0.99].map(
      (coverage) => fitResidualInterval(rows, { coverage }).radius,
    )
    assert.deepEqual(
      radii,
      radii.toSorted((a, b) => a - b),
    )
    assert.equal(new Set(radii).size, 4)
  })

  test('shrink quantiles that are too wide, to their middle at most', () => {
    const held = { target: [5, 5, 5, 5], lower: [0, 0, 0, 0], upper: [10, 10, 10, 10] }
    const interval = fitQuantileInterval(held, { coverage: 0.8 })
    assert.equal(interval.margin, -5)
    const { lower, upper } = predictQuantileInterval(interval, { lower: [0, 2], upper: [10, 6] })
    assert.deepEqual([...lower, ...upper], [5, 4, 5, 4])
  })
})

describe('prediction sets', () => {
  test('take the likeliest classes until they add up to the threshold', () => {
    const sets = { method: 'aps', coverage: 0.9, classes: 3, threshold: 0.85 } as const
    const probabilities = {
      rows: 3,
      columns: 3,
      values: [0.5, 0.3, 0.2, 0.9, 0.06, 0.04, 0.2, 0.4, 0.4],
    }
    // 0.5 + 0.3 = 0.8 is in, all three are 1; 0.9 alone is above; both 0.4 come together.
    assert.deepEqual(predictSets(sets, probabilities), [[0, 1], [0], [1, 2]])
  })
})

describe('what nothing can be fitted on is refused, all at once', () => {
  test('by intervals', () => {
    assertFails(
      () =>
        fitResidualInterval(
          { target: [1, NaN], predicted: [Infinity, 1], scales: [1, 0] },
          { coverage: 1 },
        ),
      'TRAINING_INVALID',
      /'coverage' is 1.*row 1: 'target' is NaN.*row 0: 'predicted' is Infinity.*row 1: the scale is 0/,
    )
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as a caller without types may
    const wrong = { covrage: 0.5 } as object
    assertFails(
      () => fitQuantileInterval({ target: [1], lower: [0], upper: [2] }, wrong),
      'TRAINING_INVALID',
      /'covrage' \(did you mean 'coverage'\?\); there are 1 rows, expected at least 9 for a coverage of 0.9/,
    )
    assertFails(
      () => fitResidualInterval({ target: [1, 2], predicted: [1] }),
      'SHAPE_MISMATCH',
      /'target' has 2 numbers but 'predicted' 1/,
    )
    assertFails(
      () =>
        predictResidualInterval(
          { kind: 'residual', coverage: 0.9, radius: 1 },
          { predicted: [NaN] },
        ),
      'TRAINING_INVALID',
      /row 0: 'predicted' is NaN/,
    )
  })

  test('by as few rows as leave the rank without a score, and no fewer', () => {
    for (const coverage of [0.5, 0.9, 0.95, 0.99]) {
      const least = Math.round(coverage / (1 - coverage))
      const held = (rows: number) => drawQuantities(createRandom(1), rows)
      assert.ok(fitResidualInterval(held(least), { coverage }).radius > 0)
      assertFails(
        () => fitResidualInterval(held(least - 1), { coverage }),
        'TRAINING_INVALID',
        `there are ${least - 1} rows, expected at least ${least} for a coverage of ${coverage}`,
      )
    }
  })

  test('by sets', () => {
    const probabilities = { rows: 3, columns: 2, values: [0.5, 0.5, 1.5, -0.5, 0.5, 0.2] }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as a caller without types may
    const wrong = { method: 'las', coverage: 0.5 } as object
    assertFails(
      () => fitPredictionSets(probabilities, [0, 1, 2], wrong),
      'TRAINING_INVALID',
      /'method' is 'las' \(did you mean 'lac'\?\).*row 1: the probability of class 0 is 1.5.*row 2: the probabilities add up to 0.7.*row 2: the target is 2/,
    )
    assertFails(
      () => fitPredictionSets({ ...probabilities, rows: 2 }, [0, 1]),
      'SHAPE_MISMATCH',
      /6 probabilities, expected 2 rows of 2/,
    )
    const sets = { method: 'lac', coverage: 0.9, classes: 3, threshold: 0.5 } as const
    assertFails(
      () => predictSets(sets, probabilities),
      'SHAPE_MISMATCH',
      /2 classes, the fit had 3/,
    )
  })
})

interface Quantities {
  readonly target: readonly number[]
  readonly predicted: readonly number[]
  readonly scales: readonly number[]
  readonly lower: readonly number[]
  readonly upper: readonly number[]
}

/** Targets of a skewed distribution whose spread depends on the row, and models that are rather wrong about it. */
function drawQuantities(random: Random, rows: number): Quantities {
  const all = Array.from({ length: rows }, () => {
    const x = random.next()
    const y = 3 * x + (0.2 + x) * random.next() ** 3
    return { y, predicted: 2 * x + 0.5, scale: 0.3 + x, lower: 3 * x, upper: 3 * x + 0.4 }
  })
  return {
    target: all.map(({ y }) => y),
    predicted: all.map(({ predicted }) => predicted),
    scales: all.map(({ scale }) => scale),
    lower: all.map(({ lower }) => lower),
    upper: all.map(({ upper }) => upper),
  }
}

function part(drawn: Quantities, from: number, to: number): Quantities {
  return {
    target: drawn.target.slice(from, to),
    predicted: drawn.predicted.slice(from, to),
    scales: drawn.scales.slice(from, to),
    lower: drawn.lower.slice(from, to),
    upper: drawn.upper.slice(from, to),
  }
}

function isCovered({ lower, upper }: Intervals, target: number): boolean {
  return lower[0]! <= target && target <= upper[0]!
}

function isClassCovered(
  random: Random,
  { rows, coverage, method }: { rows: number; coverage: number; method: 'lac' | 'aps' },
): boolean {
  const drawn = Array.from({ length: rows + 1 }, () => {
    const weights = [random.next(), random.next(), random.next()]
    const total = weights[0]! + weights[1]! + weights[2]!
    const probabilities = weights.map((weight) => weight / total)
    // The model is less sure than it may be: classes are drawn by the squares.
    const squares = probabilities.map((p) => p * p)
    const at = random.next() * squares.reduce((sum, p) => sum + p, 0)
    const label = at < squares[0]! ? 0 : at < squares[0]! + squares[1]! ? 1 : 2
    return { probabilities, label }
  })
  const matrix = (list: typeof drawn): ClassProbabilities => ({
    rows: list.length,
    columns: 3,
    values: list.flatMap(({ probabilities }) => probabilities),
  })
  const held = drawn.slice(0, rows)
  const sets = fitPredictionSets(
    matrix(held),
    held.map(({ label }) => label),
    { coverage, method },
  )
  const fresh = drawn[rows]!
  return predictSets(sets, matrix([fresh]))[0]!.includes(fresh.label)
}

/**
 * Draws anew each time; five standard deviations of the binomial are what chance may do.
 *
 * @param most - the largest share that is right, if it is more than `expected`
 */
function assertShare(expected: number, run: (random: Random) => boolean, most = expected): void {
  const random = createRandom(23)
  let covered = 0
  for (let trial = 0; trial < trials; trial++) covered += Number(run(random.fork(String(trial))))
  const tolerance = 5 * Math.sqrt((expected * (1 - expected)) / trials)
  const share = covered / trials
  assert.ok(share >= expected - tolerance && share <= most + tolerance, `${share} of ${expected}`)
}
