/** Bytes that are hardly HTTP: the server refuses them, closes, and answers whoever comes next. */

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { row, rowProbability, serveModel, type Served } from './serve-model.ts'

const body = JSON.stringify(row)
const start = 'POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n'

const cases: readonly [name: string, bytes: string, status: number][] = [
  ['no HTTP at all', 'hello\r\n\r\n', 400],
  ['TLS to a plain port', '\x16\x03\x01\x02\x00\x01\x00', 400],
  ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['a length that is negative', `${start}content-length: -1\r\n\r\n`, 400],
  ['a length that is no number', `${start}content-length: 1e2\r\n\r\n${body}`, 400],
  [
    'two lengths',
    `${start}content-length: 1\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    400,
  ],
  [
    'a length beside chunks',
    `${start}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  [
    'an encoding behind chunks',
    `${start}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ['a chunk whose size is none', `${start}transfer-encoding: chunked\r\n\r\nxyz\r\n`, 400],
  [
    'a chunk size beyond all memory',
    `${start}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n`,
    400,
  ],
  ['a space before the colon', `${start}content-length : ${body.length}\r\n\r\n${body}`, 400],
  ['a header without a colon', `${start}nonsense\r\n\r\n`, 400],
  ['a header that is folded', `${start}x-a: 1\r\n 2\r\n\r\n`, 400],
  ['a zero byte in a header', `${start}x-a: 1\0\r\n\r\n`, 400],
  ['headers of a mebibyte', `${start}x-a: ${'a'.repeat(1024 * 1024)}\r\n\r\n`, 431],
  [
    'a body that is shorter than said',
    `${start}content-length: ${body.length + 9}\r\n\r\n${body}`,
    408,
  ],
  ['a body that never comes', `${start}content-length: 9\r\n\r\n`, 408],
  ['headers that never end', start, 408],
  ['chunks that never end', `${start}transfer-encoding: chunked\r\n\r\n5\r\n{"age\r\n`, 408],
]

describe('bytes that are hardly HTTP', () => {
  const faults: unknown[] = []
  let server: Served
  before(async () => {
    server = await serveModel({
      limits: { requestTimeoutMs: 150 },
      onInternalError: (error) => faults.push(error),
    })
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
  })

  // At once: those that wait for time to pass wait together.
  describe('each is refused and its connection closed', { concurrency: true }, () => {
    for (const [name, bytes, status] of cases) {
      test(`${name} is a ${status}`, async () => {
        const answer = await exchange(server.port, bytes)
        assert.match(answer, new RegExp(String.raw`^HTTP/1\.1 ${status} [A-Z]`))
        assert.match(answer, /\r\ncontent-type: application\/problem\+json/i)
        assert.match(answer, new RegExp(`"status":${status}`))
        assert.deepEqual(faults, [])
      })
    }

    test('a client that drips a byte now and then is cut off', async () => {
      const answer = await exchange(server.port, start, (socket) => {
        const timer = setInterval(() => socket.write('x'), 20)
        socket.once('close', () => clearInterval(timer))
      })
      assert.match(answer, /^HTTP\/1\.1 408 /)
    })
  })

  test('no Host is a 400 of Node itself', async () => {
    const bytes = `POST /predict HTTP/1.1\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    assert.match(await exchange(server.port, bytes), /^HTTP\/1\.1 400 /)
  })

  test('bytes behind a body are no part of it, and end the connection', async () => {
    const bytes = `${start}content-length: ${body.length}\r\n\r\n${body}GARBAGE\r\n\r\n`
    // They may be seen before the request ahead of them is answered.
    const answer = await exchange(server.port, bytes)
    assert.match(answer, /HTTP\/1\.1 400 /)
    assert.doesNotMatch(answer, /HTTP\/1\.1 (?!200|400)/)
  })

  test('requests in a row on one connection are answered in their order', async () => {
    const bodies = [20, 40, 60].map((age) => JSON.stringify({ ...row, age }))
    const requests = bodies.map((text, i) => {
      const close = i === 2 ? 'connection: close\r\n' : ''
      return `${start}${close}content-length: ${text.length}\r\n\r\n${text}`
    })
    const answer = await exchange(server.port, requests.join(''))
    const probabilities = [...answer.matchAll(/"probability":([\d.]+)/g)].map((match) =>
      Number(match[1]),
    )
    // age / 200 + 0.25 for late + 0.25 for the town.
    assert.deepEqual(probabilities, [0.6, 0.7, 0.8].map(Math.fround))
  })

  test('chunks as small as a byte are one body', async () => {
    const chunks = body
      .split('')
      .map((character) => `1\r\n${character}\r\n`)
      .join('')
    const answer = await exchange(
      server.port,
      `${start}connection: close\r\ntransfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`,
    )
    assert.match(answer, /^HTTP\/1\.1 200 /)
    assert.ok(answer.includes(`"probability":${rowProbability}`))
  })

  test('whoever comes next is answered', async () => {
    assert.equal((await server.post('/predict', row)).json['probability'], rowProbability)
    assert.deepEqual(faults, [])
  })
})

/** Sends bytes and gives all that comes back until the server closes. */
function exchange(
  port: number,
  bytes: string,
  goOn: (socket: ReturnType<typeof connect>) => void = () => undefined,
): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(Buffer.from(bytes, 'latin1'))
      goOn(socket)
    })
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
    })
    // What is still on its way when the server closes is reset; the answer was there before.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(answer))
  })
}
