import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { addressesOf, rawRoutes, routeGroups } from '../../src/tracking/server/all-routes.ts'
import { parseSecret } from '../../src/tracking/server/authorise.ts'
import { createTrackingServer } from '../../src/tracking/server/rest-server.ts'
import type { Permission } from '../../src/tracking/server/route.ts'
import { openTrackingStore } from '../../src/tracking/store/sqlite-store.ts'
import {
  ask,
  assertRefused,
  openServedStore,
  post,
  type Answer,
  type ServedStore,
} from './serve-store.ts'

const api = '/api/2.0/mlflow'
const proxy = '/api/2.0/mlflow-artifacts'
const ranks: readonly Permission[] = ['read', 'write', 'admin']

let served: ServedStore
let now = 1_000_000
const secrets = new Map<string, string>()

before(async () => {
  served = await openServedStore({ clock: () => now })
  for (const role of ranks) {
    secrets.set(role, await served.store.tokens.createToken({ name: role, role, creationTime: 1 }))
  }
})
after(async () => {
  assert.deepEqual(served.failures, [])
  await served[Symbol.asyncDispose]()
})

/** Every address with every method that it has. */
const endpoints = [
  ...Object.entries(routeGroups).flatMap(([group, routes]) =>
    routes.map((route) => ({ ...route, path: `${group}/${route.path}` })),
  ),
  ...rawRoutes,
].flatMap(({ methods, path, permission }) =>
  addressesOf(path).flatMap((address) =>
    methods.map((method) => ({
      method,
      permission,
      path: address.replaceAll(/:\w+/g, 'x').replace('*', '1/x'),
    })),
  ),
)

describe('every endpoint', () => {
  test('is in the table, both bases and uploads in parts included', () => {
    assert.ok(endpoints.length > 150, String(endpoints.length))
    const paths = endpoints.map(({ path }) => path)
    assert.ok(paths.includes('/ajax-api/2.0/mlflow/runs/search'))
    assert.ok(paths.includes(`${proxy}/mpu/parts/x/x`))
    assert.ok(paths.includes('/get-artifact'))
  })

  for (const { method, path, permission } of endpoints) {
    test(`${method} ${path} wants a token that may ${permission}`, async () => {
      assertUnauthenticated(await send(method, path))
      for (const role of ranks) {
        const answer = await send(method, path, secrets.get(role))
        const isAllowed = ranks.indexOf(role) >= ranks.indexOf(permission)
        // What is allowed fails for what it says, as it says nothing.
        if (isAllowed) assert.notEqual(answer.json?.error_code, 'PERMISSION_DENIED', answer.text)
        else assertRefused(answer, 403, 'PERMISSION_DENIED')
        assert.ok(answer.status !== 401 && answer.status < 500, answer.text)
      }
    })
  }

  test('as well as the page, what describes the API, and what is not there', async () => {
    for (const path of [
      '/',
      '/page/main.ts',
      '/page/library/preact.js',
      '/api/pipeline/runs',
      '/openapi.json',
      '/api/3.0/mlflow/server-info',
      '/nothing',
      `${api}/nothing`,
      `${api}/runs/get/`,
      '//api/2.0/mlflow/runs/get',
      '/api/2.0/mlflow/runs%2fget',
      '/API/2.0/mlflow/runs/get',
    ]) {
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
        const { status } = await ask(served.address, path, { method })
        assert.equal(status, 401, `${method} ${path}`)
      }
    }
  })

  test('but not the probes', async () => {
    for (const path of ['/health', '/version']) {
      assert.equal((await ask(served.address, path)).status, 200)
    }
  })
})

