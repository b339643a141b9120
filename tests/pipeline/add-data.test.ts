import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeDataRepository, type DataRepository } from './data-repository.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { mlpt } from './folder.ts'
import { failureOf } from '../failure-of.ts'

test('files and folders get a .dvc file, a line in .gitignore and read-only objects', async () => {
  using world = await makeDataRepository({
    'data/raw/a': 'a\n',
    'data/raw/b/c': 'c\n',
    'f.txt': 'f\n',
  })
  const { added, written } = await world.add('data/raw', 'f.txt')
  assert.deepEqual(
    added.map(({ path, dataFile, fileCount }) => ({ path, dataFile, fileCount })),
    [
      { path: 'data/raw', dataFile: 'data/raw.dvc', fileCount: 2 },
      { path: 'f.txt', dataFile: 'f.txt.dvc', fileCount: undefined },
    ],
  )
  assert.equal(world.read('data/.gitignore'), '/raw\n')
  assert.match(
    world.read('data/raw.dvc'),
    /^outs:\n- md5: [0-9a-f]{32}\.dir\n  size: 4\n  nfiles: 2\n/,
  )
  assert.equal(written.length, 4)
  assert.equal(world.objects().length, 4)
  for (const md5 of world.objects()) {
    assert.equal(statSync(world.objectPath(md5)).mode & 0o777, 0o444)
  }
})

test('everything that cannot be added is named at once, and nothing is written', async () => {
  using world = await makeDataRepository({
    'fine.txt': 'fine\n',
    'tracked.txt': 't\n',
    'hidden.log': 'h\n',
    'real/x': 'x\n',
    'dvc.yaml': 'stages:\n  s: {cmd: echo > out.txt, outs: [out.txt]}\n',
    'out.txt': 'o\n',
    '.dvcignore': '*.log\n',
    'inner/data': 'd\n',
    'hiding/f': 'f\n',
    'other/.dvc/config': '',
    'other/f': 'f\n',
    '.gitignore': '/hiding/*.dvc\n',
  })
  await world.add('inner/data')
  world.git('add', 'tracked.txt')
  symlinkSync('real', join(world.directory, 'way'))
  const before = world.git('status', '--porcelain', '-uall')
  const bad = [
    'missing',
    'tracked.txt',
    'hidden.log',
    'way',
    'way/x',
    'out.txt',
    '../elsewhere',
    '.',
    '.dvc/config',
    'dvc.yaml',
    'inner/data.dvc',
    'inner',
    'hiding/f',
    'other/f',
  ]
  const error = await failureOf(world.add('fine.txt', ...bad))
  assert.deepEqual(error.details['paths'], bad)
  for (const words of [
    "'missing' does not exist",
    "'tracked.txt' is tracked by git (stop that first: git rm",
    "'hidden.log' is ignored by .dvcignore",
    "'way' is a link to a folder",
    "'way/x' lies behind the link 'way'",
    "'out.txt' is written by stage 's'",
    "'inner' contains 'inner/data', an output of 'inner/data.dvc'",
    "git ignores 'f.dvc' beside it",
    "'other/f' lies in another repository of DVC",
    "'.' is the whole repository",
  ]) {
    assert.ok(error.message.includes(words), `${words} in ${error.message}`)
  }
  assert.equal(world.git('status', '--porcelain', '-uall'), before)
  assert.equal(world.objects().length, 1)
})

test('one path alone is refused with its own code', async () => {
  using world = await makeDataRepository({ a: 'a\n' })
  assert.equal((await failureOf(world.add('missing'))).code, 'FILE_MISSING')
  assert.equal((await failureOf(world.add('.'))).code, 'PATH_FORBIDDEN')
  await world.add('a')
  rmSync(join(world.directory, 'a'))
  const error = await failureOf(world.add('a'))
  assert.equal(error.hint, 'get it back with: mlpt checkout a')
})

test('new data inside of other new data is refused', async () => {
  using world = await makeDataRepository({ 'raw/a': 'a\n' })
  const error = await failureOf(world.add('raw', 'raw/a'))
  assert.match(error.message, /'raw\/a' lies in 'raw'/)
})

test('a .dvc file of something else is not overwritten without force', async () => {
  using world = await makeDataRepository({ a: 'a\n', other: 'o\n' })
  world.write({ 'a.dvc': 'outs:\n- path: other\n' })
  assert.match(
    (await failureOf(world.add('a'))).message,
    /'a\.dvc' is there and tracks something else/,
  )
  await world.addWith({ paths: ['a'], isForced: true })
  assert.match(world.read('a.dvc'), /path: a\n/)
})

test('pipes are refused by name', async () => {
  using world = await makeDataRepository({ 'd/a': 'a\n' })
  spawnSync('mkfifo', ['pipe', 'd/pipe'], { cwd: world.directory })
  for (const path of ['pipe', 'd']) {
    assert.equal((await failureOf(world.add(path))).code, 'FILE_READ_FAILED')
    assert.equal(world.has(`${path}.dvc`), false)
  }
})

