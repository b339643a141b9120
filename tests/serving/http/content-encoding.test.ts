import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import { decodeContent } from '../../../src/serving/http/content-encoding.ts'
import { row, rowProbability, serveModel } from '../serve-model.ts'

const limits = { bodyBytes: 1000 }
const text = Buffer.from(JSON.stringify(row))

describe('compressed bodies', () => {
  for (const [encoding, body] of [
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['identity', text],
    [undefined, text],
  ] as const) {
    test(`${encoding} is what it was before`, () => {
      assert.deepEqual(Buffer.from(decodeContent(body, encoding, limits)), text)
    })
  }

  test('a body may become as large as the limit, and not a byte more', () => {
    const zeros = (bytes: number): Buffer => gzipSync(Buffer.alloc(bytes))
    assert.equal(decodeContent(zeros(1000), 'gzip', limits).length, 1000)
    assert.throws(() => decodeContent(zeros(1001), 'gzip', limits), { code: 'REQUEST_TOO_LARGE' })
  })

  for (const [name, body] of [
    ['no gzip', text],
    ['cut off', gzipSync(text).subarray(0, 30)],
    ['empty', Buffer.alloc(0)],
    ['of a wrong checksum', Buffer.concat([gzipSync(text).subarray(0, -8), Buffer.alloc(8)])],
  ] as const) {
    test(`${name} is malformed`, () => {
      assert.throws(() => decodeContent(body, 'gzip', limits), { code: 'REQUEST_MALFORMED' })
    })
  }

  test('twice compressed is not decompressed', () => {
    assert.throws(() => decodeContent(gzipSync(gzipSync(text)), 'gzip, gzip', limits), {
      code: 'REQUEST_TYPE_UNSUPPORTED',
    })
  })

  test('are answered by the server as any other, and a bomb is a 413 of a few kilobytes on the wire', async () => {
    await using server = await serveModel()
    const send = (body: Buffer) =>
      server.send('/predict', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body,
      })
    assert.equal((await send(gzipSync(text))).json['probability'], rowProbability)
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024))
    assert.ok(bomb.length < 1024 * 1024)
    assert.equal((await send(bomb)).status, 413)
    assert.equal((await send(text)).status, 400)
    assert.equal((await send(gzipSync(text))).status, 200)
  })
})
