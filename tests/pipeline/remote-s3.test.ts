/** What goes wrong with S3, told by a server that answers as it is told; how it goes right is in tests/peers. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { receiveObject } from '../../src/pipeline/remote/receive-object.ts'
import type { Remote } from '../../src/pipeline/remote/remote.ts'
import { toItem } from '../../src/pipeline/remote/wanted.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { key, listing, makePath, startServer, write, xml } from './scripted-s3.ts'

describe('errors have a code, a hint, and no secret', () => {
  for (const [what, status, body, expected] of [
    [
      'a wrong key',
      403,
      xml('InvalidAccessKeyId'),
      {
        code: 'REMOTE_DENIED',
        message: /does not let us into s3:\/\/bucket\/pre: InvalidAccessKeyId/,
        hint: /of 'remote.r'/,
      },
    ],
    ['a wrong secret', 403, xml('SignatureDoesNotMatch'), { code: 'REMOTE_DENIED' }],
    ['no permission', 403, xml('AccessDenied'), { code: 'REMOTE_DENIED' }],
    [
      'a session that is over',
      400,
      xml('ExpiredToken'),
      { code: 'REMOTE_DENIED', hint: /sign in again/ },
    ],
    [
      'a clock that is wrong',
      403,
      xml('RequestTimeTooSkewed'),
      { code: 'REMOTE_DENIED', message: /clock is not that of the server/, hint: /set the clock/ },
    ],
    [
      'no such bucket',
      404,
      xml('NoSuchBucket'),
      { code: 'REMOTE_UNAVAILABLE', message: /there is no bucket 'bucket' at http/ },
    ],
    [
      'another region',
      400,
      xml('AuthorizationHeaderMalformed'),
      { code: 'REMOTE_UNAVAILABLE', hint: /region <region>/ },
    ],
    [
      'a server in trouble',
      500,
      xml('InternalError'),
      { code: 'REMOTE_UNAVAILABLE', message: /InternalError/ },
    ],
    [
      'an answer that is no XML',
      502,
      '<html>bad gateway',
      { code: 'REMOTE_UNAVAILABLE', message: /: it answers without a reason \(HTTP 502/ },
    ],
  ] as const) {
    test(what, async () => {
      await using server = await startServer((_, response) => {
        response.writeHead(status, { 'content-type': 'application/xml' }).end(body)
      })
      await using remote = await server.open()
      for (const call of [
        () => listAll(remote),
        () => remote.upload(write('a'), key, { md5: undefined }),
        () => remote.remove([key], {}),
      ]) {
        await assert.rejects(call, (error) => {
          checkError(error, expected)
          return true
        })
      }
    })
  }

  test('a refusal without a text is told by its number', async () => {
    await using server = await startServer((_, response) => response.writeHead(403).end())
    await using remote = await server.open()
    await assert.rejects(remote.has([key], {}), { code: 'REMOTE_DENIED', message: /: HTTP 403$/ })
  })

  test('what never passes names the object and how often it was tried', async () => {
    await using server = await startServer((_, response) => {
      response.writeHead(500).end(xml('InternalError'))
    })
    await using remote = await server.open()
    await assert.rejects(remote.upload(write('a'), key, { md5: undefined }), {
      code: 'REMOTE_UNAVAILABLE',
      message: `cannot work with ${server.endpoint} on '${key}': InternalError: it is wrong (HTTP 500, tried 14 times)`,
    })
    assert.equal(server.requests.length, 14)
  })

  test('a page that answers in place of S3 is not believed', async () => {
    await using server = await startServer((_, response) => {
      response.removeHeader('etag')
      response.end('<html><body>please log in</body></html>')
    })
    await using remote = await server.open()
    for (const call of [
      () => listAll(remote),
      () => remote.has([key], {}),
      () => remote.upload(write('a'), key, { md5: undefined }),
      () => remote.download(key, { makePath }),
    ]) {
      await assert.rejects(call, (error) => {
        checkError(error, {
          code: 'REMOTE_UNAVAILABLE',
          message: /something in between answers in its place$/,
          hint: /a page to log in/,
        })
        return true
      })
    }
  })

  test('nobody listens', async () => {
    await using server = await startServer(() => undefined)
    await using remote = await server.open({ endpointurl: 'http://user:hunter2@127.0.0.1:1' })
    await assert.rejects(listAll(remote), (error) => {
      checkError(error, {
        code: 'REMOTE_UNAVAILABLE',
        message: /cannot work with http:.*ECONNREFUSED \(tried 4 times\)$/,
        hint: /server runs/,
      })
      return true
    })
  })

  test('a server that never answers is given up', async () => {
    await using server = await startServer(() => undefined)
    await using remote = await server.open({ read_timeout: '1' })
    await assert.rejects(listAll(remote), { code: 'REMOTE_UNAVAILABLE' })
    assert.equal(server.requests.length, 4)
  })

  test('an object that is not there is no bucket that is not there', async () => {
    await using server = await startServer((_, response) => {
      response.writeHead(404, { 'content-type': 'application/xml' }).end(xml('NoSuchKey'))
    })
    await using remote = await server.open()
    await assert.rejects(remote.download(key, { makePath }), {
      code: 'REMOTE_OBJECT_MISSING',
    })
  })

  test('few objects of which none is there: the bucket is asked for too', async () => {
    await using server = await startServer((_, response) => response.writeHead(404).end())
    await using remote = await server.open()
    await assert.rejects(remote.has([key], {}), {
      code: 'REMOTE_UNAVAILABLE',
      message: /no bucket/,
    })
  })

  test('a failure to delete one object fails the call', async () => {
    await using server = await startServer((_, response) => {
      const failure = '<Error><Key>k</Key><Code>AccessDenied</Code><Message>no</Message></Error>'
      response.end(`<DeleteResult>${failure}</DeleteResult>`)
    })
    await using remote = await server.open()
    await assert.rejects(remote.remove([key], {}), { code: 'REMOTE_DENIED' })
  })

  test('without the SDK it says how to get it', () => {
    const script = join(makeScratchFolder(), 'script.mjs')
    const source = new URL('../../src/pipeline/remote/s3-client.ts', import.meta.url).href
    writeFileSync(
      script,
      `import { registerHooks } from 'node:module'
registerHooks({ resolve: (name, context, next) => {
  if (name.startsWith('@aws-sdk/')) throw Object.assign(new Error('no'), { code: 'ERR_MODULE_NOT_FOUND' })
  return next(name, context)
} })
const { openS3Remote } = await import('${source}')
await openS3Remote({}).catch((error) => console.log(error.code, error.hint))`,
    )
    const { stdout } = spawnSync(process.execPath, ['--conditions=mlpt-source', script], {
      encoding: 'utf8',
    })
    assert.equal(stdout, 'REMOTE_UNAVAILABLE npm install @aws-sdk/client-s3\n')
  })
})

describe('what passes is tried again', () => {
  for (const [what, status, code] of [
    ['a server that is busy for a moment', 503, 'SlowDown'],
    ['too many requests', 429, 'TooManyRequests'],
    ['a body that came too slowly', 400, 'RequestTimeout'],
    ['a body that was damaged on its way', 400, 'BadDigest'],
  ] as const) {
    test(what, async () => {
      let count = 0
      await using server = await startServer((_, response) => {
        if (++count < 4) response.writeHead(status).end(xml(code))
        else response.end()
      })
      await using remote = await server.open()
      assert.equal(await remote.upload(write('a'), key, { md5: undefined }), 1)
      assert.equal(count, 4)
    })
  }

  test('a download that breaks off in the middle', async () => {
    let count = 0
    await using server = await startServer((_, response) => {
      response.writeHead(200, { 'content-length': '4' })
      if (++count < 3) {
        response.write('ab')
        setTimeout(() => response.destroy(), 20)
      } else response.end('abcd')
    })
    await using remote = await server.open()
    assert.deepEqual(await remote.download(key, { makePath }), {
      kind: 'bytes',
      bytes: Buffer.from('abcd'),
    })
  })

  test('a listing that breaks off, with a length that fits', async () => {
    let count = 0
    await using server = await startServer((_, response) => {
      const text = listing([key])
      response.end(++count === 1 ? text.slice(0, -60) : text)
    })
    await using remote = await server.open()
    assert.deepEqual(await listAll(remote), [key])
  })

  test('an object that was damaged on its way; the second time it is one of the remote', async () => {
    let damaged = 1
    await using server = await startServer((_, response) => {
      response.end(damaged-- > 0 ? 'b' : 'a')
    })
    await using remote = await server.open()
    const item = toItem({ md5: '0cc175b9c0f1b6a831c399e269772661', label: 'a' })
    assert.deepEqual(await receiveObject(item, remote, { makePath }), {
      kind: 'bytes',
      bytes: Buffer.from('a'),
    })
    damaged = 2
    await assert.rejects(receiveObject(item, remote, { makePath }), {
      code: 'REMOTE_OBJECT_DAMAGED',
    })
    assert.equal(server.requests.length, 4)
  })

  test('one that always breaks off is an error of the remote, not a damaged object', async () => {
    await using server = await startServer((_, response) => {
      response.writeHead(200, { 'content-length': '4' }).write('ab')
      setTimeout(() => response.destroy(), 10)
    })
    await using remote = await server.open()
    await assert.rejects(remote.download(key, { makePath }), {
      code: 'REMOTE_UNAVAILABLE',
    })
  })
})

test(
  'Ctrl-C waits only a moment for a server that hangs in the middle of a large file',
  { timeout: 30_000 },
  async () => {
    const large = join(makeScratchFolder(), 'large')
    writeFileSync(large, '')
    truncateSync(large, 17 << 20)
    const stop = new AbortController()
    await using server = await startServer((request, response) => {
      if (request.method === 'POST') response.end(started)
      else stop.abort(new Error('stopped'))
    })
    await using remote = await server.open()
    await assert.rejects(remote.upload(large, key, { md5: undefined, signal: stop.signal }), {
      message: 'stopped',
    })
    assert.match(server.requests.at(-1) ?? '', /^DELETE .*uploadId=7/)
  },
)

const started =
  '<InitiateMultipartUploadResult><UploadId>7</UploadId></InitiateMultipartUploadResult>'

describe('finding out what is there takes few requests', () => {
  const keys = Array.from(
    { length: 50 },
    (_, i) => `files/md5/${hex(i * 5)}/${'0'.repeat(30)}`,
  ).sort()

  test('a handful is asked for one by one', async () => {
    await using server = await startServer((request, response) => {
      response.writeHead(request.url?.includes(keys[0]!) === true ? 200 : 404).end()
    })
    await using remote = await server.open()
    assert.deepEqual([...(await remote.has(keys.slice(0, 5), {}))], [keys[0]])
    assert.equal(server.requests.length, 5)
  })

  test('more are looked up in one listing', async () => {
    await using server = await startServer((_, response) => response.end(listing(keys.slice(3))))
    await using remote = await server.open()
    assert.deepEqual([...(await remote.has(keys, {}))].sort(), keys.slice(3))
    assert.equal(server.requests.length, 1)
  })

  test('of a listing that would be far longer, only the first page is read', async () => {
    await using server = await startServer((request, response) => {
      if (request.method === 'HEAD') response.writeHead(200).end()
      else response.end(listing([keys[0]!], 'next'))
    })
    await using remote = await server.open()
    assert.equal((await remote.has(keys, {})).size, 50)
    assert.equal(server.requests.filter((one) => one.startsWith('GET')).length, 1)
    assert.equal(server.requests.filter((one) => one.startsWith('HEAD')).length, 49)
  })

  test('a long one is listed side by side', async () => {
    const many = Array.from({ length: 256 }, (_, i) => `files/md5/${hex(i)}/${'0'.repeat(30)}`)
    await using server = await startServer((request, response) => {
      const prefix = new URL(request.url ?? '', 'http://x').searchParams.get('prefix') ?? ''
      const inside = many.filter((one) => `pre/${one}`.startsWith(prefix))
      response.end(prefix.endsWith('md5/') ? listing(inside.slice(0, 16), 'next') : listing(inside))
    })
    await using remote = await server.open()
    assert.equal((await remote.has(many, {})).size, 256)
    assert.equal(server.requests.length, 17)
  })

  test('a listing goes on from page to page', async () => {
    await using server = await startServer((request, response) => {
      const isSecond = request.url?.includes('continuation-token=next') === true
      response.end(isSecond ? listing(keys.slice(2)) : listing(keys.slice(0, 2), 'next'))
    })
    await using remote = await server.open()
    assert.deepEqual(await listAll(remote), keys)
  })
})

interface Expected {
  readonly code: string
  readonly message?: RegExp
  readonly hint?: RegExp
}

function checkError(error: unknown, { code, message = /./, hint = /./ }: Expected): void {
  assert.ok(error instanceof Error && 'code' in error && 'hint' in error, inspect(error))
  assert.equal(error.code, code)
  assert.match(error.message, message)
  assert.match(String(error.hint), hint)
  assert.doesNotMatch(inspect(error, { depth: null, showHidden: true }), /hunter2|tok3n|AKIDOPEN/)
}

async function listAll(remote: Remote): Promise<string[]> {
  const keys: string[] = []
  for await (const entry of remote.list('files/md5/', {})) keys.push(entry.key)
  return keys
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
