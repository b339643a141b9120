import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAllowedHost, isForeignOrigin } from '../../src/core/request-origin.ts'

test('loopback names are allowed with any port, and so are the names that were added', () => {
  for (const host of [
    'localhost',
    'LOCALHOST:5000',
    '127.0.0.1:1',
    '127.1.2.3',
    '[::1]:80',
    '[::1]',
  ]) {
    assert.equal(isAllowedHost(host, []), true, host)
  }
  assert.equal(isAllowedHost('ml.example.org:80', ['ML.example.org']), true)
})

test('other names are not, whatever they resemble', () => {
  const others = [
    undefined,
    '',
    'evil.org',
    'localhost.evil.org',
    'evil.org:localhost',
    '127.0.0.1.evil.org',
    'localhost:80:90',
    '[::2]',
    '0.0.0.0',
    'a@localhost',
    'localhost/',
    '::1',
    ' localhost',
  ]
  for (const host of others) assert.equal(isAllowedHost(host, ['ml.example.org']), false, host)
})

test('a request that may change something must come from this origin or from no page at all', () => {
  const head = { host: 'localhost:5000' }
  const isForeign = (method: string, headers: Record<string, string>): boolean =>
    isForeignOrigin({ method, headers: { ...head, ...headers } })
  assert.equal(isForeign('POST', {}), false)
  assert.equal(isForeign('POST', { origin: 'http://localhost:5000' }), false)
  assert.equal(isForeign('POST', { origin: 'http://localhost:3000' }), true)
  assert.equal(isForeign('DELETE', { origin: 'http://evil.org' }), true)
  assert.equal(isForeign('POST', { origin: 'null' }), true)
  assert.equal(isForeign('PATCH', { 'sec-fetch-site': 'cross-site' }), true)
  assert.equal(isForeign('GET', { origin: 'http://evil.org' }), false)
  // As a proxy passes it on that names the server otherwise than the page does.
  const own = { origin: 'https://ml.example.org', 'sec-fetch-site': 'same-origin' }
  assert.equal(isForeign('POST', own), false)
  assert.equal(isForeign('POST', { ...own, 'sec-fetch-site': 'same-site' }), true)
})
