import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parsePythonJson } from '../../../../src/data/expectations/formats/python-json.ts'

describe('parsePythonJson', () => {
  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json(), (json) => assert.deepEqual(parsePythonJson(json), JSON.parse(json))),
    )
  })
  test('reads the constants of Python as numbers, but not within texts', () => {
    assert.deepEqual(parsePythonJson('[NaN, -Infinity, {"a": Infinity}, "NaN \\" Infinity"]'), [
      Infinity,
      -Infinity,
      { a: Infinity },
      'NaN " Infinity',
    ])
  })
  test('refuses what Python refuses', () => {
    for (const json of [
      '',
      'nan',
      '-NaN',
      '1NaN',
      'NaNNaN',
      '{NaN: 1}',
      '[1,]',
      "'a'",
      '01',
      '\ufeff1',
    ]) {
      assert.throws(() => parsePythonJson(json), SyntaxError, json)
    }
  })
})
