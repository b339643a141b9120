import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { describe, test } from 'node:test'
import { createSigner, encodeKey } from '../../src/pipeline/remote/s3-signature.ts'
import { key, makePath, startServer, write, xml } from './scripted-s3.ts'

describe('small objects take a shorter way, which the SDK has shown', () => {
  const isShort = (request: IncomingMessage): boolean => request.headers['user-agent'] === undefined

  test('from the second one on, with the same signature', async () => {
    const ways: boolean[] = []
    await using server = await startServer((request, response) => {
      ways.push(isShort(request))
      assert.match(
        request.headers.authorization ?? '',
        /^AWS4-HMAC-SHA256 Credential=AKIDOPEN\/\d{8}\/x\/s3\/aws4_request, ?SignedHeaders=/,
      )
      response.end('a')
    })
    await using remote = await server.open()
    for (let i = 0; i < 2; i++) {
      await remote.download(key, { makePath })
      await remote.upload(write('a'), key, { md5: undefined })
    }
    assert.deepEqual(ways, [false, true, true, true])
    assert.equal(server.requests[1]?.split('?')[0], `PUT /bucket/pre/${key}`)
  })

  for (const [what, status, later] of [
    ['that is refused is given up', 403, false],
    ['that fails is tried again with the next object', 500, true],
  ] as const) {
    test(what, async () => {
      const ways: boolean[] = []
      await using server = await startServer((request, response) => {
        ways.push(isShort(request))
        response.writeHead(isShort(request) ? status : 200).end('a')
      })
      await using remote = await server.open()
      for (let i = 0; i < 3; i++) await remote.download(key, { makePath })
      assert.deepEqual(ways, [false, true, false, ...(later ? [true] : []), false])
    })
  }

  test('finds that an object is missing, and goes on', async () => {
    await using server = await startServer((request, response) => {
      const isThere = request.url?.includes(key) === true
      response.writeHead(isThere ? 200 : 404).end(isThere ? 'a' : xml('NoSuchKey'))
    })
    await using remote = await server.open()
    await remote.download(key, { makePath })
    await assert.rejects(remote.download('files/md5/00/x', { makePath }), {
      code: 'REMOTE_OBJECT_MISSING',
    })
    await remote.download(key, { makePath })
    assert.equal(server.requests.length, 4)
  })

  test('that breaks off is tried again', async () => {
    let count = 0
    await using server = await startServer((_, response) => {
      response.writeHead(200, { 'content-length': '4' })
      if (++count === 2) {
        response.write('ab')
        setTimeout(() => response.destroy(), 10)
      } else response.end('abcd')
    })
    await using remote = await server.open()
    for (let i = 0; i < 2; i++) {
      const content = await remote.download(key, { makePath })
      assert.deepEqual(content, { kind: 'bytes', bytes: Buffer.from('abcd') })
    }
    assert.equal(count, 3)
  })

  test('signs as Amazon’s own example does', () => {
    const headers = createSigner().sign(
      {
        method: 'GET',
        host: 'examplebucket.s3.amazonaws.com',
        path: '/test.txt',
        headers: { range: 'bytes=0-9' },
        body: new Uint8Array(),
      },
      {
        credentials: {
          accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
          secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
        },
        region: 'us-east-1',
        time: Date.UTC(2013, 4, 24),
      },
    )
    assert.match(
      headers['authorization'] ?? '',
      /Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41$/,
    )
  })

  test('encodes keys as Amazon wants them', () => {
    assert.equal(encodeKey("a b/ü+(c)!'*~"), 'a%20b/%C3%BC%2B%28c%29%21%27%2A~')
  })
})
