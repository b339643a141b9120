import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { classNames } from '../../../src/core/class-names.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'
import { scored } from './scored.ts'
import { read, write } from './use-log.ts'

describe('the classes of a log', () => {
  test('are told apart as DuckDB tells columns apart', () => {
    assert.deepEqual(classNames(['late', 'Late', 'paid', 7]), ['late', 'Late.1', 'paid', '7'])
    const lists = fc.uniqueArray(fc.constantFrom('a', 'A', 'b', 'B', 'ab', 'aB', 'a\0', 1, 10), {
      minLength: 2,
    })
    fc.assert(
      fc.property(lists, (classes) => {
        const names = classNames(classes)
        assert.equal(new Set(names.map((name) => name.toLowerCase())).size, classes.length)
        assert.ok(names.every((name) => !name.includes('\0')))
      }),
    )
  })

  test('each has its probability beside the one that is predicted, as it was answered', async () => {
    const root = makeScratchFolder()
    const scores = Float32Array.of(0.1, 0.7, 0.2, 0.5, 0.25, 0.25)
    const rows = [
      [1, 2],
      [3, 4],
    ]
    for (const [model, classes, predicted] of [
      ['texts', ['late', 'Late', '"paid"'], [1, 0]],
      ['numbers', [5, 3, 9], [3, 5]],
    ] as const) {
      const output = { kind: 'classes', classes } as const
      await write(root, (log) => log.observe(scored('r', rows, { scores, output })), { model })
      const found = await read(root, { model })
      const names = classNames(classes).map((name) => `probability.${name}`)
      assert.deepEqual(
        found.map((row) => ['prediction', 'score', ...names].map((name) => row[name])),
        [
          [predicted[0], ...[0.7, 0.1, 0.7, 0.2].map(Math.fround)],
          [predicted[1], 0.5, 0.5, 0.25, 0.25],
        ],
      )
    }
  })
})