describe('a token', () => {
  test('is taken as Bearer and as the password of any user', async () => {
    const secret = secrets.get('read')!
    for (const authorization of [
      `Bearer ${secret}`,
      `bearer   ${secret}`,
      `Basic ${btoa(`anybody:${secret}`)}`,
      `Basic ${btoa(`:${secret}`)}`,
    ]) {
      const headers = { authorization }
      assert.equal((await ask(served.address, '/openapi.json', { headers })).status, 200)
    }
  })

  for (const [name, authorization] of [
    ['no scheme', 'abc'],
    ['another scheme', 'Digest abc'],
    ['an empty one', 'Bearer '],
    ['base64 of no pair', `Basic ${btoa('abc')}`],
    ['what is no base64', 'Basic ***'],
    ['SQL', `Basic ${btoa("x:' OR 1=1 --")}`],
    ['its own hash', `Bearer ${'0'.repeat(64)}`],
    ['very much', `Bearer ${'x'.repeat(10_000)}`],
  ] as const) {
    test(`is not ${name}`, async () => {
      now += 60_000
      const answer = await ask(served.address, '/openapi.json', { headers: { authorization } })
      assertUnauthenticated(answer)
    })
  }

  test('is told once and kept as a hash', async () => {
    const listed = JSON.stringify(await served.store.tokens.listTokens())
    for (const secret of secrets.values()) assert.ok(!listed.includes(secret))
  })

  test('names who changed a model in its audit log', async () => {
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${secrets.get('write')}`,
    }
    const body = JSON.stringify({ name: 'm' })
    const path = `${api}/registered-models/create`
    assert.equal((await ask(served.address, path, { method: 'POST', headers, body })).status, 200)
    const audit = await ask(served.address, `${api}/registered-models/audit?name=m`, { headers })
    assert.equal(audit.json.entries[0].user_id, 'write')
  })

  test('that is not known is answered 429 after 20 times in a minute; known ones still come in', async () => {
    now += 60_000
    const headers = { authorization: 'Bearer wrong' }
    for (let i = 0; i < 20; i++) {
      assertUnauthenticated(await ask(served.address, '/openapi.json', { headers }))
    }
    const answer = await ask(served.address, '/openapi.json', { headers })
    assertRefused(answer, 429, 'REQUEST_LIMIT_EXCEEDED')
    assert.equal(answer.headers['retry-after'], '60')
    assert.equal((await send('GET', '/openapi.json', secrets.get('read'))).status, 200)
    now += 60_000
    assertUnauthenticated(await ask(served.address, '/openapi.json', { headers }))
  })

  test('that is revoked is worth nothing at once, and the last one opens nothing', async () => {
    await using own = await openServedStore()
    assert.equal((await ask(own.address, '/openapi.json')).status, 200)
    const token = { name: 'a', role: 'read', creationTime: 1 } as const
    const secret = await own.store.tokens.createToken(token)
    const headers = { authorization: `Bearer ${secret}` }
    assert.equal((await ask(own.address, '/openapi.json')).status, 401)
    assert.equal((await ask(own.address, '/openapi.json', { headers })).status, 200)
    await own.store.tokens.revokeToken('a')
    assert.equal((await ask(own.address, '/openapi.json', { headers })).status, 401)
    assert.equal((await ask(own.address, '/openapi.json')).status, 401)
  })

  test('is wanted from the start when the server is told so', async () => {
    await using own = await openServedStore({ requiresToken: true })
    assertUnauthenticated(await ask(own.address, `${api}/runs/get?run_id=x`))
  })

  for (const name of ['', 'a b', 'ä', 'x'.repeat(101), '../x', 'a\nb']) {
    test(`has a name, which is not '${name}'`, async () => {
      const token = { name, role: 'read', creationTime: 1 } as const
      await assert.rejects(served.store.tokens.createToken(token), { code: 'TRACKING_INVALID' })
    })
  }

  test('has a name of its own', async () => {
    const token = { name: 'read', role: 'admin', creationTime: 1 } as const
    await assert.rejects(served.store.tokens.createToken(token), { code: 'TRACKING_EXISTS' })
    await assert.rejects(served.store.tokens.revokeToken('nobody'), { code: 'TRACKING_NOT_FOUND' })
  })
})

test('a password may have colons; a header without one has none', () => {
  assert.equal(parseSecret(`Basic ${btoa('u:a:b')}`), 'a:b')
  assert.equal(parseSecret(undefined), undefined)
})

describe('a signed address', () => {
  const file = `${proxy}/artifacts/1/folder/file%20%C3%BC.txt`

  test('lets one request in without a token, for a while', async () => {
    await send('PUT', file, secrets.get('write'), 'content')
    const { path } = await presign()
    assert.equal((await ask(served.address, path)).text, 'content')
    assert.equal((await ask(served.address, path, { method: 'HEAD' })).status, 200)
    assert.equal((await ask(served.address, file)).status, 401)
    now += 3600 * 1000
    assertRefused(await ask(served.address, path), 403, 'PERMISSION_DENIED')
  })

  test('is good for its method, its path and its time alone', async () => {
    const { path } = await presign()
    for (const method of ['PUT', 'DELETE']) {
      assertRefused(
        await ask(served.address, path, { method, body: 'x' }),
        403,
        'PERMISSION_DENIED',
      )
    }
    for (const other of [
      path.replace('file', 'fil%65'),
      path.replace('folder', 'other'),
      path.replace('/api/', '/ajax-api/'),
      path.replace(/expires=\d/, 'expires=9'),
      path.replace(/signature=./, 'signature='),
      path.replace(/signature=.*/, 'signature='),
      path.replace('signature=', 'signature=x&signature='),
      path.replace('expires=', 'expires=1&expires='),
      path.replace(/expires=\d+&/, ''),
      `${api}/runs/get?${path.split('?')[1]}`,
    ]) {
      assertRefused(await ask(served.address, other), 403, 'PERMISSION_DENIED')
    }
    // With a token too: what is signed wrongly is never let in.
    const forged = path.replace(/signature=./, 'signature=')
    assertRefused(await send('GET', forged, secrets.get('admin')), 403, 'PERMISSION_DENIED')
  })

  test('is none for another store, and one for every server of its own', async () => {
    const { path } = await presign()
    await using other = await openServedStore({ clock: () => now })
    assertRefused(await ask(other.address, path), 403, 'PERMISSION_DENIED')
    await using again = await openTrackingStore({ directory: served.directory })
    const restarted = createTrackingServer({ store: again, clock: () => now })
    const address = await restarted.listen({ host: '127.0.0.1', port: 0 })
    assert.equal((await ask(address, path)).text, 'content')
    await restarted.close()
  })

  async function presign(): Promise<{ path: string }> {
    const answer = await send(
      'GET',
      `${proxy}/presigned/1/folder/file%20%C3%BC.txt`,
      secrets.get('read'),
    )
    assert.equal(answer.json.file_size, 7)
    const { pathname, search, origin } = new URL(answer.json.url)
    assert.equal(origin, served.address)
    return { path: pathname + search }
  }
})

test('without tokens nobody is asked for one', async () => {
  await using own = await openServedStore()
  const answer = await post(own.address, `${api}/experiments/create`, { name: 'e' })
  assert.equal(answer.status, 200)
})

async function send(method: string, path: string, secret?: string, body?: string): Promise<Answer> {
  const headers = {
    'content-type': 'application/json',
    ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
  }
  return ask(served.address, path, { method, headers, ...(body !== undefined && { body }) })
}

function assertUnauthenticated(answer: Answer): void {
  assertRefused(answer, 401, 'UNAUTHENTICATED')
  assert.match(String(answer.headers['www-authenticate']), /^Basic realm/)
}
