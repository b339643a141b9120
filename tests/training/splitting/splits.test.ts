import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  groupKFold,
  kFold,
  type Split,
  stratifiedKFold,
  timeSeriesSplit,
} from '../../../src/training/splitting/index.ts'
import { assertFails } from '../assert-fails.ts'

const seeds = fc.option(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { nil: undefined })

describe('kFold', () => {
  test('tests each row once, in folds that differ by one row at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.nat(), seeds, (rows, draw, seed) => {
        const folds = 2 + (draw % (rows - 1))
        const splits = kFold(rows, { folds, seed })
        assert.equal(splits.length, folds)
        assertPartition(splits, rows)
        assert.ok(spread(splits.map(({ test: rowsOf }) => rowsOf.length)) <= 1)
      }),
    )
  })

  test('draws other rows for another seed, and the same for the same', () => {
    assert.deepEqual(kFold(50, { seed: 1 }), kFold(50, { seed: 1 }))
    assert.notDeepEqual(kFold(50, { seed: 1 }), kFold(50, { seed: 2 }))
  })

  test('takes rows in order without a seed', () => {
    assert.deepEqual(
      kFold(7, { folds: 3 }).map((split) => Array.from(split.test)),
      [
        [0, 1, 2],
        [3, 4],
        [5, 6],
      ],
    )
  })

  test('refuses what cannot be parted, all at once', () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as a caller without types may
    const wrong = { folds: 1, seed: -1, fold: 3 } as object
    assertFails(
      () => kFold(9, wrong),
      'TRAINING_INVALID',
      /'fold' \(did you mean 'folds'\?\); 'folds' is 1, .*9; 'seed' is -1/,
    )
    for (const rows of [0, 1, 4]) {
      assertFails(() => kFold(rows), 'TRAINING_INVALID', /'folds' is 5/)
    }
    assertFails(() => kFold(9, { folds: 2.5 }), 'TRAINING_INVALID', /'folds' is 2.5/)
  })
})

describe('stratifiedKFold', () => {
  test('gives every fold the same rows of each class, to one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 4, maxLength: 60 }),
        fc.integer({ min: 2, max: 4 }),
        seeds,
        (drawn, folds, seed) => {
          const target = [...drawn, ...[0, 1, 2].flatMap((label) => [label, label, label, label])]
          const splits = stratifiedKFold(target, { folds, seed })
          assertPartition(splits, target.length)
          for (const label of [0, 1, 2]) {
            const counts = splits.map(
              (split) => split.test.filter((row) => target[row] === label).length,
            )
            assert.ok(spread(counts) <= 1, counts.join())
          }
          assert.ok(spread(splits.map((split) => split.test.length)) <= 1)
        },
      ),
    )
  })

  test('refuses a class too rare for the folds, and a missing one', () => {
    assertFails(
      () => stratifiedKFold([0, 0, 0, 1, NaN], { folds: 3 }),
      'TRAINING_INVALID',
      /class 1 has 1 rows, expected one for each of 3 folds; row 4: the target is NaN/,
    )
    assertFails(
      () => stratifiedKFold(ofTable<number>(0, 0, 1, 1, null, null), { folds: 2 }),
      'TRAINING_INVALID',
      /row 4: the target is null, expected a class; row 5: the target is null/,
    )
  })
})

