import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertProblem, row, serveModel } from '../serve-model.ts'

describe('whom the server answers', () => {
  for (const host of [
    'localhost',
    'localhost:8000',
    'LOCALHOST:1',
    '127.0.0.1:8000',
    '127.9.9.9',
    '[::1]:8000',
    'models.example:443',
    'Models.Example',
  ]) {
    test(`Host '${host}' is one of its own`, async () => {
      await using server = await serveModel({ allowedHosts: ['models.example'] })
      assert.equal((await server.post('/predict', row, { host })).status, 200)
    })
  }

  for (const host of [
    'evil.example',
    'localhost.evil.example',
    'evil.example:8000',
    '127.0.0.1.evil.example',
    '[::2]',
    'localhost@evil.example',
    'models.example.evil',
  ]) {
    test(`Host '${host}' is not`, async () => {
      await using server = await serveModel({ allowedHosts: ['models.example'] })
      assertProblem(await server.post('/predict', row, { host }), 403, 'REQUEST_FORBIDDEN')
      assertProblem(await server.send('/docs', { headers: { host } }), 403, 'REQUEST_FORBIDDEN')
    })
  }

  test('probes are answered whatever Host they name', async () => {
    await using server = await serveModel()
    for (const path of ['/health/live', '/health/ready', '/v2/health/live', '/v2/health/ready']) {
      const headers = { host: '10.2.3.4:8000' }
      assert.equal((await server.send(path, { headers })).status, 200, path)
    }
  })

  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:1' },
    { 'sec-fetch-site': 'cross-site' },
  ]) {
    test(`a POST from a page with ${JSON.stringify(headers)} is refused`, async () => {
      await using server = await serveModel()
      const answer = await server.post('/predict', row, { host: 'localhost:8000', ...headers })
      assertProblem(answer, 403, 'REQUEST_FORBIDDEN')
    })
  }

  test('a POST from its own page is answered', async () => {
    await using server = await serveModel()
    const headers = { host: 'localhost:8000', origin: 'http://localhost:8000' }
    assert.equal((await server.post('/predict', row, headers)).status, 200)
  })

  test('no page of another origin may read an answer', async () => {
    await using server = await serveModel()
    const { headers } = await server.send('/docs', { headers: { origin: 'https://evil.example' } })
    assert.deepEqual(
      Object.keys(headers).filter((name) => name.startsWith('access-control-')),
      [],
    )
  })
})

test("'*' allows every name, and still no page of another origin", async () => {
  await using server = await serveModel({ allowedHosts: ['*'] })
  const headers = { host: 'model.internal:8080' }
  assert.equal((await server.send('/v2', { headers })).status, 200)
  const foreign = { ...headers, origin: 'http://evil.example' }
  assert.equal((await server.post('/predict', row, foreign)).status, 403)
})

describe('headers of every answer', () => {
  for (const path of ['/', '/docs', '/predict', '/nope', '/v2', '/v2/nope', '/health/live', '/%']) {
    test(`${path} is inert in a browser`, async () => {
      await using server = await serveModel()
      const { headers } = await server.send(path)
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['x-frame-options'], 'DENY')
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
      assert.match(String(headers['content-security-policy']), /default-src 'none'/)
      assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/)
    })
  }

  test('a request id that is safe comes back', async () => {
    await using server = await serveModel()
    const id = `a.B_9-${'x'.repeat(122)}`
    const { headers } = await server.send('/v2', { headers: { 'x-request-id': id } })
    assert.equal(headers['x-request-id'], id)
  })

  for (const id of ['', 'a b', 'a"b', '<script>', 'x'.repeat(129), 'ä']) {
    test(`the request id '${id.slice(0, 20)}' is replaced`, async () => {
      await using server = await serveModel()
      const { headers } = await server.send('/v2', { headers: { 'x-request-id': id } })
      assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/)
    })
  }
})
