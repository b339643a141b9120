import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { createTrackingServer } from '../../src/tracking/server/rest-server.ts'
import { openTrackingStore } from '../../src/tracking/store/sqlite-store.ts'
import {
  ask,
  assertRefused,
  openServedStore,
  pathOf,
  post,
  type Answer,
  type ServedStore,
} from './serve-store.ts'
import { openTemporaryFolder } from './temporary-folder.ts'

const proxy = '/api/2.0/mlflow-artifacts'
const dayMs = 24 * 3600 * 1000

let served: ServedStore
let folders = 0
/** A folder that no other test uses. */
let folder: string
/** Milliseconds that the server's clock is ahead. */
let aheadMs = 0

before(async () => {
  // oxlint-disable-next-line no-restricted-properties -- files are stamped with the real time
  served = await openServedStore({ clock: () => Date.now() + aheadMs })
})
beforeEach(() => {
  folder = `f${folders++}`
  aheadMs = 0
})
after(async () => {
  await served[Symbol.asyncDispose]()
  assert.deepEqual(served.failures, [])
})

describe('a file in parts', () => {
  test('is the parts in their order, however they come', async () => {
    const contents = fc.array(fc.string({ maxLength: 300, unit: 'binary' }), {
      minLength: 1,
      maxLength: 6,
    })
    const property = fc.asyncProperty(
      contents,
      fc.infiniteStream(fc.nat()),
      async (parts, keys) => {
        const upload = await createUpload('big.bin', parts.length)
        const order = parts.map((_, i) => i).toSorted(() => (Number(keys.next().value) % 3) - 1)
        const sent = await Promise.all(
          order.map((i) => sendPart(upload.urls[i]!, parts[i]!, i + 1)),
        )
        assert.equal((await complete('big.bin', upload.uploadId, sent)).status, 200)
        const found = await ask(served.address, file('big.bin'))
        assert.equal(found.text, parts.join('').toWellFormed())
        assert.deepEqual(await partFiles(upload.uploadId), [])
      },
    )
    await fc.assert(property, { numRuns: 20 })
  })

  test('is not there before it is complete, and a part that is sent again counts', async () => {
    const { uploadId, urls } = await createUpload('f', 2)
    await sendPart(urls[0]!, 'first', 1)
    const again = await sendPart(urls[0]!, 'FIRST', 1)
    const second = await sendPart(urls[1]!, 'second', 2)
    assert.equal((await ask(served.address, file('f'))).status, 404)
    assert.equal((await ask(served.address, `${proxy}/artifacts?path=${folder}`)).text, '{}')
    assert.equal((await complete('f', uploadId, [again, second])).status, 200)
    assert.equal((await ask(served.address, file('f'))).text, 'FIRSTsecond')
  })

  test('goes on after the server was stopped, by the same addresses', async () => {
    await using place = await openTemporaryFolder()
    await using first = await startServer(place.path)
    const { uploadId, urls } = await createUpload('f', 2, first.address)
    const kept = await sendPart(urls[0]!, 'one', 1, first.address)
    await first[Symbol.asyncDispose]()
    await using second = await startServer(place.path)
    const parts = await ask(second.address, `${proxy}/mpu/parts/${uploadId}`)
    assert.deepEqual(parts.json.parts, [{ ...kept, etag: kept.etag.replaceAll('"', '') }])
    const sent = await sendPart(urls[1]!, 'two', 2, second.address)
    assert.equal((await complete('f', uploadId, [kept, sent], second.address)).status, 200)
    assert.equal((await ask(second.address, file('f'))).text, 'onetwo')
  })

  test('is completed once, however often and at once a client asks', async () => {
    const { uploadId, urls } = await createUpload('f', 3)
    const contents = ['a', 'b', 'c'].map((letter) => letter.repeat(300_000))
    const parts = await Promise.all(contents.map((text, i) => sendPart(urls[i]!, text, i + 1)))
    const asks = Array.from({ length: 8 }, () => complete('f', uploadId, parts))
    for (const { status, text } of await Promise.all(asks)) assert.equal(status, 200, text)
    assert.equal((await complete('f', uploadId, parts)).status, 200)
    assert.equal((await ask(served.address, file('f'))).text, contents.join(''))
    assert.deepEqual(await partFiles(uploadId), [])
  })

  test('replaces a file, and only when it is complete', async () => {
    await ask(served.address, file('f'), { method: 'PUT', body: 'old' })
    const { uploadId, urls } = await createUpload('f', 1)
    const part = await sendPart(urls[0]!, 'new', 1)
    assert.equal((await ask(served.address, file('f'))).text, 'old')
    assert.equal((await complete('f', uploadId, [part])).status, 200)
    assert.equal((await ask(served.address, file('f'))).text, 'new')
  })

  test('that is a folder meanwhile is refused', async () => {
    const { uploadId, urls } = await createUpload('f', 1)
    const part = await sendPart(urls[0]!, 'x', 1)
    await ask(served.address, file('f/inner'), { method: 'PUT', body: 'y' })
    assertRefused(await complete('f', uploadId, [part]))
    assert.equal((await ask(served.address, file('f/inner'))).text, 'y')
  })
})

