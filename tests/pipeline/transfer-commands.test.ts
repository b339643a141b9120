import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, test } from 'node:test'
import { formatManifest } from '../../src/pipeline/cache/manifest.ts'
import { objectKey } from '../../src/pipeline/remote/object-key.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { listFiles, md5Of, put } from './transfer-world.ts'

describe('push, pull and their kin', () => {
  test('bring data from one clone to another, and say what they did', () => {
    const first = makeRepository({ 'x/1': 'one', 2: 'two' })
    assert.deepEqual(first.mlpt('push'), { exitCode: 0, output: '3 files pushed\n', errors: '' })
    assert.equal(first.mlpt('push').output, 'everything is up to date\n')
    const second = first.clone()
    const status = second.mlpt('status', '-c', '--json')
    assert.equal(status.exitCode, 3)
    assert.deepEqual(JSON.parse(status.output), {
      data: 'deleted',
      'data/2': 'deleted',
      'data/x/1': 'deleted',
    })
    assert.equal(second.mlpt('pull', 'data/x').output, 'A\tdata/\n2 files fetched, 1 file added\n')
    assert.equal(second.mlpt('fetch').output, '1 file fetched\n')
    assert.equal(second.mlpt('pull').exitCode, 0)
    assert.equal(readFileSync(join(second.folder, 'data/x/1'), 'utf8'), 'one')
    assert.equal(readFileSync(join(second.folder, 'data/2'), 'utf8'), 'two')
    assert.equal(second.mlpt('status', '-c').exitCode, 0)
  })

  test('--json tells every object, and every failure', () => {
    const first = makeRepository({ 1: 'one', 2: 'two' })
    first.mlpt('push')
    rmSync(join(first.store, keyOf('one')))
    const { exitCode, output, errors } = first.clone().mlpt('fetch', '--json')
    assert.equal(exitCode, 1)
    assert.match(errors, /"REMOTE_OBJECT_MISSING","message":"'data\/1'/)
    const { remotes } = JSON.parse(output) as { remotes: Record<string, unknown[]>[] }
    assert.deepEqual(remotes[0]?.['transferred'], [{ path: 'data/2', md5: md5Of('two'), size: 3 }])
    assert.equal(remotes[0]?.['failed']?.length, 1)
  })

  test('pull --allow-missing takes what there is', () => {
    const first = makeRepository({ 1: 'one' })
    first.mlpt('push')
    rmSync(join(first.store, keyOf('one')))
    const { exitCode, output } = first.clone().mlpt('pull')
    // That all is up to date it says only where nothing is missing.
    assert.deepEqual([exitCode, output], [1, ''])
    assert.equal(first.clone().mlpt('pull', '--allow-missing').exitCode, 0)
  })

  for (const [what, args, exitCode, message] of [
    ['an unknown remote', ['push', '-r', 'stor'], 2, /REMOTE_UNKNOWN[^]*did you mean 'store'/],
    ['an unknown target', ['pull', 'dat'], 2, /PATH_UNTRACKED[^]*did you mean 'data'/],
    ['no number of jobs', ['push', '-j', '0'], 2, /whole number from 1 up/],
    ['revisions without git', ['push', '-a'], 1, /GIT_FAILED/],
    ['a collection that keeps nothing', ['gc', '-f'], 2, /nothing is said of what to keep/],
    ['a remote for gc without --cloud', ['gc', '-w', '-r', 'store'], 2, /--cloud/],
    ['a collection nobody agreed to', ['gc', '-w'], 2, /--force/],
  ] as const) {
    test(`${what} is refused`, () => {
      const repository = makeRepository({ 1: 'one' })
      const before = listFiles(repository.folder)
      const result = repository.mlpt(...args)
      assert.equal(result.exitCode, exitCode, result.errors)
      assert.match(result.errors, message)
      const after = listFiles(repository.folder).filter((path) => !path.startsWith('.dvc/tmp/'))
      assert.deepEqual(after, before)
    })
  }

  test('gc removes what the work tree does not need, after saying so with --dry', () => {
    const repository = makeRepository({ 1: 'one' })
    put(join(repository.folder, '.dvc/cache', keyOf('old')), 'old')
    const dry = repository.mlpt('gc', '-w', '--dry')
    assert.equal(dry.output, `the cache: 1 objects would go (3 B), 2 kept\n  ${keyOf('old')}\n`)
    assert.equal(
      repository.mlpt('gc', '-w', '-f').output,
      'the cache: 1 objects removed (3 B), 2 kept\n',
    )
    assert.ok(!existsSync(join(repository.folder, '.dvc/cache', keyOf('old'))))
    assert.equal(repository.mlpt('push').output, '2 files pushed\n')
  })

  test('gc keeps what branches, tags and commits need, and stops at one that it cannot read', () => {
    const repository = makeRepository({ 1: 'one' })
    repository.git('init', '-q', '-b', 'main')
    repository.commit('first')
    repository.track({ 1: 'two' })
    repository.commit('second')
    assert.match(
      repository.mlpt('gc', '-w', '-A', '-f').output,
      /nothing to remove, 4 objects kept/,
    )
    writeFileSync(join(repository.folder, 'data.dvc'), 'outs: [')
    repository.commit('broken')
    repository.track({ 1: 'two' })
    const refused = repository.mlpt('gc', '-w', '-A', '-f')
    assert.match(refused.errors, /nothing is removed/)
    assert.match(repository.mlpt('gc', '-w', '-A', '-f', '--skip-failed').output, /4 objects kept/)
    assert.match(repository.mlpt('gc', '-w', '-f').output, /2 objects removed/)
  })
})

test('push, killed at any moment, leaves whole objects and no manifest too early; the next one sends the rest', async () => {
  const texts = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`${i}`, `file ${i}`]))
  const repository = makeRepository(texts)
  const child = spawn(process.execPath, [...mlptArguments, 'push'], {
    cwd: repository.folder,
    stdio: 'ignore',
  })
  const objects = join(repository.store, 'files/md5')
  while (listFilesIfAny(objects).length === 0 && child.exitCode === null) await sleep(2)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const sent = listFiles(objects)
  assert.ok(sent.length > 0 && sent.length < 5001, `${sent.length} were sent`)
  for (const path of sent) {
    const bytes = readFileSync(join(objects, path))
    assert.equal(createHash('md5').update(bytes).digest('hex'), path.replace('/', ''))
  }
  assert.equal(repository.mlpt('push').output, `${5001 - sent.length} files pushed\n`)
  assert.equal(listFiles(objects).length, 5001)
})

