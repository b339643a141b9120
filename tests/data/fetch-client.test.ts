import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { ToolkitError } from '../../src/core/errors.ts'
import { fetchBytes, type FetchLimits } from '../../src/data/fetch-client.ts'
import { serve } from '../web-server.ts'

test('a source is asked again after what may pass, and its bytes count once', async () => {
  let asked = 0
  await using server = await serve((request, response) => {
    asked++
    if (asked === 1) response.writeHead(503, { 'retry-after': '0' }).end()
    else if (asked === 2) request.socket.destroy()
    else if (asked === 3) {
      response.writeHead(200, { 'content-length': '8' })
      response.write('a,b\n', () => response.destroy())
    } else response.end('a,b\n1,2\n')
  })
  const bytes = await fetchBytes(server.url, { ...limits, retryDelaysMs: [1, 1, 1] })
  assert.equal(Buffer.from(bytes).toString(), 'a,b\n1,2\n')
  assert.equal(asked, 4)
})

test('how often it was tried is told; what will not pass is tried once', async () => {
  let status = 502
  await using server = await serve((_, response) => void response.writeHead(status).end())
  assert.match(await messageFor(server.url), /: it answered 502, tried 3 times$/)
  status = 404
  assert.match(await messageFor(server.url), /: it answered 404$/)
})

test('a table that takes longer than the time-out arrives as long as something comes, and what stops is given up', async () => {
  await using server = await serve((request, response) => {
    response.write('x')
    void (async () => {
      for (let i = 0; i < 6 && request.url === '/slow'; i++) {
        await wait(40)
        response.write('x')
      }
      if (request.url === '/slow') response.end()
    })()
  })
  const hasty = { ...limits, timeoutMs: 120 }
  assert.equal((await fetchBytes(`${server.url}/slow`, hasty)).length, 7)
  assert.match(await messageFor(`${server.url}/stops`, hasty), /: no answer in time$/)
})

test('no error shows user, password or query', async () => {
  for (const [url, message] of [
    [
      'http://ada:secret@127.0.0.1:9/a.csv?sig=secret',
      /^http:\/\/127\.0\.0\.1:9\/a\.csv: .* user or password/,
    ],
    ['http://127.0.0.1:9/a.csv?X-Amz-Signature=secret', /^http:\/\/127\.0\.0\.1:9\/a\.csv: /],
    ['no address', /^no address: it is no address$/],
  ] as const) {
    const said = await messageFor(url)
    assert.match(said, message)
    assert.doesNotMatch(said, /secret/)
  }
})

const limits: FetchLimits = { timeoutMs: 5000, maxBytes: 1000, retryDelaysMs: [1, 1] }

async function messageFor(url: string, asked: FetchLimits = limits): Promise<string> {
  const error = await fetchBytes(url, asked).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof ToolkitError, String(error))
  assert.equal(error.code, 'DATA_SOURCE_UNAVAILABLE')
  return error.message
}
