import assert from 'node:assert/strict'
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  importData,
  type ImportOptions,
  type ImportResult,
} from '../../src/pipeline/versioning/import-data.ts'
import { nextAddress } from '../../src/pipeline/versioning/next-address.ts'
import {
  updateImports,
  type UpdateOptions,
  type UpdateResult,
} from '../../src/pipeline/versioning/update-imports.ts'
import { checksumOfWebFile } from '../../src/pipeline/versioning/web-checksum.ts'
import { makeDataRepository, type DataRepository } from './data-repository.ts'
import { serve } from '../web-server.ts'
import { failureOf } from '../failure-of.ts'

test('a file from a web server is recorded with what the server says of it', async () => {
  using world = await makeDataRepository()
  await using server = await serve((request, response) => {
    response.writeHead(200, { etag: '"abc"', 'content-length': 6 })
    response.end(request.method === 'HEAD' ? undefined : 'hello\n')
  })
  const { path, dataFile } = await fetchInto(world, { source: `${server.url}/data.csv` })
  assert.deepEqual(
    [path, dataFile, world.read('data.csv')],
    ['data.csv', 'data.csv.dvc', 'hello\n'],
  )
  assert.match(
    world.read('data.csv.dvc'),
    /- checksum: '"abc"'\n {2}size: 6\n {2}hash: md5\n {2}path: http/,
  )
  assert.equal(world.read('.gitignore'), '/data.csv\n')
})

test('redirects are followed, and one that leads nowhere is told once', async () => {
  const seen: string[] = []
  await using server = await serve((request, response) => {
    const path = request.url ?? ''
    seen.push(path)
    const code = /^\/(\d+)$/.exec(path)?.[1]
    const locations: Readonly<Record<string, string>> = {
      '/loop': '/loop',
      '/file': 'file:///etc/hosts',
      '/user': `http://somebody:secret@localhost/x`,
      '/bad': 'http://[',
      '/empty': '',
    }
    if (code !== undefined) response.writeHead(Number(code), { location: '/data' }).end()
    else if (path === '/data') response.writeHead(200, { etag: '"abc"' }).end('hello\n')
    else response.writeHead(302, { location: locations[path] ?? '' }).end()
  })
  for (const code of [301, 302, 303, 307, 308]) {
    using world = await makeDataRepository()
    await fetchInto(world, { source: `${server.url}/${code}`, output: 'data.csv' })
    assert.equal(world.read('data.csv'), 'hello\n')
  }
  for (const [path, message, count] of [
    ['/loop', /leads on more than 20 times/, 21],
    ['/file', /leads to 'file:\/\/\/etc\/hosts', which is not on the web/, 1],
    ['/user', /leads to 'http:\/\/localhost\/x' with a user or a password/, 1],
    ['/bad', /leads to 'http:\/\/\[', which is no address/, 1],
    ['/empty', /the server answered 302/, 1],
  ] as const) {
    using world = await makeDataRepository()
    seen.length = 0
    const error = await failureOf(
      fetchInto(world, { source: `${server.url}${path}`, output: 'data.csv' }),
    )
    assert.deepEqual([error.code, seen.length], ['DATA_SOURCE_UNAVAILABLE', count])
    assert.match(error.message, message)
    assertNothing(world)
  }
})

test('a redirect does not lead from https to http', () => {
  const current = 'https://a.example/x'
  assert.equal(nextAddress('http://a.example/x', current).kind, 'refused')
  assert.deepEqual(nextAddress('../y?q=1', current), {
    kind: 'address',
    address: 'https://a.example/y?q=1',
  })
  assert.equal(nextAddress('https://b.example/', 'http://a.example/x').kind, 'address')
})

test('content that is shorter than announced is not taken', async () => {
  using world = await makeDataRepository()
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('short')
    setTimeout(() => response.destroy(), 20)
  })
  const error = await failureOf(fetchInto(world, { source: `${server.url}/data.csv` }))
  assert.equal(error.code, 'DATA_SOURCE_UNAVAILABLE')
  assertNothing(world)
})

test('content that is not what the server says it is is not taken', async () => {
  using world = await makeDataRepository()
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'content-md5': 'sZRqySSS0jR8YjW00mERhA==' }).end('something else')
  })
  const error = await failureOf(fetchInto(world, { source: `${server.url}/data.csv` }))
  assert.equal(error.code, 'DATA_HASH_MISMATCH')
  assert.equal(world.has('data.csv'), false)
})

test('a server that stops answering is given up', async () => {
  using world = await makeDataRepository()
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('begun')
  })
  const error = await failureOf(fetchInto(world, { source: `${server.url}/data.csv` }))
  assert.match(error.message, /no answer for 0\.3 s/)
  assertNothing(world)
})

test('a busy server is asked again, one that says no is not', async () => {
  using world = await makeDataRepository()
  const asked: Record<string, number> = {}
  await using server = await serve((request, response) => {
    const path = request.url ?? ''
    asked[path] = (asked[path] ?? 0) + 1
    const status = { '/busy': asked[path] < 3 ? 503 : 200, '/none': 404, '/secret': 403 }[path]
    response.writeHead(status ?? 500).end('x\n')
  })
  await fetchInto(world, { source: `${server.url}/busy` })
  assert.equal(world.read('busy'), 'x\n')
  assert.equal(
    (await failureOf(fetchInto(world, { source: `${server.url}/none` }))).code,
    'FILE_MISSING',
  )
  const denied = await failureOf(fetchInto(world, { source: `${server.url}/secret` }))
  assert.equal(denied.code, 'REMOTE_DENIED')
  const broken = await failureOf(fetchInto(world, { source: `${server.url}/broken` }))
  assert.match(broken.message, /answered 500/)
  assert.deepEqual(asked, { '/busy': 3, '/none': 1, '/secret': 1, '/broken': 3 })
})