function listFilesIfAny(folder: string): string[] {
  return existsSync(folder) ? listFiles(folder) : []
}

interface Result {
  readonly exitCode: number | null
  readonly output: string
  readonly errors: string
}

interface TestRepository {
  readonly folder: string
  readonly store: string
  readonly mlpt: (...args: readonly string[]) => Result
  readonly git: (...args: readonly string[]) => void
  readonly commit: (message: string) => void
  /** Records a folder `data` and puts its files into the cache. */
  readonly track: (texts: Readonly<Record<string, string>>) => void
  /** Without its cache. */
  readonly clone: () => TestRepository
}

function makeRepository(texts: Readonly<Record<string, string>>): TestRepository {
  const folder = join(makeScratchFolder(), 'repository')
  mkdirSync(join(folder, '.dvc'), { recursive: true })
  writeFileSync(join(folder, '.dvc/.gitignore'), '/config.local\n/tmp\n/cache\n')
  writeFileSync(
    join(folder, '.dvc/config'),
    '[core]\n    remote = store\n[\'remote "store"\']\n    url = ../../store\n',
  )
  const repository = openRepository(folder, join(folder, '../store'))
  repository.track(texts)
  return repository
}

function openRepository(folder: string, store: string): TestRepository {
  const git = (...args: readonly string[]): void => {
    const name = ['-c', 'user.name=a', '-c', 'user.email=a@b']
    const { status, stderr } = spawnSync('git', [...name, ...args], {
      cwd: folder,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
  }
  return {
    folder,
    store,
    mlpt: (...args) => {
      const options = { cwd: folder, encoding: 'utf8', env: environmentOf(folder) } as const
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [...mlptArguments, ...args],
        options,
      )
      return { exitCode: status, output: stdout, errors: stderr }
    },
    git,
    commit: (message) => {
      git('add', '-A')
      git('commit', '-q', '-m', message)
    },
    track: (texts) => track(folder, texts),
    clone: () => {
      const target = join(makeScratchFolder(), 'clone')
      cpSync(folder, target, { recursive: true })
      rmSync(join(target, '.dvc/cache'), { recursive: true, force: true })
      const config = join(target, '.dvc/config')
      writeFileSync(config, readFileSync(config, 'utf8').replace('../../store', store))
      return openRepository(target, store)
    },
  }
}

function environmentOf(folder: string): NodeJS.ProcessEnv {
  const none = join(folder, 'none')
  return { ...process.env, DVC_GLOBAL_CONFIG_DIR: none, DVC_SYSTEM_CONFIG_DIR: none }
}

function track(folder: string, texts: Readonly<Record<string, string>>): void {
  const members = Object.entries(texts)
    .map(([path, text]) => ({ path, md5: md5Of(text) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  for (const text of Object.values(texts)) put(join(folder, '.dvc/cache', keyOf(text)), text)
  const manifest = formatManifest(members)
  const md5 = `${md5Of(manifest)}.dir`
  put(join(folder, '.dvc/cache', objectKey({ md5 })), manifest)
  const record = `- md5: ${md5}\n  size: 1\n  nfiles: ${members.length}\n  hash: md5\n  path: data\n`
  writeFileSync(join(folder, 'data.dvc'), `outs:\n${record}`)
}

function keyOf(text: string): string {
  return objectKey({ md5: md5Of(text) })
}
