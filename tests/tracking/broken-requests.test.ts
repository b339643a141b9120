import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
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

describe('a client that does not go on', () => {
  const message = 'POST /api/2.0/mlflow/experiments/create HTTP/1.1\r\nhost: localhost\r\n'
  const file = 'PUT /api/2.0/mlflow-artifacts/artifacts/0/a.txt HTTP/1.1\r\nhost: localhost\r\n'

  for (const [what, head] of [
    ['a message', message],
    ['a file', file],
    ['a file that is refused', `${file}origin: http://elsewhere\r\n`],
  ] as const) {
    test(`loses its connection in the midst of ${what}`, async () => {
      await using served = await openServedStore({ patience: { messageMs: 100, silenceMs: 100 } })
      await send(served.address, `${head}content-length: 9\r\n\r\n{`)
      assert.deepEqual(served.failures, [])
    })
  }

  test('may take its time with a file, but not with a message, or with a file that is refused', async () => {
    await using served = await openServedStore({ patience: { messageMs: 100, silenceMs: 60_000 } })
    const trickle = { piece: 'x', everyMs: 20, times: 500 }
    await send(served.address, `${message}content-length: 999\r\n\r\n`, trickle)
    await send(served.address, `${file}origin: http://x\r\ncontent-length: 999\r\n\r\n`, trickle)
    const slow = `${file}connection: close\r\ncontent-length: 10\r\n\r\n`
    assert.match(await send(served.address, slow, { ...trickle, times: 10 }), /^HTTP\/1\.1 200 /)
    assert.deepEqual(served.failures, [])
  })

  test('loses it when it does not read', async () => {
    await using served = await openServedStore({ patience: { messageMs: 100, silenceMs: 100 } })
    const socket = connect(Number(new URL(served.address).port), '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.pause()
    socket.write('GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(500))
    // Who reads nothing learns of it from what is written.
    const more = setInterval(() => socket.write('G'), 50)
    await closeOf(socket)
    clearInterval(more)
  })
})

/** What is sent on and on after the beginning. */
interface Trickle {
  readonly piece: string
  readonly everyMs: number
  readonly times: number
}

/** @returns all that comes until the server ends the connection */
async function send(address: string, text: string, trickle?: Trickle): Promise<string> {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  // It may be closed while the rest of what is too long is still sent.
  socket.on('error', () => undefined)
  const closed = closeOf(socket)
  socket.write(text)
  let sent = 0
  const more = setInterval(() => {
    if (trickle !== undefined && sent++ < trickle.times) socket.write(trickle.piece)
  }, trickle?.everyMs ?? 1000)
  await closed
  clearInterval(more)
  return Buffer.concat(chunks).toString('utf8')
}

/** Also after an error, such as that of a write to a connection that is closed. */
async function closeOf(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.once('close', () => resolve())
  await promise
}
