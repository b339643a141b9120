import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { sha256 } from '../../src/core/sha256.ts'

test('sha256 is that of node:crypto, at every length around a block', () => {
  const nodes = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => 31 * i + length)
    assert.equal(sha256(bytes), nodes(bytes))
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
      assert.equal(sha256(bytes), nodes(bytes))
    }),
    { numRuns: 50 },
  )
})