test('when one of many cannot be read, none gets a .dvc file', async () => {
  using world = await makeDataRepository({ a: 'a\n', 'b/x': 'x\n' })
  symlinkSync('nowhere', join(world.directory, 'b/broken'))
  assert.equal((await failureOf(world.add('a', 'b'))).code, 'FILE_READ_FAILED')
  assert.deepEqual(
    [world.has('a.dvc'), world.has('b.dvc'), world.has('.gitignore')],
    [false, false, false],
  )
})

test('data that is added again has the line in .gitignore once', async () => {
  using world = await makeDataRepository({ a: 'a\n', '.gitignore': '*.tmp' })
  await world.add('a')
  world.write({ a: 'b\n' })
  const { written } = await world.add('a')
  assert.equal(world.read('.gitignore'), '*.tmp\n/a\n')
  assert.deepEqual(written, [join(world.directory, 'a.dvc')])
})

test('a part of a folder whose manifest is lost cannot be taken over alone', async () => {
  using world = await makeDataRepository({ 'raw/a': 'a\n', 'raw/b': 'b\n' })
  const { added } = await world.add('raw')
  rmSync(world.objectPath(added[0]!.md5))
  world.write({ 'raw/b': 'c\n' })
  const text = world.read('raw.dvc')
  assert.equal((await failureOf(world.add('raw/b'))).code, 'CACHE_OBJECT_MISSING')
  assert.equal(world.read('raw.dvc'), text)
  await world.add('raw')
})

test('--out copies first, and replaces only with force', async () => {
  using world = await makeDataRepository({ 'src/x': 'x\n', there: 't\n' })
  await world.addWith({ paths: ['src'], output: 'copy' })
  assert.equal(world.read('copy/x'), 'x\n')
  const onto = { paths: ['src/x'], output: 'there' }
  assert.equal((await failureOf(world.addWith(onto))).code, 'DATA_UNSAVED')
  await world.addWith({ ...onto, isForced: true })
  assert.equal(world.read('there'), 'x\n')
  assert.equal(
    (await failureOf(world.addWith({ paths: ['a', 'b'], output: 'c' }))).code,
    'CLI_USAGE',
  )
  assert.equal(
    (await failureOf(world.addWith({ paths: ['none'], output: 'c' }))).code,
    'FILE_MISSING',
  )
})

test('with hard links, the file becomes one with its object', async () => {
  using world = await makeDataRepository({ a: 'a\n' })
  world.write({ '.dvc/config': '[cache]\n    type = hardlink\n' })
  const { added } = await world.add('a')
  const file = lstatSync(join(world.directory, 'a'))
  assert.equal(file.ino, statSync(world.objectPath(added[0]!.md5)).ino)
  assert.equal(file.mode & 0o777, 0o444)
})

test('core.autostage hands the files to git', async () => {
  using world = await makeDataRepository({ a: 'a\n' })
  world.write({ '.dvc/config': '[core]\n    autostage = true\n' })
  const answer = mlpt(world, 'add', 'a')
  assert.equal(answer.exitCode, 0, answer.errors)
  assert.match(world.git('status', '--porcelain'), /A {2}\.gitignore\nA {2}a\.dvc/)
  assert.equal(answer.errors, '')
})

test('the command says what it did, and how to tell git', async () => {
  using world = await makeDataRepository({ 'b c/x': 'x\n' })
  const answer = mlpt(world, 'add', 'b c', '--json')
  assert.deepEqual(Object.keys((JSON.parse(answer.output) as object[])[0]!), [
    'path',
    'dataFile',
    'md5',
    'sizeBytes',
    'fileCount',
  ])
  assert.equal(answer.errors, "to track the change: git add .gitignore 'b c.dvc'\n")
})

test('names of all kinds: line breaks and blanks are hidden from git, what no text can name is refused', async () => {
  using world = await makeDataRepository({ 'a\nb': '1\n', a: '2\n', b: '3\n', 'c  ': '4\n' })
  const long = 'n'.repeat(251)
  world.write({ [long]: 'long\n' })
  await world.add('a\nb', 'c  ', long)
  assert.equal(world.read('.gitignore'), `/a?b\n/c\\ \\ \n/${long}\n`)
  const ignored = world.git('check-ignore', 'a\nb', 'a', 'b', 'c  ', long)
  assert.equal(ignored, `"a\\nb"\nc  \n${long}\n`)
  assert.equal(mlpt(world, 'remove', 'a\nb.dvc', 'c  .dvc').errors.includes('error'), false)
  assert.equal(world.read('.gitignore'), `/${long}\n`)
  await assert.rejects(world.add('bad\ufffd'), { code: 'FILE_MISSING', hint: /not UTF-8/ })
})

test('lines in .gitignore that are no UTF-8 keep their bytes', async () => {
  using world = await makeDataRepository({ é: '1\n', b: '2\n' })
  const path = join(world.directory, '.gitignore')
  const latin = Buffer.from('/caf\xe9\r\n', 'latin1')
  writeFileSync(path, latin)
  await world.add('é', 'b')
  assert.deepEqual(readFileSync(path), Buffer.concat([latin, Buffer.from('/é\n/b\n')]))
  assert.equal(mlpt(world, 'remove', 'é.dvc').exitCode, 0)
  assert.deepEqual(readFileSync(path), Buffer.concat([latin, Buffer.from('/b\n')]))
})

