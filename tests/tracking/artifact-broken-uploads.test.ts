import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, beforeEach, describe, test } from 'node:test'
import {
  ask,
  assertRefused,
  openServedStore,
  pathOf,
  post,
  type Answer,
  type ServedStore,
} from './serve-store.ts'

const proxy = '/api/2.0/mlflow-artifacts'
const maxArtifactBytes = 100_000

let served: ServedStore
let folders = 0
/** A folder that no other test uses. */
let folder: string

before(async () => {
  served = await openServedStore({ maxArtifactBytes })
})
beforeEach(() => {
  folder = `f${folders++}`
})
after(async () => {
  await served[Symbol.asyncDispose]()
  assert.deepEqual(served.failures, [])
})

describe('uploads that break off', () => {
  for (const [name, framing] of [
    ['an announced length', 'Content-Length: 90000'],
    ['chunks', 'Transfer-Encoding: chunked'],
  ] as const) {
    test(`with ${name}, nothing is left`, async () => {
      await breakOff('PUT', `${proxy}/artifacts/${folder}/deep/file`, framing)
      await untilQuiet()
      assert.equal((await ask(served.address, file('deep/file'))).status, 404)
      assert.equal((await list('')).text, '{}')
      assert.deepEqual(await leftovers(), [])
    })

    test(`with ${name}, what was there stays`, async () => {
      await put('file', 'the old content')
      await breakOff('PUT', `${proxy}/artifacts/${folder}/file`, framing)
      await untilQuiet()
      assert.equal((await ask(served.address, file('file'))).text, 'the old content')
      assert.deepEqual(await leftovers(), [])
    })
  }

  test('of a part, the upload goes on without it', async () => {
    const { uploadId, urls } = await createUpload('big', 1)
    const { pathname, search } = new URL(urls[0]!)
    await breakOff('PUT', pathname + search, 'Content-Length: 90000')
    await untilQuiet()
    const content = await sendPart(urls[0]!, 'whole')
    assert.equal((await complete('big', uploadId, [content])).status, 200)
    assert.equal((await ask(served.address, file('big'))).text, 'whole')
    assert.deepEqual(await leftovers(), [])
  })
})

