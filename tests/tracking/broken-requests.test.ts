import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { ask, openServedStore, type ServedStore } from './serve-store.ts'

describe('what is not even a request', () => {
  let served: ServedStore
  before(async () => {
    served = await openServedStore()
  })
  after(() => served[Symbol.asyncDispose]())

  for (const [what, text, status] of [
    ['a line of garbage', 'GARBAGE\r\n\r\n', 400],
    ['an unknown method', 'FOO / HTTP/1.1\r\nhost: localhost\r\n\r\n', 400],
    ['a header without a colon', 'GET / HTTP/1.1\r\nhost: localhost\r\nx\r\n\r\n', 400],
    [
      'a length that is none',
      'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: x\r\n\r\n',
      400,
    ],
    ['binary', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n', 400],
    ['headers of more than a MiB', `GET /?${'x'.repeat(1_100_000)} HTTP/1.1\r\n\r\n`, 431],
  ] as const) {
    test(`${what} is answered in MLflow's shape, and the connection ends`, async () => {
      const response = await send(served.address, text)
      assert.match(response, new RegExp(`^HTTP/1\\.1 ${status} `))
      const body = JSON.parse(response.split('\r\n\r\n')[1] ?? '') as Record<string, unknown>
      assert.equal(body['error_code'], 'BAD_REQUEST')
      assert.equal(typeof body['message'], 'string')
    })
  }

  test('a GET may have a filter of 100,000 characters', async () => {
    const filter = encodeURIComponent(`name = '${'x'.repeat(100_000)}'`)
    const path = `/api/2.0/mlflow/registered-models/search?filter=${filter}`
    const { status, text } = await ask(served.address, path)
    assert.equal(status, 200, text)
  })

  test('none of it made the server fail', () => assert.deepEqual(served.failures, []))
})

/** @returns all that comes until the server ends the connection */
async function send(address: string, text: string): Promise<string> {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  // It may be closed while the rest of what is too long is still sent.
  socket.on('error', () => undefined)
  const closed = once(socket, 'close')
  socket.write(text)
  await closed
  return Buffer.concat(chunks).toString('utf8')
}
