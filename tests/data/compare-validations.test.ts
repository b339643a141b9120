import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compareValidations, renderChanges } from '../../src/data/compare-validations.ts'
import type { JsonObject } from '../../src/data/expectations/outcome.ts'
import {
  createResult,
  summarize,
  type ValidationResult,
} from '../../src/data/expectations/validation-result.ts'

describe('a result against the one before', () => {
  test('what broke stands first, then what is new, what fails still, and what holds again', () => {
    const before = result([
      [{ column: 'a' }, false],
      [{ column: 'b' }, false],
      [{ column: 'c' }, true],
      [{ column: 'd' }, true],
    ])
    const now = result([
      [{ column: 'a' }, true],
      [{ column: 'b' }, false],
      [{ column: 'new' }, false],
      [{ column: 'c' }, false],
      [{ column: 'd' }, true],
    ])
    assert.deepEqual(summary(now, before), [
      ['broke', 'c'],
      ['fails, and is new', 'new'],
      ['fails still', 'b'],
      ['holds again', 'a'],
    ])
    assert.deepEqual(renderChanges(now, { name: 'may.csv', result: before }), [
      "since 'may.csv': broke: 1, fails, and is new: 1, fails still: 1, holds again: 1",
      "  broke: 'c' must not be missing",
    ])
  })

  test('a result against itself has nothing that broke or was mended', () => {
    const one = result([
      [{ column: 'a' }, true],
      [{ column: 'a' }, false],
    ])
    assert.deepEqual(summary(one, one), [['fails still', 'a']])
    const held = result([[{ column: 'a' }, true]])
    assert.deepEqual(renderChanges(held, { name: 'x', result: held }), [
      "since 'x': all that held holds",
    ])
  })

  test('the same expectation is found wherever it stands, with what Great Expectations adds to it', () => {
    const before = result([
      [{ mostly: 1, column: 'b', batch_id: 'x', min_value: null }, true],
      [{ column: 'a' }, true],
    ])
    const now = result([
      [{ column: 'a' }, true],
      [{ column: 'b', mostly: 1 }, false],
    ])
    assert.deepEqual(summary(now, before), [['broke', 'b']])
  })

  test('thousands that broke are counted', () => {
    const of = (success: boolean): ValidationResult =>
      result(Array.from({ length: 3000 }, (_, i) => [{ column: `c${i}` }, success] as const))
    const lines = renderChanges(of(false), { name: 'x', result: of(true) })
    assert.equal(lines.length, 12)
    assert.equal(lines.at(-1), '  … and 2990 more')
  })
})

function summary(now: ValidationResult, before: ValidationResult) {
  return compareValidations(now, before).map((change) => [
    change.kind,
    change.now.expectation_config.kwargs['column'],
  ])
}

function result(
  asked: readonly (readonly [kwargs: JsonObject, success: boolean])[],
): ValidationResult {
  const expectations = asked.map(([kwargs]) => ({
    type: 'expect_column_values_to_not_be_null',
    kwargs,
    meta: {},
    severity: 'critical' as const,
  }))
  const results = asked.map(([, success], index) =>
    createResult(expectations[index]!, index, {
      answer: { success, result: {} },
      format: 'SUMMARY',
    }),
  )
  return summarize({ name: 's', meta: {}, expectations }, results, { parameters: {}, warnings: [] })
}
