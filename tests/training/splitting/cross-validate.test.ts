import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { rocAucScore } from '../../../src/training/metrics/index.ts'
import { crossValidate, kFold, stratifiedKFold } from '../../../src/training/splitting/index.ts'
import { fitLogistic, scoreLogistic, type Design } from '../../../src/training/linear/index.ts'
import { assertClose } from '../../assert-close.ts'
import { generateQuantities } from '../linear/generated.ts'

describe('crossValidate', () => {
  test('gives mean and deviation of the folds, worked by hand', async () => {
    const scores = [1, 2, 6]
    const { mean, deviation, folds } = await crossValidate(kFold(7, { folds: 3 }), (_, fold) => ({
      score: scores[fold]!,
    }))
    // Deviations from the mean 3 are -2, -1 and 3: √((4 + 1 + 9) / 2) = √7.
    assert.deepEqual(mean, { score: 3 })
    assertClose(deviation['score']!, Math.sqrt(7))
    assert.deepEqual(folds[0], { trainRows: 4, testRows: 3, scores: { score: 1 } })
  })

  test('measures a model on rows it was not fitted to', async () => {
    const { design, target } = generateQuantities(3, { rows: 300, columns: 4 })
    const classes = target.map((y) => Number(y > 5.5))
    const { mean } = await crossValidate(stratifiedKFold(classes, { seed: 1 }), (split) => {
      const fit = fitLogistic(pick(design, split.train), valuesOf(classes, split.train))
      const scores = scoreLogistic(fit, pick(design, split.test))
      return { rocAuc: rocAucScore(valuesOf(classes, split.test), scores) }
    })
    assert.ok(mean['rocAuc']! > 0.9)
  })

  test('runs one fold after the other, and tells each', async () => {
    const seen: string[] = []
    await crossValidate(
      kFold(4, { folds: 2 }),
      async (_, fold) => {
        seen.push(`start ${fold}`)
        await Promise.resolve()
        seen.push(`end ${fold}`)
        return { loss: 0 }
      },
      { onFold: (fold) => seen.push(`told ${fold}`) },
    )
    assert.deepEqual(seen, ['start 0', 'end 0', 'told 0', 'start 1', 'end 1', 'told 1'])
  })

  test('refuses no splits, other names than the first fold has, and a metric that is not finite', async () => {
    const splits = kFold(4, { folds: 2 })
    await assert.rejects(
      crossValidate([], () => ({})),
      /there are no splits/,
    )
    await assert.rejects(
      crossValidate(splits, (_, fold) => (fold === 0 ? { a: 1 } : { b: 1 })),
      /fold 1 has the metrics b, expected those of fold 0: a/,
    )
    await assert.rejects(
      crossValidate(splits, (_, fold) => ({ loss: fold === 0 ? 1 : NaN })),
      /fold 1: 'loss' is NaN, expected a finite number/,
    )
  })

  test('stops between folds when it is aborted', async () => {
    const stop = new AbortController()
    const options = { signal: stop.signal, onFold: () => stop.abort() }
    let fits = 0
    const run = crossValidate(kFold(6), () => ({ loss: (fits += 1) }), options)
    await assert.rejects(run, { code: 'INTERRUPTED' })
    assert.equal(fits, 1)
  })
})

function pick({ columns, values }: Design, rows: Int32Array): Design {
  const cells = [...rows].flatMap((row) =>
    Array.from(values.subarray(row * columns, (row + 1) * columns)),
  )
  return { rows: rows.length, columns, values: Float64Array.from(cells) }
}

function valuesOf(values: Float64Array, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => values[row]!)
}
