import { test } from 'node:test'
import fc from 'fast-check'
import { gaussLegendre } from '../../src/math/index.ts'
import { assertClose } from '../assert-close.ts'

test("Gauss's rule integrates every polynomial of a degree below twice its points", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), (n) => {
      const { points, weights } = gaussLegendre(n)
      for (let degree = 0; degree < 2 * n; degree++) {
        // The integral of t^degree over (0, 1) is 1 / (degree + 1).
        const sum = points.reduce((total, point, k) => total + weights[k]! * point ** degree, 0)
        assertClose(sum, 1 / (degree + 1), 1e-14)
      }
    }),
  )
})
