import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { mediaTypeOf } from '../../src/tracking/server/media-type.ts'
import { parseRange } from '../../src/tracking/server/send-artifact.ts'
import { ask, openServedStore, post, type Answer, type ServedStore } from './serve-store.ts'

const file = '/api/2.0/mlflow-artifacts/artifacts/1/digits.txt'
const digits = '0123456789'
let served: ServedStore

before(async () => {
  served = await openServedStore()
  await ask(served.address, file, { method: 'PUT', body: digits })
})
after(async () => {
  assert.deepEqual(served.failures, [])
  await served[Symbol.asyncDispose]()
})

describe('a range of a file', () => {
  for (const [range, content, contentRange] of [
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', digits, 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
    ['BYTES=9-9', '9', 'bytes 9-9/10'],
  ] as const) {
    test(`${range} is '${content}'`, async () => {
      const answer = await get({ range })
      assert.equal(answer.status, 206)
      assert.equal(answer.text, content)
      assert.equal(answer.headers['content-range'], contentRange)
      assert.equal(answer.headers['content-length'], String(content.length))
    })
  }

  for (const range of ['bytes=10-', 'bytes=10-11', 'bytes=-0', 'bytes=99999999999-']) {
    test(`${range} is beyond the end`, async () => {
      const answer = await get({ range })
      assert.equal(answer.status, 416)
      assert.equal(answer.headers['content-range'], 'bytes */10')
    })
  }

  for (const range of [
    'bytes=4-2',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=0-1,3-4',
    'lines=0-1',
    'bytes 0-1',
    `bytes=${'9'.repeat(400)}-`,
    'bytes=1e1-',
    'bytes=-1-2',
  ]) {
    test(`'${range.slice(0, 20)}' asks for no range that is known: the whole file is sent`, async () => {
      const answer = await get({ range })
      assert.equal(answer.status, 200)
      assert.equal(answer.text, digits)
    })
  }

  test('lies within the file, whatever the header says', () => {
    const part = fc.oneof(fc.nat().map(String), fc.constant(''), fc.string())
    fc.assert(
      fc.property(part, part, fc.nat({ max: 1000 }), (from, to, size) => {
        const range = parseRange(`bytes=${from}-${to}`, size)
        if (range === undefined || range === 'beyond') return
        assert.ok(range.first >= 0 && range.first <= range.last && range.last < size)
      }),
    )
  })

  test('of a file that was replaced meanwhile is the whole new file', async () => {
    const path = '/api/2.0/mlflow-artifacts/artifacts/1/changing'
    await ask(served.address, path, { method: 'PUT', body: 'old content' })
    const { etag } = (await ask(served.address, path)).headers
    const headers = { range: 'bytes=4-', 'if-range': String(etag) }
    assert.equal((await ask(served.address, path, { headers })).text, 'content')
    await ask(served.address, path, { method: 'PUT', body: 'new content' })
    const answer = await ask(served.address, path, { headers })
    assert.deepEqual([answer.status, answer.text], [200, 'new content'])
  })

  test('of an empty file is beyond its end', async () => {
    const path = '/api/2.0/mlflow-artifacts/artifacts/1/empty'
    await ask(served.address, path, { method: 'PUT' })
    const headers = { range: 'bytes=0-' }
    assert.equal((await ask(served.address, path, { headers })).status, 416)
    assert.equal((await ask(served.address, path)).text, '')
  })
})

describe('a file', () => {
  test('that is known is not sent again', async () => {
    const etag = String((await get({})).headers['etag'])
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const answer = await get({ 'if-none-match': known })
      assert.deepEqual([answer.status, answer.text], [304, ''])
    }
    assert.equal((await get({ 'if-none-match': '"other"' })).status, 200)
  })

  test('is told without being sent', async () => {
    const answer = await ask(served.address, file, { method: 'HEAD' })
    assert.deepEqual([answer.status, answer.text], [200, ''])
    assert.equal(answer.headers['content-length'], '10')
  })

  for (const [name, disposition] of [
    ['a.txt', 'attachment; filename=a.txt'],
    ['a b.txt', `attachment; filename="a b.txt"; filename*=UTF-8''a%20b.txt`],
    ['ü".txt', `attachment; filename="__.txt"; filename*=UTF-8''%C3%BC%22.txt`],
    ["a'(b)*.txt", `attachment; filename="a__b__.txt"; filename*=UTF-8''a%27%28b%29%2A.txt`],
  ] as const) {
    test(`named ${name} is saved under its name, and has no rights`, async () => {
      const path = `/api/2.0/mlflow-artifacts/artifacts/1/${encodeURIComponent(name)}`
      await ask(served.address, path, { method: 'PUT', body: '<script>1</script>' })
      const { headers } = await ask(served.address, path)
      assert.equal(headers['content-disposition'], disposition)
      assert.equal(headers['content-security-policy'], `sandbox; default-src 'none'`)
      assert.equal(headers['x-content-type-options'], 'nosniff')
    })
  }

  test('is never of a type that a browser runs', () => {
    for (const name of ['a.html', 'a.HTM', 'a.svg', 'a.xhtml', 'a.js', 'a.mjs', 'a.xml']) {
      assert.equal(mediaTypeOf(name), 'text/plain; charset=utf-8', name)
    }
    for (const name of ['a.pkl', 'a', 'html.', 'a.constructor', '.hasOwnProperty', 'a.swf']) {
      assert.equal(mediaTypeOf(name), 'application/octet-stream', name)
    }
    assert.equal(mediaTypeOf('MLmodel'), 'text/plain; charset=utf-8')
    assert.equal(mediaTypeOf('plot.PNG'), 'image/png')
  })
})