describe('the end of an upload', () => {
  test('is refused unless it names every part once, as it came', async () => {
    const { uploadId, urls } = await createUpload('f', 2)
    const [one, two] = [await sendPart(urls[0]!, 'a', 1), await sendPart(urls[1]!, 'b', 2)]
    const wrong: readonly (readonly SentPart[])[] = [
      [],
      [one],
      [one, one],
      [one, two, two],
      [one, { part_number: 3, etag: two.etag }],
      [one, { part_number: 0, etag: two.etag }],
      [one, { part_number: 2, etag: one.etag }],
      [one, { part_number: 2, etag: '' }],
      [one, { part_number: 2, etag: '../../../secret' }],
      [one, { part_number: 2, etag: two.etag.toUpperCase() }],
      [one, { part_number: 1.5, etag: two.etag }],
    ]
    for (const parts of wrong) {
      assertRefused(await complete('f', uploadId, parts))
    }
    assert.equal((await ask(served.address, file('f'))).status, 404)
    assert.equal((await complete('f', uploadId, [two, one])).status, 200)
    assert.equal((await ask(served.address, file('f'))).text, 'ab')
  })

  test('is refused for another file than the one it began with', async () => {
    const { uploadId, urls } = await createUpload('f', 1)
    const part = await sendPart(urls[0]!, 'a', 1)
    assertRefused(await complete('g', uploadId, [part]))
    const message = { path: 'f', upload_id: uploadId, parts: [part] }
    const other = await post(served.address, `${proxy}/mpu/complete/other`, message)
    assertRefused(other)
    assert.equal((await complete('f', uploadId, [part])).status, 200)
  })

  test('of an upload that is not there is not found', async () => {
    for (const id of ['0'.repeat(32), '../../artifacts', '..', 'x'.repeat(5000), 'A'.repeat(32)]) {
      assertRefused(await complete('f', id, []), 404, 'RESOURCE_DOES_NOT_EXIST')
      const path = `${proxy}/mpu/parts/${encodeURIComponent(id.slice(0, 100))}`
      assertRefused(await ask(served.address, path), 404, 'RESOURCE_DOES_NOT_EXIST')
      const put = await ask(served.address, `${path}/1`, { method: 'PUT', body: 'x' })
      assertRefused(put, 404, 'RESOURCE_DOES_NOT_EXIST')
    }
  })

  test('by abort removes its parts, takes no more of them, and may be said twice', async () => {
    const { uploadId, urls } = await createUpload('f', 2)
    await sendPart(urls[0]!, 'a', 1)
    for (let i = 0; i < 2; i++) {
      const aborted = await abort('f', uploadId)
      assert.deepEqual([aborted.status, aborted.text], [200, '{}'])
    }
    assert.ok(!(await readdir(join(served.directory, 'uploads'))).includes(uploadId))
    const late = await ask(served.address, pathOf(urls[1]!), { method: 'PUT', body: 'b' })
    assertRefused(late, 404, 'RESOURCE_DOES_NOT_EXIST')
    assert.ok(!(await readdir(join(served.directory, 'uploads'))).includes(uploadId))
  })

  test('by abort for another file aborts nothing', async () => {
    const { uploadId, urls } = await createUpload('f', 1)
    assertRefused(await abort('g', uploadId))
    const part = await sendPart(urls[0]!, 'a', 1)
    assert.equal((await complete('f', uploadId, [part])).status, 200)
  })

  test('that never comes is a week later the next upload’s to clear away', async () => {
    const left = await createUpload('left', 1)
    await sendPart(left.urls[0]!, 'a', 1)
    aheadMs = 6 * dayMs
    const young = await createUpload('young', 1)
    assert.deepEqual((await partFiles(left.uploadId)).length, 1)
    aheadMs = 8 * dayMs
    await createUpload('next', 1)
    const folderNames = await readdir(join(served.directory, 'uploads'))
    assert.ok(!folderNames.includes(left.uploadId))
    assert.ok(!folderNames.includes(young.uploadId))
  })

  for (const count of [0, -1, 10_001, 1.5, 'x', null, 1e12]) {
    test(`${JSON.stringify(count)} parts are ${count === null ? 'one' : 'refused'}`, async () => {
      const message = { path: 'f', num_parts: count }
      const created = await post(served.address, `${proxy}/mpu/create/${folder}`, message)
      if (count === null) assert.equal(created.json.credentials.length, 1)
      else assertRefused(created)
    })
  }

  for (const part of ['0', '-1', '3', '1.5', 'x', '1e0', '', '1x', ' 1']) {
    test(`part '${part}' of 2 is refused`, async () => {
      const { uploadId } = await createUpload('f', 2)
      const path = `${proxy}/mpu/parts/${uploadId}/${encodeURIComponent(part)}`
      const { status } = await ask(served.address, path, { method: 'PUT', body: 'x' })
      assert.ok(status === 400 || status === 404, String(status))
      assert.deepEqual(await partFiles(uploadId), [])
    })
  }
})

