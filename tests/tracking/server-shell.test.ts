import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { addressesOf, rawRoutes, routeGroups } from '../../src/tracking/server/all-routes.ts'
import { createTrackingServer } from '../../src/tracking/server/rest-server.ts'
import { ask, openServedStore, post, type ServedStore } from './serve-store.ts'

const api = '/api/2.0/mlflow'
let served: ServedStore

before(async () => {
  served = await openServedStore({ staticPrefix: '/ml/flow' })
})
after(async () => {
  assert.deepEqual(served.failures, [])
  await served[Symbol.asyncDispose]()
})

describe('a static prefix', () => {
  test('may stand before every path, and be left out', async () => {
    for (const path of ['/health', '/version', '/', '/page/main.ts', '/openapi.json']) {
      for (const prefix of ['', '/ml/flow']) {
        assert.equal((await ask(served.address, prefix + path)).status, 200, prefix + path)
      }
    }
    const created = await post(served.address, `/ml/flow${api}/experiments/create`, { name: 'e' })
    assert.equal(created.status, 200)
  })

  test('is no way around the path: what only begins like it is not found', async () => {
    for (const path of [
      '/ml/flowx/health',
      '/ml/health',
      '/ml/flow/ml/flow/health',
      '/ml/flow//',
    ]) {
      assert.equal((await ask(served.address, path)).status, 404, path)
    }
  })

  test('stands in signed addresses that were asked for under it', async () => {
    const proxy = '/ml/flow/api/2.0/mlflow-artifacts'
    await ask(served.address, `${proxy}/artifacts/1/x`, { method: 'PUT', body: 'content' })
    const { json } = await ask(served.address, `${proxy}/presigned/1/x`)
    const { pathname, search } = new URL(json.url)
    assert.equal(pathname, `${proxy}/artifacts/1/x`)
    assert.equal((await ask(served.address, pathname + search)).text, 'content')
  })

  for (const prefix of ['ml', '/', '/ml/', '//ml', '/m l', '/:id', '/*', '/ml?x']) {
    test(`is not '${prefix}'`, () => {
      const create = (): unknown =>
        createTrackingServer({ store: served.store, staticPrefix: prefix })
      assert.throws(create, { code: 'TRACKING_INVALID' })
    })
  }
})

describe('a long answer', () => {
  const fromAfar = { 'accept-encoding': 'gzip, deflate', 'x-forwarded-for': '192.0.2.1' }
  const search = `${api}/experiments/search?max_results=1000`

  before(async () => {
    for (let i = 0; i < 300; i++) {
      await served.store.createExperiment({ name: `experiment ${i}`, tags: {} })
    }
  })

  test('is packed for who asks for it over a network', async () => {
    const packed = await askBytes(search, fromAfar)
    assert.equal(packed.encoding, 'gzip')
    const plain = await askBytes(search, {})
    assert.equal(plain.encoding, undefined)
    assert.deepEqual(gunzipSync(packed.bytes), plain.bytes)
    assert.ok(packed.bytes.length * 3 < plain.bytes.length)
  })

  test('of runs is packed as it is made', async () => {
    const body = JSON.stringify({ experiment_ids: ['0'] })
    const packed = await askBytes(`${api}/runs/search`, fromAfar, body)
    assert.equal(packed.encoding, 'gzip')
    assert.equal(gunzipSync(packed.bytes).toString(), '{}')
  })

  test('is not packed for who does not want it, nor for this machine, nor when it is short', async () => {
    for (const headers of [
      { ...fromAfar, 'accept-encoding': 'gzip;q=0' },
      { ...fromAfar, 'accept-encoding': 'br' },
      { 'accept-encoding': 'gzip' },
    ]) {
      assert.equal((await askBytes(search, headers)).encoding, undefined)
    }
    const short = `${api}/experiments/get?experiment_id=0`
    assert.equal((await askBytes(short, fromAfar)).encoding, undefined)
  })
})

describe('the description of the API', () => {
  test('has every endpoint with every method, its parameters and what it answers', async () => {
    const { json } = await ask(served.address, '/openapi.json')
    assert.equal(json.openapi, '3.1.0')
    const all = [
      ...Object.entries(routeGroups).flatMap(([group, routes]) =>
        routes.map((route) => ({ ...route, path: `${group}/${route.path}` })),
      ),
      ...rawRoutes,
    ]
    for (const { path, methods, summary } of all) {
      const address = addressesOf(path)[0]!.replaceAll(/:(\w+)/g, '{$1}')
      const described = json.paths[address.replace('*', '{artifact_path}')]
      for (const method of methods) {
        const operation = described[method.toLowerCase()]
        assert.equal(operation.summary, summary, `${method} ${path}`)
        const inPath = operation.parameters.filter((each: { in: string }) => each.in === 'path')
        const names = [...address.matchAll(/\{\w+\}|\*/g)]
        assert.equal(inPath.length, names.length, path)
      }
    }
  })

  test('names every operation once', async () => {
    const { json } = await ask(served.address, '/openapi.json')
    const ids = Object.values<Record<string, { operationId: string }>>(json.paths).flatMap(
      (operations) => Object.values(operations).map(({ operationId }) => operationId),
    )
    assert.equal(new Set(ids).size, ids.length)
  })
})

test('the server says that large files go in parts and by signed addresses', async () => {
  const { json } = await ask(served.address, '/api/3.0/mlflow/server-info')
  assert.equal(json.multipart_uploads_enabled, true)
  assert.equal(json.multipart_downloads_enabled, true)
})

test('an address that declares no permission cannot be added', async () => {
  await using own = await openServedStore()
  const app = createTrackingServer({ store: own.store })
  assert.throws(() => app.get('/open', async () => 'x'), /declares no permission/)
})

async function askBytes(
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<{ readonly encoding: string | undefined; readonly bytes: Buffer }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    encoding: string | undefined
    bytes: Buffer
  }>()
  const method = body === undefined ? 'GET' : 'POST'
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const sent = request(
    served.address + path,
    { method, headers: { ...type, ...headers } },
    (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () =>
        resolve({ encoding: answer.headers['content-encoding'], bytes: Buffer.concat(chunks) }),
      )
    },
  )
  sent.on('error', reject)
  sent.end(body)
  return promise
}
