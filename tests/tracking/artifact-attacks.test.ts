import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { ask, openServedStore, post, type Answer, type ServedStore } from './serve-store.ts'

const proxy = '/api/2.0/mlflow-artifacts'
const secret = 'what only the owner of the machine may read'

let served: ServedStore
let runId: string
let modelId: string
/** Of the run, below the folder of artifacts. */
let root: string

before(async () => {
  served = await openServedStore()
  const { store, directory } = served
  runId = await store.startRun({ experimentName: 'e', runName: 'r', startTime: 1, tags: {} })
  root = (await store.getRun(runId)).artifactUri.replace('mlflow-artifacts:/', '')
  const { experimentId } = await store.getRun(runId)
  modelId = (await store.createLoggedModel({ experimentId, name: 'm' })).modelId
  await store.logArtifacts(runId, '', new Map([['note.txt', Buffer.from('fine')]]))
  await store.writeArtifact({ modelId }, 'MLmodel', Buffer.from('fine'))
  await writeFile(join(directory, 'secret.txt'), secret)
})
after(async () => {
  await served[Symbol.asyncDispose]()
  assert.deepEqual(served.failures, [])
})

/** Ways to write a path that leads out of the folder, or that somebody once took for one. */
const waysOut = [
  '../secret.txt',
  '../../../../secret.txt',
  '..%2fsecret.txt',
  '..%2F..%2F..%2F..%2Fsecret.txt',
  '%2e%2e/secret.txt',
  '%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fsecret.txt',
  '.%2e/.%2e/.%2e/.%2e/secret.txt',
  'x/../../../../../secret.txt',
  'x/%2e%2e/%2e%2e/secret.txt',
  '..%5csecret.txt',
  '..%5C..%5C..%5C..%5Csecret.txt',
  '..\\..\\..\\..\\secret.txt',
  '%2fetc%2fpasswd',
  '/etc/passwd',
  '%2f%2fetc/passwd',
  'C:%2fsecret.txt',
  'C:%5csecret.txt',
  '..%00/secret.txt',
  'note.txt%00.png',
  '..;/..;/..;/..;/secret.txt',
  '..%3b/..%3b/secret.txt',
  '..%23/../secret.txt',
  '..%c0%af..%c0%afsecret.txt',
  '%c0%ae%c0%ae/secret.txt',
  '..%ef%bc%8fsecret.txt',
  'file:%2f%2f%2fetc%2fpasswd',
  './secret.txt',
  'x/./secret.txt',
  'x//secret.txt',
  'x/',
  '.',
  '..',
  '%2e%2e',
  '%ff%fe',
  '%',
  '%zz',
]

describe('paths that lead out of the folder of artifacts', () => {
  for (const way of waysOut) {
    test(`${way} reads, writes, lists and deletes nothing elsewhere`, async () => {
      const untouched = await everythingBeside()
      for (const [what, answer] of await tryEverywhere(way)) {
        assert.ok(answer.status < 500, `${what}: ${answer.status} ${answer.text}`)
        assert.ok(!answer.text.includes(secret), what)
        assert.ok(!answer.text.includes('root:'), what)
        assert.ok(!answer.text.includes(served.directory), `${what} tells a path: ${answer.text}`)
      }
      assert.deepEqual(await everythingBeside(), untouched)
      assert.equal(await readFile(join(served.directory, 'secret.txt'), 'utf8'), secret)
    })
  }

  const refusedWays = ['../x', '%2e%2e/x', '..%2fx', 'a%5cb', 'a//b', 'a/./b', '%2fetc/x', 'a%00b']
  for (const way of refusedWays) {
    test(`${way} is refused with a reason`, async () => {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const answer = await ask(served.address, `${proxy}/artifacts/${way}`, { method })
        assertRefused(answer, method)
      }
      assertRefused(await ask(served.address, `${proxy}/presigned/${way}`), 'presigned')
      assertRefused(await ask(served.address, `${proxy}/artifacts?path=${way}`), 'list')
    })
  }

  test('the root itself is neither a file nor deleted', async () => {
    for (const path of ['artifacts/', 'artifacts/%2e', 'artifacts/.']) {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const { status } = await ask(served.address, `${proxy}/${path}`, { method })
        assert.ok(status === 400 || status === 404, `${method} ${path}: ${status}`)
      }
    }
    const { status } = await ask(served.address, `${proxy}/artifacts`, { method: 'DELETE' })
    assert.ok(status === 400 || status === 404, String(status))
    assert.equal((await ask(served.address, `${proxy}/artifacts/${root}/note.txt`)).text, 'fine')
  })

  test('an absolute path in a query is refused by every list', async () => {
    const run = `/api/2.0/mlflow/artifacts/list?run_id=${runId}`
    const model = `/api/2.0/mlflow/logged-models/${modelId}/artifacts/directories`
    for (const path of ['/etc', '%2Fetc', '..', '../..', '%2E%2E']) {
      assertRefused(await ask(served.address, `${run}&path=${path}`), `run ${path}`)
      assertRefused(
        await ask(served.address, `${model}?artifact_directory_path=${path}`),
        `model ${path}`,
      )
    }
  })

  test('what is decoded twice elsewhere is an ordinary name here', async () => {
    for (const name of ['%252e%252e', '..%252fsecret.txt', 'a%23b', 'a%3Bb;c', 'a%3Fb', 'a%25b']) {
      const path = `${proxy}/artifacts/${root}/odd/${name}`
      const put = await ask(served.address, path, { method: 'PUT', body: name })
      assert.deepEqual([put.status, put.text], [200, ''], name)
      assert.equal((await ask(served.address, path)).text, name)
    }
    const listed = await ask(served.address, `${proxy}/artifacts?path=${root}/odd`)
    const names = listed.json.files.map((file: { path: string }) => file.path).sort()
    assert.deepEqual(names, ['%2e%2e', '..%2fsecret.txt', 'a#b', 'a%b', 'a;b;c', 'a?b'].sort())
    assert.deepEqual(
      (await readdir(join(served.directory, 'artifacts', root, 'odd'))).sort(),
      names,
    )
  })
})