describe('uploads that are too large', () => {
  test('with an announced length are refused before they are sent', async () => {
    const answer = await send('PUT', file('x'), { 'content-length': maxArtifactBytes + 1 }, [])
    assertTooLarge(answer)
  })

  test('in chunks are refused with an answer, and nothing is left', async () => {
    const chunk = 'x'.repeat(10_000)
    const body = Array.from({ length: 15 }, () => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    // The end never comes: the answer must.
    const answer = await send('PUT', file('x'), { 'transfer-encoding': 'chunked' }, body)
    assertTooLarge(answer)
    assert.equal((await ask(served.address, file('x'))).status, 404)
    assert.deepEqual(await leftovers(), [])
  })

  test('leave their connection usable when they are sent to the end', async () => {
    const chunk = 'x'.repeat(500_000)
    const body = Array.from({ length: 8 }, () => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    const next = `GET ${proxy}/artifacts?path=${folder} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`
    const both = await sendAll('PUT', file('x'), { 'transfer-encoding': 'chunked' }, [
      ...body,
      '0\r\n\r\n',
      next,
    ])
    assert.deepEqual(both.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 413', 'HTTP/1.1 200'])
  })

  test('in parts are refused per part', async () => {
    const { urls } = await createUpload('big', 1)
    const body = 'x'.repeat(maxArtifactBytes + 1)
    assertTooLarge(await ask(served.address, pathOf(urls[0]!), { method: 'PUT', body }))
  })

  test('in sum are refused when the parts become a file', async () => {
    const { uploadId, urls } = await createUpload('big', 2)
    const half = 'x'.repeat(maxArtifactBytes / 2 + 1)
    const parts = [await sendPart(urls[0]!, half), await sendPart(urls[1]!, half, 2)]
    assertTooLarge(await complete('big', uploadId, parts))
    assert.equal((await ask(served.address, file('big'))).status, 404)
  })

  test('of exactly the limit are taken', async () => {
    const body = 'x'.repeat(maxArtifactBytes)
    assert.equal((await ask(served.address, file('x'), { method: 'PUT', body })).status, 200)
  })

  test('from MLflow’s page may have 10 MiB', async () => {
    await using large = await openServedStore()
    const runId = await large.store.startRun({
      experimentName: 'e',
      runName: 'r',
      startTime: 1,
      tags: {},
    })
    const path = `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${runId}&path=a/b.bin`
    const most = 10 * 1024 * 1024
    const upload = (size: number): Promise<Answer> =>
      ask(large.address, path, {
        method: 'POST',
        headers: { connection: 'close' },
        body: 'x'.repeat(size),
      })
    assert.equal((await upload(most)).status, 200)
    assert.ok([400, 413].includes((await upload(most + 1)).status))
    assert.equal((await large.store.listArtifacts({ runId }, 'a'))[0]?.sizeBytes, most)
    assert.deepEqual(large.failures, [])
  })
})

describe('files and folders', () => {
  test('an empty file in chunks, as Python sends one, is an empty file', async () => {
    const headers = { 'transfer-encoding': 'chunked' }
    const answer = await send('PUT', file('empty'), headers, ['0\r\n\r\n'])
    assert.match(answer, /^HTTP\/1\.1 200 /)
    const found = await ask(served.address, file('empty'))
    assert.deepEqual([found.status, found.text, found.headers['content-length']], [200, '', '0'])
  })

  test('an empty file without a body is one, too', async () => {
    assert.equal((await ask(served.address, file('empty'), { method: 'PUT' })).status, 200)
    assert.equal((await ask(served.address, file('empty'))).status, 200)
  })

  test('neither replaces the other', async () => {
    await put('a/file', 'x')
    assertRefused(await ask(served.address, file('a'), { method: 'PUT', body: 'y' }))
    assertRefused(await ask(served.address, file('a/file/b'), { method: 'PUT', body: 'y' }))
    assertRefused(await ask(served.address, file('a/file/b/c'), { method: 'PUT', body: 'y' }))
    assert.equal((await ask(served.address, file('a/file'))).text, 'x')
  })

  test('of 20 uploads to one path at once one is there, whole', async () => {
    const contents = Array.from({ length: 20 }, (_, i) => `${i} `.repeat(9000))
    const answers = await Promise.all(
      contents.map((body) => ask(served.address, file('one'), { method: 'PUT', body })),
    )
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    assert.ok(contents.includes((await ask(served.address, file('one'))).text))
    assert.deepEqual(await leftovers(), [])
  })

  test('uploads, lists and deletions of one tree at once fail as the client’s, never as the server’s', async () => {
    const tree = `${proxy}/artifacts/${folder}`
    const asks = Array.from({ length: 200 }, (_, i) => {
      const path = file(`a/b${i % 3}/c${i % 5}`)
      if (i % 4 === 0) return ask(served.address, path, { method: 'PUT', body: `${i}` })
      if (i % 4 === 1) return ask(served.address, tree, { method: 'DELETE' })
      if (i % 4 === 2) return ask(served.address, path)
      return ask(served.address, `${proxy}/artifacts?path=${folder}/a`)
    })
    for (const answer of await Promise.all(asks)) assert.ok(answer.status < 500, answer.text)
    assert.deepEqual(await leftovers(), [])
  })

  test('who reads a file while it is replaced reads the old one or the new one', async () => {
    const contents = ['a', 'b'].map((letter) => letter.repeat(maxArtifactBytes))
    await put('file', contents[0]!)
    const reads = Array.from({ length: 20 }, async (_, i) => {
      if (i % 2 === 0) await put('file', contents[(i / 2) % 2]!)
      return ask(served.address, file('file'))
    })
    for (const read of await Promise.all(reads)) assert.ok(contents.includes(read.text))
  })
})

function file(path: string): string {
  return `${proxy}/artifacts/${folder}/${path}`
}

async function put(path: string, body: string): Promise<void> {
  const { status, text: content } = await ask(served.address, file(path), { method: 'PUT', body })
  assert.deepEqual([status, content], [200, ''])
}

function list(path: string): Promise<Answer> {
  return ask(served.address, `${proxy}/artifacts?path=${folder}${path}`)
}

async function createUpload(
  name: string,
  count: number,
): Promise<{ readonly uploadId: string; readonly urls: readonly string[] }> {
  const created = await post(served.address, `${proxy}/mpu/create/${folder}`, {
    path: `/home/somebody/${name}`,
    num_parts: count,
  })
  assert.equal(created.status, 200, created.text)
  const { upload_id: uploadId, credentials } = created.json
  return { uploadId, urls: credentials.map(({ url }: { url: string }) => url) }
}

interface SentPart {
  readonly part_number: number
  readonly etag: string
}

async function sendPart(url: string, body: string, number = 1): Promise<SentPart> {
  const { status, headers } = await ask(served.address, pathOf(url), { method: 'PUT', body })
  assert.equal(status, 200)
  return { part_number: number, etag: String(headers['etag']) }
}

function complete(name: string, uploadId: string, parts: readonly SentPart[]): Promise<Answer> {
  const message = { path: `/home/somebody/${name}`, upload_id: uploadId, parts }
  return post(served.address, `${proxy}/mpu/complete/${folder}`, message)
}

function assertTooLarge(answer: Answer | string): void {
  const status = typeof answer === 'string' ? Number(answer.split(' ')[1]) : answer.status
  const content = typeof answer === 'string' ? answer : answer.text
  assert.equal(status, 413, content)
  assert.match(content, /100000 bytes/)
}

/** Opens a connection and sends the head of a request. */
async function sendHead(method: string, path: string, head: readonly string[]): Promise<Socket> {
  const { port } = new URL(served.address)
  const socket = connect(Number(port), '127.0.0.1')
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...head]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  return socket
}

/** Sends the beginning of a body and goes away when the server has begun with it. */
async function breakOff(method: string, path: string, framing: string): Promise<void> {
  const socket = await sendHead(method, path, [framing])
  const part = 'x'.repeat(50_000)
  socket.write(framing.includes('chunked') ? `${part.length.toString(16)}\r\n${part}\r\n` : part)
  await until(async () => (await leftovers()).length > 0)
  socket.destroy()
}

/** Sends a request as it is written here. @returns the answer, with its head */
async function send(
  method: string,
  path: string,
  headers: Readonly<Record<string, string | number>>,
  body: readonly string[],
): Promise<string> {
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const socket = await sendHead(method, path, head)
  for (const piece of body) socket.write(piece)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let answer = ''
  socket.setEncoding('utf8')
  socket.on('data', (piece: string) => {
    answer += piece
    const [start = '', content] = answer.split('\r\n\r\n')
    const length = Number(/^content-length: (\d+)$/im.exec(start)?.[1] ?? 0)
    if (content !== undefined && Buffer.byteLength(content) >= length) resolve(answer)
  })
  socket.on('error', reject)
  socket.on('close', () => reject(new Error(`the server hung up after '${answer}'`)))
  try {
    return await promise
  } finally {
    socket.destroy()
  }
}

/** Sends what is written here. @returns all that comes until the server ends the connection */
async function sendAll(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: readonly string[],
): Promise<string> {
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const socket = await sendHead(method, path, head)
  for (const piece of body) socket.write(piece)
  return text(socket)
}

/** Files of writes that are not finished. */
async function leftovers(): Promise<readonly string[]> {
  const names = await readdir(served.directory, { recursive: true })
  return names.filter((name) => /incoming|\.tmp$/.test(name)).map((name) => join('/', name))
}

async function untilQuiet(): Promise<void> {
  await until(async () => (await leftovers()).length === 0)
}

/** Waits for what the server does on its own; a test that waits for ever is stopped by its runner. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10))
}
