import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseJson } from '../../../src/serving/input/parse-json.ts'
import { startCpuClock } from '../../cpu-clock.ts'

describe('parseJson', () => {
  test('gives what JSON.parse gives for whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom(undefined, 2, '\t'), (text, space) => {
        const spaced = JSON.stringify(JSON.parse(text), undefined, space)
        assert.deepEqual(parseJson(spaced), JSON.parse(spaced))
      }),
      { numRuns: 1000 },
    )
  })

  test('refuses every object that holds a name twice, at any depth', () => {
    const names = fc.oneof(fc.string(), fc.constantFrom(String.raw`\"`, '{', ':', '__proto__'))
    fc.assert(
      fc.property(names, fc.json(), fc.json(), (name, one, other) => {
        const key = JSON.stringify(name)
        const text = `{"a": [{${key}: ${one}, "${'b'.repeat(99)}": 0, ${key}: ${other}}]}`
        assert.throws(() => parseJson(text), { code: 'REQUEST_MALFORMED', message: /occurs twice/ })
      }),
    )
  })

  test('never throws anything else, whatever the text', () => {
    const pieces = fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'null', '1', ' ', '"a"')
    fc.assert(
      fc.property(
        fc.array(pieces).map((parts) => parts.join('')),
        (text) => {
          try {
            parseJson(text)
          } catch (error) {
            assert.equal((error as { code: string }).code, 'REQUEST_MALFORMED')
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('32 levels are read, 33 are not', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
    parseJson(nested(32))
    assert.throws(() => parseJson(nested(33)), { code: 'REQUEST_MALFORMED' })
  })

  test('a megabyte of one string, of names or of brackets takes no time to speak of', () => {
    const escapes = `{"a": "${String.raw`\"`.repeat(400_000)}", "b": 1, "b": 2}`
    const many = `{${Array.from({ length: 80_000 }, (_, i) => `"n${i}": 1`).join()}, "n7": 2}`
    for (const text of [escapes, many, '['.repeat(1_000_000), `"${'a'.repeat(1_000_000)}`]) {
      const usedMs = startCpuClock()
      assert.throws(() => parseJson(text), { code: 'REQUEST_MALFORMED' })
      assert.ok(usedMs() < 2000)
    }
  })
})