describe('signed addresses', () => {
  let guarded: ServedStore
  let authorization: string
  let nowMs = 0

  before(async () => {
    nowMs = 1_700_000_000_000
    guarded = await openServedStore({ clock: () => nowMs, requiresToken: true })
    const token = { name: 'w', role: 'write', creationTime: 1 } as const
    authorization = `Bearer ${await guarded.store.tokens.createToken(token)}`
  })
  after(async () => {
    await guarded[Symbol.asyncDispose]()
    assert.deepEqual(guarded.failures, [])
  })

  test('need no token, everything else does', async () => {
    assert.equal((await create({})).status, 401)
    const { json } = await create({ authorization })
    const [first] = json.credentials
    const etag = (await putTo(pathOf(first.url))).headers['etag']
    const message = { path: 'f', upload_id: json.upload_id, parts: [{ part_number: 1, etag }] }
    const path = `${proxy}/mpu/complete/a`
    assert.equal((await send(path, message, {})).status, 401)
    assert.equal((await send(path, message, { authorization })).status, 400)
    assert.equal((await putTo(`${proxy}/artifacts/a/b`)).status, 401)
  })

  test('let in one request and no other', async () => {
    const { json } = await create({ authorization })
    const [one, two] = json.credentials.map(({ url }: { url: string }) => pathOf(url))
    const [path, query] = one.split('?')
    const [, otherQuery] = two.split('?')
    const expires = Number(new URLSearchParams(query).get('expires'))
    const signature = new URLSearchParams(query).get('signature')!
    const forged: readonly string[] = [
      `${path}?${otherQuery}`,
      `${path}`,
      `${path}?expires=${expires}`,
      `${path}?expires=${expires + 1}&signature=${signature}`,
      `${path}?expires=${expires}&signature=${signature.slice(0, -1)}`,
      `${path}?expires=${expires}&signature=`,
      `${path}?expires=${expires}&signature=${signature}&signature=${signature}`,
      `${path}?expires=99999999999999&signature=${signature}`,
      `${path?.replace(/1$/, '2')}?${query}`,
      `${proxy}/artifacts/a/f?${query}`,
      `${path}/../2?${query}`,
      `${path?.replace('/api/', '/ajax-api/')}?${query}`,
    ]
    for (const each of forged) {
      const { status } = await putTo(each)
      assert.ok(status === 401 || status === 403, `${each}: ${status}`)
    }
    for (const method of ['GET', 'POST', 'DELETE']) {
      const { status } = await ask(guarded.address, one, { method })
      assert.ok([401, 403, 404].includes(status), `${method}: ${status}`)
    }
    assert.equal((await putTo(one)).status, 200)
  })

  test('are over after their time', async () => {
    const { json } = await create({ authorization })
    const path = pathOf(json.credentials[0].url)
    const expires = Number(new URLSearchParams(path.split('?')[1]).get('expires'))
    assert.ok(expires > nowMs && expires <= nowMs + dayMs)
    nowMs = expires - 1
    assert.equal((await putTo(path)).status, 200)
    nowMs = expires
    assert.equal((await putTo(path)).status, 403)
  })

  test('of another server are not ours', async () => {
    await using other = await openServedStore({ clock: () => nowMs })
    const message = { path: 'f', num_parts: 1 }
    const { json } = await post(other.address, `${proxy}/mpu/create/a`, message)
    const path = pathOf(json.credentials[0].url)
    assert.equal((await ask(other.address, path, { method: 'PUT', body: 'x' })).status, 200)
    assert.equal((await putTo(path)).status, 403)
  })

  test('read one file, whole or in ranges, and write none', async () => {
    const name = 'ä #;?%.txt'
    const encoded = `${proxy}/artifacts/a/${encodeURIComponent(name)}`
    await ask(guarded.address, encoded, {
      method: 'PUT',
      headers: { authorization },
      body: 'content',
    })
    const presigned = `${proxy}/presigned/a/${encodeURIComponent(name)}`
    assert.equal((await ask(guarded.address, presigned)).status, 401)
    const { json } = await ask(guarded.address, presigned, { headers: { authorization } })
    assert.deepEqual([json.file_size, json.headers], [7, {}])
    assert.equal(new URL(json.url).host, new URL(guarded.address).host)
    const path = pathOf(json.url)
    assert.equal((await ask(guarded.address, path)).text, 'content')
    const part = await ask(guarded.address, path, { headers: { range: 'bytes=2-4' } })
    assert.deepEqual([part.status, part.text], [206, 'nte'])
    assert.equal((await putTo(path)).status, 403)
    const other = `${proxy}/artifacts/a/other?${path.split('?')[1]}`
    assert.equal((await ask(guarded.address, other)).status, 403)
    const missing = `${proxy}/presigned/a/missing`
    const answer = await ask(guarded.address, missing, { headers: { authorization } })
    assertRefused(answer, 404, 'RESOURCE_DOES_NOT_EXIST')
  })

  function create(headers: Readonly<Record<string, string>>): Promise<Answer> {
    return send(`${proxy}/mpu/create/a`, { path: 'f', num_parts: 2 }, headers)
  }

  function send(
    path: string,
    message: unknown,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    return ask(guarded.address, path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(message),
    })
  }

  function putTo(path: string): Promise<Answer> {
    return ask(guarded.address, path, { method: 'PUT', body: 'x' })
  }
})

