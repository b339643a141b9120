import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../src/core/random.ts'
import { exp, sigmoid } from '../../src/math/index.ts'
import { compileModel, decodeModel, encodeModel, type OnnxModel } from '../../src/model/index.ts'
import { exportNeural } from '../../src/training/export-neural.ts'
import { fitNeural, scoreNeural } from '../../src/training/neural/index.ts'
import { assertAllClose } from '../assert-close.ts'
import { generateRows } from './neural/generated.ts'
import { strangeRows } from './neural/strange-rows.ts'

const small = { hiddenUnits: [12, 8], maxEpochs: 8, learningRate: 0.01, batchSize: 64 }

describe('the exported graph of a network scores as the network in memory does', () => {
  test('a probability', () => {
    const data = generateRows(1, 400)
    const model = fitNeural(data, small, { random: createRandom(1) })
    const rows = strangeRows(data)
    assertAllClose(score(exportNeural(model), rows), scoreNeural(model, rows).map(sigmoid), 1e-6)
  })

  test('a number', () => {
    const data = generateRows(2, 400, 'regression')
    const model = fitNeural(
      data,
      { ...small, objective: 'regression' },
      { random: createRandom(1) },
    )
    const rows = strangeRows(data)
    assertAllClose(score(exportNeural(model), rows), scoreNeural(model, rows), 1e-6)
  })

  test('a probability of each class', () => {
    const data = generateRows(3, 400, 'multiclass')
    const model = fitNeural(
      data,
      { ...small, objective: 'multiclass' },
      { random: createRandom(1) },
    )
    const rows = strangeRows(data)
    const scores = scoreNeural(model, rows)
    const expected = scores.map((value, i) => {
      const own = scores.subarray(i - (i % 3), i - (i % 3) + 3)
      return 1 / own.reduce((sum, other) => sum + exp(other - value), 0)
    })
    assertAllClose(score(exportNeural(model), rows), expected, 1e-6)
  })

  test('also of categories or numbers alone, with columns that are missing altogether', () => {
    const kinds = fc.constantFrom('standardize', 'log1p', 'embedding')
    const shape = fc.record({
      inputs: fc.array(kinds, { minLength: 1, maxLength: 5 }),
      empty: fc.nat(5),
      seed: fc.nat(1000),
    })
    fc.assert(
      fc.property(shape, ({ inputs, empty, seed }) => {
        const random = createRandom(seed)
        const columns = inputs.length
        const values = Float32Array.from({ length: 30 * columns }, (_, i) =>
          i % columns === empty || random.next() < 0.1 ? NaN : random.nextInteger(4),
        )
        const data = {
          x: { rows: 30, columns, values },
          y: Float64Array.from({ length: 30 }, (_, row) => row % 2),
          inputs,
        }
        const model = fitNeural(data, { ...small, maxEpochs: 2 }, { random })
        const rows = {
          rows: 20,
          columns,
          values: Float32Array.from({ length: 20 * columns }, () =>
            random.next() < 0.1 ? NaN : random.nextInteger(8),
          ),
        }
        assertAllClose(
          score(exportNeural(model), rows),
          scoreNeural(model, rows).map(sigmoid),
          1e-6,
        )
      }),
      { numRuns: 30 },
    )
  })
})

function score(model: OnnxModel, rows: Parameters<typeof scoreNeural>[1]): Float32Array {
  return compileModel(decodeModel(encodeModel(model)))(rows)
}
