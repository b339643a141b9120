/** Large files in parts, from our client to a real server, through a line that breaks or alters what goes over it. */

import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { createServer, request as send, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, before, beforeEach, describe, test } from 'node:test'
import fc from 'fast-check'
import type { ArtifactTracking } from '../../src/core/tracking.ts'
import { createArtifactClient } from '../../src/tracking/client/artifacts-client.ts'
import { openConnection } from '../../src/tracking/client/connection-client.ts'
import { openServedStore, type ServedStore } from './serve-store.ts'

/** Files of 100 bytes and more go in parts of 40. */
const partSizes = { fromBytes: 100, partBytes: 40 }

let served: ServedStore
let line: Line
let runId: string

before(async () => {
  served = await openServedStore()
  line = await openLine(served.address)
})
beforeEach(async () => {
  runId = await served.store.startRun({ experimentName: 'e', runName: 'r', startTime: 1, tags: {} })
  line.seen.length = 0
  line.treat = () => 'pass'
})
after(async () => {
  await line[Symbol.asyncDispose]()
  await served[Symbol.asyncDispose]()
  assert.deepEqual(served.failures, [])
})

describe('a large file', () => {
  test('arrives byte for byte, whatever its size and its pieces', async () => {
    using client = openClient()
    const pieces = fc.array(fc.uint8Array({ maxLength: 130 }), { maxLength: 6 })
    const property = fc.asyncProperty(pieces, async (chunks) => {
      line.seen.length = 0
      const sent = Buffer.concat(chunks)
      await client.artifacts.writeArtifact({ runId }, 'd/ü f.bin', streamOf(chunks), sent.length)
      assert.deepEqual(await readBack('d/ü f.bin'), sent)
      const parts = sent.length < 100 ? 0 : Math.ceil(sent.length / 40)
      assert.equal(partsSeen().length, parts)
    })
    await fc.assert(property, { numRuns: 30 })
  })

  test('of memory goes in parts too, and small files do not', async () => {
    using client = openClient()
    await client.artifacts.writeArtifact({ runId }, 'large', Buffer.alloc(100, 'x'))
    assert.deepEqual(partsSeen(), [1, 2, 3])
    await client.artifacts.writeArtifact({ runId }, 'small', Buffer.alloc(99, 'x'))
    assert.deepEqual(partsSeen(), [1, 2, 3])
    assert.deepEqual(await readBack('large'), Buffer.alloc(100, 'x'))
    assert.deepEqual(await readBack('small'), Buffer.alloc(99, 'x'))
  })

  test('sends a part again that broke off, and only that', async () => {
    using client = openClient({ maxRetries: 3 })
    line.treat = ({ part, attempt }) => (part === 2 && attempt < 3 ? 'break' : 'pass')
    await client.artifacts.writeArtifact({ runId }, 'f', content(200))
    assert.deepEqual(partsSeen(), [1, 2, 2, 2, 3, 4, 5])
    assert.deepEqual(await readBack('f'), content(200))
  })

  test('goes on where it broke off: only what is not there, or is something else now, is sent', async () => {
    using client = openClient()
    line.treat = ({ part }) => (part === 4 ? 'break' : 'pass')
    const write = (bytes: Uint8Array): Promise<void> =>
      client.artifacts.writeArtifact({ runId }, 'f', bytes)
    await assert.rejects(write(content(200)), { code: 'TRACKING_SERVER_FAILED' })
    await assert.rejects(readBack('f'), { code: 'TRACKING_NOT_FOUND' })
    assert.ok(partsSeen().includes(1) && partsSeen().includes(2) && partsSeen().includes(3))
    line.treat = () => 'pass'
    line.seen.length = 0
    const changed = content(200)
    changed[45] = 0
    await write(changed)
    assert.deepEqual(
      partsSeen().filter((part) => part < 5),
      [2, 4],
    )
    assert.deepEqual(await readBack('f'), changed)
  })

  test('that is altered on its way is refused, and is not there', async () => {
    using client = openClient()
    line.treat = ({ part }) => (part === 3 ? 'alter' : 'pass')
    await assert.rejects(client.artifacts.writeArtifact({ runId }, 'f', content(200)), {
      code: 'TRACKING_SERVER_FAILED',
      message: /^part 3 arrived as something else: its SHA-256 is [0-9a-f]{64} there/,
    })
    await assert.rejects(readBack('f'), { code: 'TRACKING_NOT_FOUND' })
  })

  test('that is longer or shorter than was said is refused, and nothing is left of it', async () => {
    using client = openClient()
    const known = await uploads()
    for (const [said, found] of [
      [200, '160'],
      [120, '121 or more|160 or more'],
    ] as const) {
      const writing = client.artifacts.writeArtifact(
        { runId },
        'f',
        streamOf([content(80), content(80)]),
        said,
      )
      await assert.rejects(writing, {
        code: 'TRACKING_INVALID',
        message: new RegExp(`^'f' has (?:${found}) bytes, not ${said} as`),
      })
      await assert.rejects(readBack('f'), { code: 'TRACKING_NOT_FOUND' })
    }
    assert.deepEqual(await uploads(), known)
  })

  for (const [title, path, status] of [
    ['a server that does not say that it takes parts', 'server-info', 404],
    ['a storage that takes no parts', 'mpu/create', 501],
  ] as const) {
    test(`goes in one piece to ${title}`, async () => {
      using client = openClient()
      line.treat = ({ url }) => (url.includes(path) ? status : 'pass')
      await client.artifacts.writeArtifact({ runId }, 'f', streamOf([content(200)]), 200)
      assert.deepEqual(partsSeen(), [])
      assert.deepEqual(await readBack('f'), content(200))
    })
  }

  test('is the last one that was sent, when two are sent to one path at once', async () => {
    using client = openClient()
    const contents = [content(200), Buffer.alloc(200, 'z')]
    await Promise.all(
      contents.map((bytes) => client.artifacts.writeArtifact({ runId }, 'f', bytes)),
    )
    const found = await readBack('f')
    assert.ok(contents.some((bytes) => found.equals(bytes)))
  })
})

