import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseSlices } from '../../src/project/parameters/parse-slices.ts'

const at = (path: readonly string[]): string => `params.yaml:${path.length}`

describe('evaluate.slices', () => {
  test('are levels, bins or edges', () => {
    const specs = { SEX: 'levels', AGE: [30, 40.5], LIMIT: 4 }
    assert.deepEqual(parseSlices(specs, at), { specs, problems: [] })
    assert.deepEqual(parseSlices({}, at), { specs: {}, problems: [] })
  })

  test('that are none are told with their line, all at once', () => {
    const { problems } = parseSlices(
      { a: 'level', b: 1, c: [], d: [2, 2], e: [1, null], f: 2.5, g: { x: 1 }, h: [3, 1], i: 21 },
      at,
    )
    assert.equal(problems.length, 9)
    assert.match(
      problems[0]!,
      /^params\.yaml:3: 'evaluate\.slices\.a' is "level", expected 'levels', an integer from 2 to 20/,
    )
    for (const value of [3, 'SEX', ['SEX'], null]) {
      const [problem] = parseSlices(value, at).problems
      assert.match(problem!, /^params\.yaml:2: 'evaluate\.slices' is .*, expected a section/)
    }
  })
})
