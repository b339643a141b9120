import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ToolkitError } from '../../src/core/errors.ts'
import { createRandom, type Random } from '../../src/core/random.ts'
import { solveSymmetric } from '../../src/math/index.ts'
import { assertClose } from '../assert-close.ts'

describe('solveSymmetric', () => {
  test('solves a system worked by hand', () => {
    // 4x + 2y = 10, 2x + 3y = 11: subtract half the first from the second: 2y = 6, y = 3, x = 1
    const x = solveSymmetric(Float64Array.of(4, 2, 2, 3), Float64Array.of(10, 11))
    assertClose(x![0]!, 1)
    assertClose(x![1]!, 3)
  })

  test('reads only the lower triangle', () => {
    assert.deepEqual(
      solveSymmetric(Float64Array.of(4, NaN, 2, 3), Float64Array.of(10, 11)),
      solveSymmetric(Float64Array.of(4, 2, 2, 3), Float64Array.of(10, 11)),
    )
  })

  test('gives back the x that made b, whatever the size and the units', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer(), (n, seed) => {
        const random = createRandom(seed)
        const scale = Float64Array.from({ length: n }, () => 10 ** (random.nextInteger(9) - 4))
        const matrix = randomPositiveDefinite(scale, random)
        const x = Float64Array.from(scale, (s) => (random.next() - 0.5) / s)
        const found = solveSymmetric(matrix, multiply(matrix, x))!
        for (let i = 0; i < n; i++) assertClose(found[i]! * scale[i]!, x[i]! * scale[i]!, 1e-9)
      }),
    )
  })

  test('has no solution where a column repeats another, is zero, or a pivot is negative', () => {
    const right = Float64Array.of(1, 1)
    assert.equal(solveSymmetric(Float64Array.of(1, 1, 1, 1), right), undefined)
    assert.equal(solveSymmetric(Float64Array.of(1, 1, 1, 1 + 2 ** -52), right), undefined)
    assert.equal(solveSymmetric(Float64Array.of(0, 0, 0, 1), right), undefined)
    assert.equal(solveSymmetric(Float64Array.of(1, 2, 2, 1), right), undefined)
    assert.equal(solveSymmetric(Float64Array.of(NaN, 0, 0, 1), right), undefined)
    assert.equal(solveSymmetric(Float64Array.of(Infinity, 0, 0, 1), right), undefined)
  })

  test('of no unknowns is empty', () => {
    assert.deepEqual(solveSymmetric(new Float64Array(0), new Float64Array(0)), new Float64Array(0))
  })

  test('refuses a matrix that is not square', () => {
    assert.throws(
      () => solveSymmetric(new Float64Array(3), new Float64Array(2)),
      (error) => error instanceof ToolkitError && error.code === 'SHAPE_MISMATCH',
    )
  })
})

/** D·(Q·Qᵀ + I)·D with D the diagonal of `scale`. */
function randomPositiveDefinite(scale: Float64Array, random: Random): Float64Array {
  const n = scale.length
  const q = Float64Array.from({ length: n * n }, () => random.next() - 0.5)
  return Float64Array.from({ length: n * n }, (_, at) => {
    const i = Math.floor(at / n)
    const j = at % n
    let sum = i === j ? 1 : 0
    for (let k = 0; k < n; k++) sum += q[i * n + k]! * q[j * n + k]!
    return sum * scale[i]! * scale[j]!
  })
}

function multiply(matrix: Float64Array, x: Float64Array): Float64Array {
  const n = x.length
  return x.map((_, i) => x.reduce((sum, value, j) => sum + matrix[i * n + j]! * value, 0))
}