test('passwords and queries of an address are neither recorded nor shown', async () => {
  using world = await makeDataRepository()
  const withPassword = await failureOf(
    fetchInto(world, { source: 'http://me:hunter2@127.0.0.1:1/a' }),
  )
  assert.equal(withPassword.code, 'PATH_FORBIDDEN')
  const closed = await serve(() => undefined)
  await closed[Symbol.asyncDispose]()
  const source = `${closed.url}/a?token=hunter2`
  const withQuery = await failureOf(fetchInto(world, { source }))
  assert.equal(withQuery.code, 'DATA_SOURCE_UNAVAILABLE')
  assert.match(withQuery.message, /ECONNREFUSED/)
  assert.doesNotMatch(`${withPassword.message}${withQuery.message}`, /hunter2/)
})

test('what cannot be imported is refused before anything is fetched', async () => {
  using world = await makeDataRepository({
    there: 't\n',
    'sub/x': 'x\n',
    'b.dvc': 'outs:\n- path: c\n',
  })
  const refusals = [
    [{ source: 'ftp://localhost/a' }, 'CLI_USAGE'],
    [{ source: 'http://localhost/' }, 'CLI_USAGE'],
    [{ source: 'sub/x', output: 'there' }, 'DATA_UNSAVED'],
    [{ source: 'sub/x', output: 'b' }, 'DATA_UNSAVED'],
    [{ source: 'sub/x', output: '../x' }, 'PATH_FORBIDDEN'],
    [{ source: 'sub/x', output: '.dvc/x' }, 'PATH_FORBIDDEN'],
    [{ source: 'sub/x', output: 'none/x' }, 'FILE_MISSING'],
    [{ source: 'sub/none', output: 'x' }, 'FILE_MISSING'],
  ] as const
  for (const [options, code] of refusals) {
    const error = await failureOf(fetchInto(world, options))
    assert.equal(error.code, code, `${JSON.stringify(options)}: ${error.message}`)
  }
  assert.deepEqual(world.objects(), [])
})

test('files of this machine are imported with their bit, and named from the .dvc file', async () => {
  using world = await makeDataRepository({ 'sub/tool.sh': 't\n', 'in/x': 'x\n' })
  chmodSync(join(world.directory, 'sub/tool.sh'), 0o755)
  await fetchInto(world, { source: 'sub/tool.sh', output: 'in', description: 'a tool' })
  assert.match(world.read('in/tool.sh.dvc'), /^desc: a tool\nmd5: /)
  assert.match(
    world.read('in/tool.sh.dvc'),
    /isexec: true\n {2}hash: md5\n {2}path: \.\.\/sub\/tool\.sh\n/,
  )
})

test('an update takes over what changed, and only that', async () => {
  using world = await makeDataRepository({ 'src/a': 'a\n', 'src/b': 'b\n' })
  await fetchInto(world, { source: 'src/a', output: 'one' })
  await fetchInto(world, { source: 'src/b', output: 'two' })
  world.write({ 'src/a': 'changed\n' })
  const { updated, unchanged } = await update(world, { targets: ['one.dvc', 'two'] })
  assert.deepEqual([updated, unchanged], [['one.dvc'], ['two.dvc']])
  assert.equal(world.read('one'), 'changed\n')
})

test('an update does not lose what was edited, and refuses what was not imported', async () => {
  using world = await makeDataRepository({ 'src/a': 'a\n', own: 'o\n' })
  await fetchInto(world, { source: 'src/a', output: 'one' })
  await world.add('own')
  world.write({ one: 'edited\n' })
  assert.equal((await failureOf(update(world, { targets: ['one'] }))).code, 'DATA_UNSAVED')
  assert.equal(world.read('one'), 'edited\n')
  await update(world, { targets: ['one'], isForced: true })
  assert.equal(world.read('one'), 'a\n')
  assert.equal((await failureOf(update(world, { targets: ['own'] }))).code, 'PATH_UNTRACKED')
  rmSync(join(world.directory, 'src/a'))
  assert.equal((await failureOf(update(world, { targets: ['one'] }))).code, 'FILE_MISSING')
})

test('without ETag, the checksum is that of all the server says, in Python words', () => {
  // int(md5("({'name': 'http://h/a', 'size': 6, 'url': 'http://h/a', 'type': 'file'},)"), 16)
  const file = { address: 'http://h/a', finalAddress: 'http://h/a' }
  assert.equal(
    checksumOfWebFile({ ...file, headers: new Map([['content-length', '6']]) }),
    pythonNumber,
  )
  assert.equal(checksumOfWebFile({ ...file, headers: new Map([['content-md5', 'x==']]) }), 'x==')
})

const pythonNumber = '328184648940185535291805292681325949590'

async function fetchInto(world: DataRepository, options: ImportOptions): Promise<ImportResult> {
  const { repository, cache } = world
  const download = { timeoutMs: 300, retryDelaysMs: [1, 1] }
  return importData(options, { repository, cache, download })
}

async function update(world: DataRepository, options: UpdateOptions): Promise<UpdateResult> {
  const { repository, cache } = world
  return updateImports(options, { repository, cache, download: { retryDelaysMs: [] } })
}

function assertNothing(world: DataRepository): void {
  assert.deepEqual(
    ['data.csv', 'data.csv.dvc', '.gitignore'].map((path) => world.has(path)),
    [false, false, false],
  )
  assert.deepEqual(world.objects(), [])
  const downloads = join(world.directory, '.dvc/tmp/mlpt/downloads')
  assert.deepEqual(existsSync(downloads) ? readdirSync(downloads) : [], [])
}
