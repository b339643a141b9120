import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { diffSuites, renderSuiteDiff } from '../../../src/data/expectations/diff-suites.ts'
import type { Expectation, Severity, Suite } from '../../../src/data/expectations/suite.ts'

function between(column: string, min: number, severity: Severity = 'critical'): Expectation {
  return {
    type: 'expect_column_values_to_be_between',
    kwargs: { column, min_value: min },
    meta: {},
    severity,
  }
}

function suite(...expectations: readonly Expectation[]): Suite {
  return { name: 's', expectations, meta: {} }
}

describe('diffSuites', () => {
  test('tells what came, what went and what says something else', () => {
    const before = suite(between('a', 1), between('b', 2), between('c', 3))
    const after = suite(between('c', 3), between('a', 5, 'info'), between('d', 4))
    assert.deepEqual(diffSuites(before, after), {
      added: [between('d', 4)],
      removed: [between('b', 2)],
      changed: [
        {
          type: 'expect_column_values_to_be_between',
          about: { column: 'a' },
          kwargs: { min_value: { before: 1, after: 5 } },
          severity: { before: 'critical', after: 'info' },
        },
      ],
    })
  })

  test('an argument that comes or goes is a change', () => {
    const [before, after] = [between('a', 1), between('a', 1)]
    const open = { ...after, kwargs: { column: 'a', max_value: 9 } }
    assert.deepEqual(diffSuites(suite(before), suite(open)).changed[0]?.kwargs, {
      min_value: { before: 1, after: null },
      max_value: { before: null, after: 9 },
    })
  })

  test('an expectation about other rows is another one', () => {
    const some = between('a', 1)
    const other = { ...some, kwargs: { ...some.kwargs, row_condition: 'b > 1' } }
    const { added, removed, changed } = diffSuites(suite(some), suite(other))
    assert.deepEqual([added, removed, changed], [[other], [some], []])
  })

  test('of two about one column the one that is in both suites is the same one', () => {
    const { added, removed, changed } = diffSuites(
      suite(between('a', 1), between('a', 2)),
      suite(between('a', 2)),
    )
    assert.deepEqual([added, removed, changed], [[], [between('a', 1)], []])
  })

  test('reasons, notes and ids do not count', () => {
    const noted = { ...between('a', 1), meta: { reason: 'the law' }, notes: 'n', id: 'i' }
    assert.deepEqual(renderSuiteDiff(diffSuites(suite(between('a', 1)), suite(noted))), [])
  })
})

const drawn = fc.array(
  fc.record({ column: fc.constantFrom('a', 'b'), min: fc.integer({ min: 0, max: 2 }) }),
  { maxLength: 6 },
)

test('a suite in any order differs in nothing from itself, and both directions tell as much', () => {
  const toSuite = (items: readonly { column: string; min: number }[]): Suite =>
    suite(...items.map(({ column, min }) => between(column, min)))
  fc.assert(
    fc.property(drawn, drawn, (left, right) => {
      const itself = diffSuites(toSuite(left), toSuite(left.toReversed()))
      assert.deepEqual(itself, { added: [], removed: [], changed: [] })
      const there = diffSuites(toSuite(left), toSuite(right))
      const back = diffSuites(toSuite(right), toSuite(left))
      assert.equal(there.added.length, back.removed.length)
      assert.equal(there.removed.length, back.added.length)
      assert.equal(there.changed.length, back.changed.length)
      assert.equal(left.length - there.removed.length, right.length - there.added.length)
    }),
  )
})
