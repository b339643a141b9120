import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { measureLag } from '../../../src/serving/operations/overload-lag.ts'
import { createRateLimiter } from '../../../src/serving/operations/rate-limiter.ts'
import { assertProblem, row, serveModel } from '../serve-model.ts'

describe('requests in flight', () => {
  test('beyond the limit are refused with when to come again; probes and metrics are not', async () => {
    await using server = await serveModel({ overload: { requestsInFlight: 1 } })
    const slow = connect(server.port, '127.0.0.1')
    await once(slow, 'connect')
    slow.write(
      'POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
    )
    while (!/in_flight 2/.test((await server.send('/metrics')).text)) continue
    const refused = assertProblem(await server.post('/predict', row), 503, 'REQUEST_REFUSED')
    assert.equal(refused.headers['retry-after'], '1')
    assert.equal((await server.send('/health/ready')).status, 200)
    const { text } = await server.send('/metrics')
    assert.match(text, /mlpt_requests_refused_total\{reason="busy"\} 1\n/)
    slow.destroy()
    while (!/in_flight 1/.test((await server.send('/metrics')).text)) continue
    assert.equal((await server.post('/predict', row)).status, 200)
  })

  test('are refused in the shape of each protocol', async () => {
    await using server = await serveModel({ overload: { requestsInFlight: 0 } })
    const tensors = await server.post('/v2/models/loans/infer', {})
    assert.deepEqual([tensors.status, Object.keys(tensors.json)], [503, ['error']])
    const rows = await server.post('/invocations', {})
    assert.deepEqual([rows.status, rows.json['error_code']], [503, 'TEMPORARILY_UNAVAILABLE'])
  })
})

test('an event loop that is too late refuses', async () => {
  await using server = await serveModel({ overload: { lagMs: -1 } })
  assertProblem(await server.post('/predict', row), 503, 'REQUEST_REFUSED')
  assert.equal((await server.send('/health/live')).status, 200)
})

describe('how late the event loop is', () => {
  test('one long pause does not count, many short ones add up', (context) => {
    let now = 0
    const lag = measureLag(() => now)
    context.after(() => lag.stop())
    now = 5000
    assert.ok(lag.lagMs() <= 0)
    // A hundred requests of 10 ms behind the long one, and the timer was due at 100.
    for (let request = 0; request < 100; request++) {
      now += 10
      lag.lagMs()
    }
    assert.equal(lag.lagMs(), 6000 - 100 - 5000)
  })
})

describe('the rate of one address', () => {
  test('above the limit is 429 with the seconds to wait', async () => {
    await using server = await serveModel({ overload: { requestsPerSecond: 0.01 } })
    assert.equal((await server.post('/predict', row)).status, 200)
    const answer = await server.post('/predict', row)
    assertProblem(answer, 429, 'REQUEST_RATE_EXCEEDED')
    const wait = Number(answer.headers['retry-after'])
    assert.ok(wait > 0 && wait <= 100, String(wait))
    assert.equal((await server.send('/health/ready')).status, 200)
  })

  test('in any time no more pass than the rate allows, and whoever waits as told passes', () => {
    const rates = fc.integer({ min: 1, max: 50 })
    const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 100 })
    fc.assert(
      fc.property(rates, gaps, (rate, waits) => {
        const limiter = createRateLimiter(rate)
        let [now, passed] = [0, 0]
        for (const wait of waits) {
          now += wait
          const told = limiter.take('a', now)
          if (told === 0) passed++
          else assert.equal(createdAlike(rate, told), 0)
        }
        assert.ok(passed <= rate + (now / 1000) * rate + 1e-6)
      }),
    )
  })

  test('one client does not slow another', () => {
    const limiter = createRateLimiter(1)
    assert.deepEqual([limiter.take('a', 0), limiter.take('a', 0), limiter.take('b', 0)], [0, 1, 0])
    assert.equal(limiter.take('a', 1000), 0)
  })

  test('of more clients than are remembered the longest idle is forgotten', () => {
    const limiter = createRateLimiter(1)
    for (let client = 0; client <= 10_000; client++) limiter.take(String(client), 0)
    assert.equal(limiter.take('0', 0), 0)
    assert.equal(limiter.take('10000', 0), 1)
  })
})

describe('tokens', () => {
  const token = 'k'.repeat(43)
  const tokenHashes = ['other', token].map((text) =>
    createHash('sha256').update(text).digest('hex'),
  )

  test('the right one opens, in every protocol; probes need none', async () => {
    await using server = await serveModel({ tokenHashes })
    const authorization = `Bearer ${token}`
    assert.equal((await server.post('/predict', row, { authorization })).status, 200)
    assert.equal((await server.send('/metrics', { headers: { authorization } })).status, 200)
    assert.equal((await server.send('/v2', { headers: { authorization } })).status, 200)
    assert.equal((await server.send('/health/ready')).status, 200)
    assert.equal((await server.send('/ping')).status, 200)
  })

  for (const authorization of ['', 'Bearer', `Bearer ${token}x`, `Basic ${token}`, token]) {
    test(`'${authorization.slice(0, 12)}' opens nothing`, async () => {
      await using server = await serveModel({ tokenHashes })
      const answer = await server.post('/predict', row, { authorization })
      assertProblem(answer, 401, 'REQUEST_UNAUTHENTICATED')
      assert.equal(answer.headers['www-authenticate'], 'Bearer')
      const rows = await server.post('/invocations', {}, { authorization })
      assert.deepEqual([rows.status, rows.json['error_code']], [401, 'UNAUTHENTICATED'])
      for (const path of ['/metrics', '/docs', '/v2', '/nope']) {
        assert.equal((await server.send(path, { headers: { authorization } })).status, 401, path)
      }
    })
  }
})

test('a page of another origin is given no permission', async () => {
  await using server = await serveModel()
  const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
  for (const method of ['OPTIONS', 'POST', 'GET']) {
    const answer = await server.send('/predict', { method, headers })
    const permissions = Object.keys(answer.headers).filter((name) => name.startsWith('access-'))
    assert.deepEqual(permissions, [])
  }
})

/** What an empty bucket answers after the wait, and a microsecond for the rounding. */
function createdAlike(rate: number, waitSeconds: number): number {
  const limiter = createRateLimiter(rate)
  for (let taken = 0; taken < rate; taken++) limiter.take('a', 0)
  return limiter.take('a', 1000 / rate + waitSeconds * 1000)
}