function content(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, i) => (i * 7) % 251))
}

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk)
}

async function readBack(path: string): Promise<Buffer> {
  return buffer((await served.store.openArtifact({ runId }, path)).content)
}

async function uploads(): Promise<readonly string[]> {
  return (await readdir(join(served.directory, 'uploads'))).filter((name) => !name.startsWith('.'))
}

function partsSeen(): readonly number[] {
  return line.seen.flatMap((url) => partOf(url) ?? []).toSorted((a, b) => a - b)
}

function partOf(url: string): number | undefined {
  const number = /mpu\/parts\/[0-9a-f]{32}\/(\d+)/.exec(url)?.[1]
  return number === undefined ? undefined : Number(number)
}

function openClient({ maxRetries = 0 } = {}): Disposable & {
  readonly artifacts: ArtifactTracking
} {
  const connection = openConnection({
    uri: line.address,
    retries: { maxRetries, baseDelayMs: 1 },
  })
  return {
    artifacts: createArtifactClient(connection, partSizes),
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  }
}

/** What becomes of a request: an answer of a status, or one of these. */
type Treatment = 'pass' | 'break' | 'alter' | number

interface Line extends AsyncDisposable {
  readonly address: string
  /** What was asked, in order. */
  readonly seen: string[]
  treat: (asked: {
    readonly url: string
    readonly part: number | undefined
    /** Of this address, from 1. */
    readonly attempt: number
  }) => Treatment
}

/** Hands each request on to the server as `treat` says. */
async function openLine(target: string): Promise<Line> {
  const { port: targetPort } = new URL(target)
  const seen: string[] = []
  const treatments: Pick<Line, 'treat'> = { treat: () => 'pass' }
  const server = createServer(async (incoming, outgoing) => {
    const url = incoming.url ?? ''
    seen.push(url)
    const attempt = seen.filter((other) => other === url).length
    const treatment = treatments.treat({ url, part: partOf(url), attempt })
    const body = await buffer(incoming)
    if (treatment === 'break') return incoming.socket.destroy()
    if (typeof treatment === 'number') return outgoing.writeHead(treatment).end('{}')
    if (treatment === 'alter') body[0]! ^= 1
    const answer = await handOn(incoming, Number(targetPort), body)
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
    return answer.pipe(outgoing)
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(treatments, {
    address: `http://127.0.0.1:${port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

async function handOn(
  { method, url, headers }: IncomingMessage,
  port: number,
  body: Buffer,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const { 'transfer-encoding': _chunked, ...kept } = headers
  const sent = send(
    {
      host: '127.0.0.1',
      port,
      method,
      path: url,
      headers: { ...kept, 'content-length': body.length },
    },
    resolve,
  )
  sent.on('error', reject)
  sent.end(body)
  return promise
}