describe('groupKFold', () => {
  const groupLists = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 8, maxLength: 60 })

  test('parts no group, and tests each row once', () => {
    fc.assert(
      fc.property(groupLists, (drawn) => {
        const groups = [...drawn, 100, 101]
        const splits = groupKFold(groups, { folds: 3 })
        assertPartition(splits, groups.length)
        for (const { train, test: held } of splits) {
          const known = new Set([...train].map((row) => groups[row]))
          assert.ok(held.every((row) => !known.has(groups[row])))
        }
      }),
    )
  })

  test('gives a group the same fold whatever order the rows have', () => {
    fc.assert(
      fc.property(groupLists, (drawn) => {
        const groups = [...drawn, 100, 101]
        const foldOf = (list: readonly number[]): Map<number, number> =>
          new Map(
            groupKFold(list, { folds: 3 }).flatMap((split, fold) =>
              [...split.test].map((row) => [list[row]!, fold] as const),
            ),
          )
        assert.deepEqual(
          new Map([...foldOf(groups.toReversed())].sort()),
          new Map([...foldOf(groups)].sort()),
        )
      }),
    )
  })

  test('refuses fewer groups than folds, and a missing group', () => {
    assertFails(
      () => groupKFold(['a', 'b', 'a', 'b', 'b']),
      'TRAINING_INVALID',
      /there are 2 groups, expected one for each of 5 folds/,
    )
    assertFails(() => groupKFold([1, NaN, 2], { folds: 2 }), 'TRAINING_INVALID', /row 1: the group/)
    assertFails(
      () => groupKFold(ofTable<string>('a', null, 'b', undefined), { folds: 2 }),
      'TRAINING_INVALID',
      /row 1: the group is null, expected a name; row 3: the group is undefined/,
    )
  })
})

describe('timeSeriesSplit', () => {
  test('never trains on what a test has not seen yet, whatever order the rows have', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 12, maxLength: 60 }),
        fc.integer({ min: 0, max: 3 }),
        (times, gap) => {
          const all = [0, ...times]
          const splits = timeSeriesSplit(all, { folds: 2, testSize: 3, gap })
          assert.equal(new Set(splits.flatMap((split) => [...split.test])).size, 6)
          for (const { train, test: held } of splits) {
            const latest = Math.max(...[...train].map((row) => all[row]!))
            assert.ok([...held].every((row) => all[row]! > latest))
            assert.ok(train.length > 0 && held.length === 3)
          }
        },
      ),
    )
  })

  test('leaves a gap, and trains on the latest rows only', () => {
    const times = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    const [first] = timeSeriesSplit(times, { folds: 2, testSize: 2, gap: 1, maxTrainSize: 3 })
    // Times 6 and 7 are tested, 5 is the gap, 4, 3 and 2 remain: rows 9 − time.
    assert.deepEqual(first, { train: Int32Array.of(5, 6, 7), test: Int32Array.of(2, 3) })
  })

  test('refuses bad options and times all at once, too few rows, and one time for all', () => {
    assertFails(
      () => timeSeriesSplit([1, NaN, 3], { folds: 9, gap: -1 }),
      'TRAINING_INVALID',
      /'folds' is 9.*'testSize' is 0.*'gap' is -1.*row 1: the time is NaN/,
    )
    assertFails(
      () => timeSeriesSplit([1, 2, 3, 4], { folds: 2, testSize: 2 }),
      'TRAINING_INVALID',
      /there are 4 rows, expected at least 5/,
    )
    assertFails(
      () => timeSeriesSplit([7, 7, 7, 7, 7, 7], { folds: 2 }),
      'TRAINING_INVALID',
      /no row is earlier than test 0.*no row is earlier than test 1/,
    )
  })
})

function assertPartition(splits: readonly Split[], rows: number): void {
  const all = Array.from({ length: rows }, (_, row) => row)
  assert.deepEqual(
    splits.flatMap((split) => [...split.test]).sort((a, b) => a - b),
    all,
  )
  for (const { train, test: held } of splits) {
    assert.deepEqual(
      [...train, ...held].sort((a, b) => a - b),
      all,
    )
    for (const list of [train, held]) assert.deepEqual(list, list.slice().sort())
  }
}

function spread(counts: readonly number[]): number {
  return Math.max(...counts) - Math.min(...counts)
}

/** Cells as JavaScript has them, which no compiler has seen. */
function ofTable<T>(...cells: readonly unknown[]): T[] {
  return cells as T[]
}