describe('a file by what it belongs to', () => {
  let runId: string
  let modelId: string

  before(async () => {
    const { store } = served
    runId = await store.startRun({ experimentName: 'e', runName: 'r', startTime: 1, tags: {} })
    const { experimentId } = await store.getRun(runId)
    modelId = (await store.createLoggedModel({ experimentId, name: 'm' })).modelId
    await store.writeArtifact({ runId }, 'model/MLmodel', Buffer.from('of the run'))
    await store.writeArtifact({ modelId }, 'MLmodel', Buffer.from('of the model'))
    const registered = { name: 'credit', runId, artifactPath: 'model', description: '' }
    await store.createModelVersion({
      ...registered,
      tags: {},
      aliases: [],
      reason: '',
      timestamp: 1,
    })
  })

  test('is the run’s, the version’s or the logged model’s', async () => {
    for (const [path, content] of [
      [`/get-artifact?run_id=${runId}&path=model/MLmodel`, 'of the run'],
      [`/get-artifact?run_uuid=${runId}&path=model%2FMLmodel`, 'of the run'],
      ['/model-versions/get-artifact?name=credit&version=1&path=MLmodel', 'of the run'],
      [
        `/ajax-api/2.0/mlflow/logged-models/${modelId}/artifacts/files?artifact_file_path=MLmodel`,
        'of the model',
      ],
    ] as const) {
      assert.equal((await ask(served.address, path)).text, content, path)
    }
  })

  for (const [path, status] of [
    ['/get-artifact', 400],
    ['/get-artifact?run_id=nope&path=x', 404],
    ['/get-artifact?run_id=RUN', 400],
    ['/get-artifact?run_id=RUN&path=nope', 404],
    ['/get-artifact?run_id=RUN&path=model', 400],
    ['/get-artifact?run_id=RUN&path=a&path=b', 400],
    ['/model-versions/get-artifact?name=credit&path=MLmodel', 400],
    ['/model-versions/get-artifact?name=credit&version=2&path=MLmodel', 404],
    ['/model-versions/get-artifact?name=credit&version=x&path=MLmodel', 400],
    ['/ajax-api/2.0/mlflow/logged-models/nope/artifacts/files?artifact_file_path=x', 404],
  ] as const) {
    test(`${path} is answered ${status}`, async () => {
      const answer = await ask(served.address, path.replace('RUN', runId))
      assert.equal(answer.status, status, answer.text)
      assert.equal(typeof answer.json.error_code, 'string')
    })
  }

  test('may be sent and read by a signed address', async () => {
    const presigned = `/api/2.0/mlflow/artifacts/presigned`
    const up = await post(served.address, `${presigned}-upload-url`, { run_id: runId, path: 'n/x' })
    const target = new URL(up.json.presigned_url)
    const at = target.pathname + target.search
    assert.equal((await ask(served.address, at, { method: 'PUT', body: 'sent' })).status, 200)
    const down = await post(served.address, `${presigned}-download-url`, {
      run_id: runId,
      path: 'n/x',
    })
    assert.equal(down.json.file_size, 4)
    const source = new URL(down.json.presigned_url)
    assert.equal((await ask(served.address, source.pathname + source.search)).text, 'sent')
  })

  for (const body of [
    { path: 'x' },
    { run_id: 'RUN' },
    { run_id: 'RUN', model_id: 'm-1', path: 'x' },
    { run_id: 'RUN', path: '../x' },
    { run_id: 'RUN', path: 'x', expiration: 0 },
    { run_id: 'RUN', path: 'x', expiration: 1e9 },
    { run_id: 'RUN', path: 'x', expiration: 'soon' },
  ]) {
    test(`no address is signed for ${JSON.stringify(body)}`, async () => {
      const asked = { ...body, ...(body.run_id !== undefined && { run_id: runId }) }
      const path = '/api/2.0/mlflow/artifacts/presigned-upload-url'
      const answer = await post(served.address, path, asked)
      assert.deepEqual([answer.status, answer.json.error_code], [400, 'INVALID_PARAMETER_VALUE'])
    })
  }
})

function get(headers: Readonly<Record<string, string>>): Promise<Answer> {
  return ask(served.address, file, { headers })
}