test('addresses point to the server as its client called it', async () => {
  const { port } = new URL(served.address)
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`]) {
    const created = await ask(served.address, `${proxy}/mpu/create/${folder}`, {
      method: 'POST',
      headers: { host, 'content-type': 'application/json' },
      body: JSON.stringify({ path: 'f', num_parts: 1 }),
    })
    assert.equal(new URL(created.json.credentials[0].url).host, host)
  }
})

test('the server says that it can do it', async () => {
  const { json } = await ask(served.address, '/api/3.0/mlflow/server-info')
  assert.deepEqual([json.multipart_uploads_enabled, json.multipart_downloads_enabled], [true, true])
})

interface RunningServer extends AsyncDisposable {
  readonly address: string
}

async function startServer(directory: string): Promise<RunningServer> {
  const store = await openTrackingStore({ directory })
  const app = createTrackingServer({ store })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      await app.close()
      await store[Symbol.asyncDispose]()
    },
  }
}

function file(path: string): string {
  return `${proxy}/artifacts/${folder}/${path}`
}

interface CreatedUpload {
  readonly uploadId: string
  readonly urls: readonly string[]
}

async function createUpload(
  name: string,
  count: number,
  address = served.address,
): Promise<CreatedUpload> {
  const message = { path: `/home/somebody/${name}`, num_parts: count }
  const { status, json, text } = await post(address, `${proxy}/mpu/create/${folder}`, message)
  assert.equal(status, 200, text)
  assert.deepEqual(
    json.credentials.map((each: { part_number: number }) => each.part_number),
    Array.from({ length: count }, (_, i) => i + 1),
  )
  return {
    uploadId: json.upload_id,
    urls: json.credentials.map(({ url }: { url: string }) => url),
  }
}

interface SentPart {
  readonly part_number: number
  readonly etag: string
}

async function sendPart(
  url: string,
  body: string,
  part_number: number,
  address = served.address,
): Promise<SentPart> {
  const { status, headers, text } = await ask(address, pathOf(url), { method: 'PUT', body })
  assert.deepEqual([status, text], [200, ''])
  return { part_number, etag: String(headers['etag']) }
}

function complete(
  name: string,
  upload_id: string,
  parts: readonly SentPart[],
  address = served.address,
): Promise<Answer> {
  const message = { path: `/home/somebody/${name}`, upload_id, parts }
  return post(address, `${proxy}/mpu/complete/${folder}`, message)
}

function abort(name: string, upload_id: string): Promise<Answer> {
  const message = { path: `/home/somebody/${name}`, upload_id }
  return post(served.address, `${proxy}/mpu/abort/${folder}`, message)
}

async function partFiles(uploadId: string): Promise<readonly string[]> {
  const names = await readdir(join(served.directory, 'uploads', uploadId))
  return names.filter((name) => name.startsWith('part') || name.endsWith('.tmp'))
}
