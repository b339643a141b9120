import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { digestPiece } from '../../src/pipeline/cache/digest.ts'
import { plainMd5 } from '../../src/pipeline/cache/plain-md5.ts'

/** RFC 1321, A.5. */
const published = [
  ['', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['a', '0cc175b9c0f1b6a831c399e269772661'],
  ['message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
  ['1234567890'.repeat(8), '57edf4a22be3c955ac49da2e2107b67a'],
] as const

test('an MD5 in plain code is the one that RFC 1321 prints', () => {
  for (const [text, md5] of published) assert.equal(plainMd5(Buffer.from(text)), md5)
})

test('it is the one of node:crypto for every length of a block, and for parts of a larger buffer', () => {
  const bytes = Buffer.from(Array.from({ length: 200 }, (_, i) => (i * 37) & 255))
  for (let length = 0; length <= bytes.length; length++) {
    for (const start of [0, 3]) {
      const part = bytes.subarray(Math.min(start, length), length)
      assert.equal(plainMd5(part), md5Of(part), `${start} to ${length}`)
    }
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), (random) => {
      assert.equal(plainMd5(random), md5Of(random))
    }),
  )
})

test('a piece has the same digest whatever computes it', () => {
  for (const length of [1023, 1024, 1025]) {
    const bytes = Buffer.alloc(length, 'line\r\n')
    const unix = Buffer.from(bytes.toString().replaceAll('\r\n', '\n'))
    assert.equal(digestPiece(bytes, false), md5Of(bytes))
    assert.equal(digestPiece(bytes, true), md5Of(unix))
  }
})

function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}