describe('links in the folder of artifacts', () => {
  let place: string

  before(async () => {
    place = join(served.directory, 'artifacts', root)
    await mkdir(join(served.directory, 'elsewhere'))
    await writeFile(join(served.directory, 'elsewhere', 'inner.txt'), secret)
    await symlink(join(served.directory, 'secret.txt'), join(place, 'to-file'))
    await symlink('../../../../secret.txt', join(place, 'to-file-relative'))
    await symlink(join(served.directory, 'elsewhere'), join(place, 'to-folder'))
    await symlink(join(place, 'note.txt'), join(place, 'to-inside'))
    await symlink(join(place, 'nothing'), join(place, 'to-nothing'))
    await symlink('to-itself', join(place, 'to-itself'))
  })

  for (const name of [
    'to-file',
    'to-file-relative',
    'to-folder',
    'to-folder/inner.txt',
    'to-folder/new.txt',
    'to-inside',
    'to-nothing',
    'to-itself',
    'to-itself/x',
  ]) {
    test(`${name} is neither read nor written`, async () => {
      const untouched = await everythingBeside()
      for (const [what, answer] of await tryEverywhere(name, { isKept: true })) {
        assert.ok(answer.status < 500, `${what}: ${answer.status} ${answer.text}`)
        assert.ok(!answer.text.includes(secret), what)
      }
      const path = `${proxy}/artifacts/${root}/${name}`
      assertRefused(await ask(served.address, path), 'GET')
      assertRefused(await ask(served.address, path, { method: 'PUT', body: 'x' }), 'PUT')
      assert.deepEqual(await everythingBeside(), untouched)
    })
  }

  test('no list shows them or what is behind them', async () => {
    const listed = await ask(served.address, `${proxy}/artifacts?path=${root}`)
    const names = listed.json.files.map((file: { path: string }) => file.path)
    assert.ok(names.includes('note.txt'))
    assert.deepEqual(
      names.filter((name: string) => name.startsWith('to-')),
      [],
    )
    const behind = await ask(served.address, `${proxy}/artifacts?path=${root}/to-folder`)
    assert.ok(!behind.text.includes('inner.txt'))
  })

  test('deleting one deletes the link, never what it leads to', async () => {
    for (const name of ['to-file', 'to-folder']) {
      const path = `${proxy}/artifacts/${root}/${name}`
      assert.equal((await ask(served.address, path, { method: 'DELETE' })).status, 200)
    }
    assert.equal(await readFile(join(served.directory, 'secret.txt'), 'utf8'), secret)
    const inner = join(served.directory, 'elsewhere', 'inner.txt')
    assert.equal(await readFile(inner, 'utf8'), secret)
  })

  test('deleting through one deletes nothing', async () => {
    await symlink(join(served.directory, 'elsewhere'), join(place, 'again'))
    const path = `${proxy}/artifacts/${root}/again/inner.txt`
    const { status } = await ask(served.address, path, { method: 'DELETE' })
    assert.ok(status === 200 || status === 400, String(status))
    const inner = join(served.directory, 'elsewhere', 'inner.txt')
    assert.equal(await readFile(inner, 'utf8'), secret)
    const tree = await ask(served.address, `${proxy}/artifacts/${root}`, { method: 'DELETE' })
    assert.equal(tree.status, 200)
    assert.equal(await readFile(inner, 'utf8'), secret)
  })
})

test('a pipe among the artifacts is refused, and nobody waits for it', async () => {
  const folder = join(served.directory, 'artifacts', root, 'pipes')
  await mkdir(folder, { recursive: true })
  await promisify(execFile)('mkfifo', [join(folder, 'pipe')])
  const path = `${proxy}/artifacts/${root}/pipes/pipe`
  assertRefused(await ask(served.address, path), 'GET')
  assertRefused(await ask(served.address, path, { method: 'PUT', body: 'x' }), 'PUT')
  const listed = await ask(served.address, `${proxy}/artifacts?path=${root}/pipes`)
  assert.equal(listed.text, '{}')
})