test('names that differ only in case are two: each is hidden from git', async () => {
  using world = await makeDataRepository({ x: '1\n', X: '2\n', y: '3\n' })
  await world.add('x', 'X', 'y')
  assert.equal(world.read('.gitignore'), '/x\n/X\n/y\n')
  assert.equal(mlpt(world, 'move', 'y', 'Y').exitCode, 0)
  assert.equal(world.read('.gitignore'), '/x\n/X\n/Y\n')
})

test('what goes straight to a remote is refused where something else would be lost, and leaves no copy', async () => {
  using world = await makeDataRepository({ 'd/a': 'a\n', 'other/f': 'of others\n', f: 'f\n' })
  const add = (...args: string[]): [number | null, string] => {
    const { exitCode, errors } = mlpt(world, 'add', '--to-remote', ...args)
    return [exitCode, /[A-Z_]{6,}/.exec(errors)?.[0] ?? '']
  }
  assert.deepEqual(add('f'), [2, 'REMOTE_UNKNOWN'])
  mlpt(world, 'remote', 'add', '--default', 'store', 'store')
  await world.add('d')
  assert.deepEqual(add('other/f'), [1, 'DATA_UNSAVED'], 'there is another f')
  assert.deepEqual(add('d/a', '--out', 'd/b'), [2, 'CLI_USAGE'], 'd is tracked whole')
  assert.deepEqual(add('f', 'other/f'), [2, 'CLI_USAGE'])
  assert.deepEqual(add('nothing'), [1, 'FILE_MISSING'])
  assert.equal(world.has('store'), false)
  assert.deepEqual(add('f'), [0, ''])
  assert.match(world.read('.gitignore'), /^\/f$/m)
  const key = `files/md5/${/md5: (..)/.exec(world.read('f.dvc'))?.[1]}`
  assert.ok(world.has(`store/${key}`) && !world.has(`.dvc/cache/${key}`))
})

test('a full disk leaves the record as it was', async () => {
  using world = await makeDataRepository({ big: 'a\n' })
  await world.add('big')
  const before = world.read('big.dvc')
  world.write({ big: 'x'.repeat(100_000) })
  const limited = `ulimit -f 40; exec "$0" "$@"`
  const { status, stderr } = spawnSync(
    'bash',
    ['-c', limited, process.execPath, ...mlptArguments, 'add', 'big'],
    { cwd: world.directory, encoding: 'utf8' },
  )
  assert.equal(status, 1, stderr)
  assert.match(stderr, /FILE_WRITE_FAILED/)
  assert.equal(world.read('big.dvc'), before)
})

test('killed anywhere, data is added wholly or not at all', async () => {
  using world = await makeDataRepository(manyFiles(300))
  mkdirSync(join(world.directory, 'one'))
  let added = 0
  for (let delayMs = 150; delayMs < 1200 && added < 2; delayMs += 75) {
    if (await killedAfter(world, delayMs)) added++
    assertWhole(world)
  }
  assert.equal(mlpt(world, 'add', 'data').exitCode, 0)
  assertWhole(world)
})

async function killedAfter(world: DataRepository, delayMs: number): Promise<boolean> {
  for (const path of ['data.dvc', '.gitignore', '.dvc/cache']) {
    const location = join(world.directory, path)
    if (world.has(path)) spawnSync('chmod', ['-R', 'u+w', location])
    rmSync(location, { recursive: true, force: true })
  }
  const child = spawn(process.execPath, [...mlptArguments, 'add', 'data'], {
    cwd: world.directory,
    stdio: 'ignore',
  })
  const ended = once(child, 'close')
  await Promise.race([sleep(delayMs), ended])
  child.kill('SIGKILL')
  const [code] = (await ended) as [number | null]
  return code === 0
}

/** A .dvc file means that git does not see the data, and that the cache has all of it. */
function assertWhole(world: DataRepository): void {
  if (!world.has('data.dvc')) return
  assert.equal(world.read('.gitignore'), '/data\n')
  const md5 = /md5: (\S+\.dir)/.exec(world.read('data.dvc'))?.[1] ?? ''
  const manifest = JSON.parse(
    world.read(`.dvc/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`),
  ) as {
    md5: string
  }[]
  assert.equal(manifest.length, 300)
  const objects = new Set(world.objects())
  for (const member of manifest) assert.ok(objects.has(member.md5))
}

function manyFiles(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`data/${i % 10}/${i}.txt`, `content ${i}\n`] as const),
  )
}

test(
  'an unreadable file is named',
  { skip: process.getuid?.() === 0 && 'root reads everything' },
  async () => {
    using world = await makeDataRepository({ a: 'a\n' })
    chmodSync(join(world.directory, 'a'), 0)
    assert.equal((await failureOf(world.add('a'))).code, 'FILE_READ_FAILED')
  },
)