describe('artifacts that lie where a client said', () => {
  for (const location of [
    'file:///',
    '/',
    'http://127.0.0.1:1/x',
    's3://bucket/x',
    'mlflow-artifacts://elsewhere.example/x',
    'mlflow-artifacts:///../..',
  ]) {
    test(`${location} is handed back and never opened`, async () => {
      const created = await post(served.address, '/api/2.0/mlflow/experiments/create', {
        name: `at ${location}`,
        artifact_location: location,
      })
      if (created.status !== 200) return assertRefused(created, 'create')
      const run = await post(served.address, '/api/2.0/mlflow/runs/create', {
        experiment_id: created.json.experiment_id,
      })
      const id: string = run.json.run.info.run_id
      const query = `run_id=${id}&run_uuid=${id}&path=etc/hostname`
      const upload = `/ajax-api/2.0/mlflow/upload-artifact?${query}`
      assertRefused(await ask(served.address, `/api/2.0/mlflow/artifacts/list?${query}`), 'list')
      assertRefused(await ask(served.address, `/get-artifact?${query}`), 'get-artifact')
      assertRefused(await ask(served.address, upload, { method: 'POST', body: 'x' }), 'upload')
    })
  }
})

/** The same path in every place that takes one. */
async function tryEverywhere(
  way: string,
  { isKept = false } = {},
): Promise<readonly (readonly [string, Answer])[]> {
  const { address } = served
  const body = 'written by an attacker'
  const asks: [string, Promise<Answer>][] = []
  for (const base of ['/api/2.0', '/ajax-api/2.0']) {
    for (const start of ['', `${root}/`]) {
      const path = `${base}/mlflow-artifacts/artifacts/${start}${way}`
      asks.push([`GET ${path}`, ask(address, path)])
      asks.push([`HEAD ${path}`, ask(address, path, { method: 'HEAD' })])
      if (start !== '') asks.push([`PUT ${path}`, ask(address, path, { method: 'PUT', body })])
      if (!isKept) asks.push([`DELETE ${path}`, ask(address, path, { method: 'DELETE' })])
      const listed = `${base}/mlflow-artifacts/artifacts?path=${start}${way}`
      asks.push([`GET ${listed}`, ask(address, listed)])
      const presigned = `${base}/mlflow-artifacts/presigned/${start}${way}`
      asks.push([`GET ${presigned}`, ask(address, presigned)])
    }
    const run = `run_id=${runId}&path=${way}`
    asks.push([`list ${way}`, ask(address, `${base}/mlflow/artifacts/list?${run}`)])
    const folders = `${base}/mlflow/logged-models/${modelId}/artifacts/directories`
    asks.push([`directories ${way}`, ask(address, `${folders}?artifact_directory_path=${way}`)])
  }
  const upload = `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${runId}&path=${way}`
  asks.push([`upload ${way}`, ask(address, upload, { method: 'POST', body })])
  asks.push([`run ${way}`, ask(address, `/get-artifact?run_id=${runId}&path=${way}`)])
  const files = `/ajax-api/2.0/mlflow/logged-models/${modelId}/artifacts/files`
  asks.push([`files ${way}`, ask(address, `${files}?artifact_file_path=${way}`)])
  asks.push(...(await tryUploads(way)))
  return Promise.all(asks.map(async ([what, answer]) => [what, await answer] as const))
}

async function tryUploads(way: string): Promise<[string, Promise<Answer>][]> {
  const plain = safeDecode(way)
  const { address } = served
  return [
    [
      `mpu/create/${way}`,
      post(address, `${proxy}/mpu/create/${root}/${way}`, { path: 'f', num_parts: 1 }),
    ],
    [
      `mpu/create of ${way}`,
      post(address, `${proxy}/mpu/create/${root}`, { path: plain, num_parts: 1 }),
    ],
    [
      `presigned-upload-url ${way}`,
      post(address, '/api/2.0/mlflow/artifacts/presigned-upload-url', {
        run_id: runId,
        path: plain,
      }),
    ],
    [
      `presigned-download-url ${way}`,
      post(address, '/api/2.0/mlflow/artifacts/presigned-download-url', {
        run_id: runId,
        path: plain,
      }),
    ],
  ]
}

function safeDecode(way: string): string {
  try {
    return decodeURIComponent(way)
  } catch {
    return way // what is no encoding is sent as it stands
  }
}

/** All there is in the store's folder and beside it, but for what belongs there. */
async function everythingBeside(): Promise<readonly string[]> {
  const inside = await readdir(served.directory, { recursive: true })
  const beside = inside.filter((path) => !/^(?:artifacts|uploads|tracking\.sqlite)/.test(path))
  const outside = (await readdir(join(served.directory, '..'))).filter((name) =>
    /secret|attacker|passwd/.test(name),
  )
  return [...beside, ...outside].sort()
}

function assertRefused(answer: Answer, what: string): void {
  assert.equal(answer.status, 400, `${what}: ${answer.status} ${answer.text}`)
  assert.ok(['INVALID_PARAMETER_VALUE', 'BAD_REQUEST'].includes(answer.json?.error_code), what)
}
