/** What one tool pushes the other pulls; and where DVC takes what is damaged or lost, we do not. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openS3Remote } from '../../src/pipeline/remote/s3-client.ts'
import { readS3Options } from '../../src/pipeline/remote/s3-options.ts'
import { describeRemote } from '../contracts/remote.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { s3Keys, skipWithoutMoto, startMoto, type S3Server } from './moto.ts'
import { startDvcProgram } from './dvc-program.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'dvc')
const dvcProgram = startDvcProgram()
const skipS3 = peer.skip !== false ? peer.skip : skipWithoutMoto(peer.python)

let server: S3Server | undefined
before(async () => {
  if (skipS3 === false) server = await startMoto(peer.python)
})
after(async () => server?.[Symbol.asyncDispose]())

describeRemote('S3', {
  skip: skipS3,
  open: async () => {
    const bucket = await server!.makeBucket()
    const options = { url: `s3://${bucket}/pre/fix`, endpointurl: server!.endpoint, ...keys }
    return openS3Remote(readS3Options('s3', new Map(Object.entries(options)), 4), {
      clock: Date.now,
    })
  },
})

const keys = { access_key_id: s3Keys.accessKeyId, secret_access_key: s3Keys.secretAccessKey }

for (const kind of ['folder', 'S3'] as const) {
  describe(`dvc and we on one ${kind}`, { skip: kind === 'S3' ? skipS3 : peer.skip }, () => {
    test('dvc pulls what we push, the run cache too, and finds cache and remote in sync', async () => {
      const ours = await makeRepository(kind)
      const pushed = ours.mlpt('push', '--run-cache')
      assert.equal(pushed.output, '7 files pushed\n', pushed.errors)
      assert.equal(ours.dvc('status', '-c', '--json').output.trim(), '{}')
      assert.match(ours.dvc('push', '--run-cache').output, /up to date|1 file pushed/)
      const theirs = ours.clone()
      theirs.dvc('pull', '--run-cache', '-q')
      assert.deepEqual(listFiles(theirs.folder, '.dvc/cache'), listFiles(ours.folder, '.dvc/cache'))
      assert.deepEqual(listFiles(theirs.folder, 'data'), listFiles(ours.folder, 'data'))
      assert.equal(theirs.dvc('status', '--json').output.trim(), '{}')
    })

    test('we pull what dvc pushes, the run cache too, and each finds nothing more to do', async () => {
      const theirs = await makeRepository(kind)
      theirs.dvc('push', '--run-cache', '-q')
      assert.equal(theirs.mlpt('push', '--run-cache').output, 'everything is up to date\n')
      const ours = theirs.clone()
      const pulled = ours.mlpt('pull', '--run-cache')
      assert.equal(pulled.exitCode, 0, pulled.errors)
      assert.match(
        pulled.output,
        /^A\tdata\/\nA\tone\.txt\nA\tout\.txt\n7 files fetched, 6 files added\n$/,
      )
      assert.equal(ours.dvc('status', '--json').output.trim(), '{}')
      assert.match(ours.dvc('pull').output, /up to date/)
      assert.deepEqual(listFiles(ours.folder, '.dvc/cache'), listFiles(theirs.folder, '.dvc/cache'))
    })

    test('a damaged object is pulled by dvc as good; we name it and do not take it', async () => {
      const repository = await makeRepository(kind)
      repository.mlpt('push')
      await repository.damage(oneKey)
      const theirs = repository.clone()
      assert.equal(theirs.dvc('pull', '-q').exitCode, 0)
      assert.equal(readFileSync(join(theirs.folder, 'one.txt'), 'utf8'), 'damaged')
      assert.equal(theirs.dvc('status', '--json').output.trim(), '{}')

      const ours = repository.clone()
      const pulled = ours.mlpt('pull')
      assert.equal(pulled.exitCode, 1)
      assert.match(
        pulled.errors,
        /REMOTE_OBJECT_DAMAGED: 'one\.txt': 'files\/md5\/5b\/.*is damaged/,
      )
      assert.ok(!existsSync(join(ours.folder, 'one.txt')))
      assert.ok(!existsSync(join(ours.folder, '.dvc/cache', oneKey)))
      assert.ok(existsSync(join(ours.folder, 'data/a')), 'everything else is there')
    })

    test('a lost file of a folder is in sync for dvc; we see it and send it again', async () => {
      const repository = await makeRepository(kind)
      repository.dvc('push', '-q')
      await repository.lose(aKey)
      assert.equal(repository.dvc('status', '-c', '--json').output.trim(), '{}')
      assert.match(repository.dvc('push').output, /up to date/)
      assert.equal(repository.clone().dvc('pull', '-q').exitCode, 1)

      assert.equal(repository.mlpt('push').output, '1 file pushed\n')
      assert.equal(repository.clone().mlpt('pull').exitCode, 0)
    })

    test('what a collection of garbage leaves is enough for dvc', async () => {
      const repository = await makeRepository(kind)
      repository.mlpt('push')
      writeFileSync(join(repository.folder, 'one.txt'), 'another\n')
      repository.dvc('add', '-q', 'one.txt')
      repository.dvc('repro', '-q')
      repository.mlpt('push')
      const collected = JSON.parse(repository.mlpt('gc', '-w', '-c', '-f', '--json').output) as {
        removed: string[]
      }[]
      assert.deepEqual(
        collected.map(({ removed }) => removed.length),
        [2, 2],
      )
      assert.ok(collected.every(({ removed }) => removed.includes(oneKey)))
      assert.match(
        repository.dvc('gc', '-w', '-c', '-f').errors +
          repository.dvc('gc', '-w', '-c', '-f').output,
        /No unused/,
      )
      assert.equal(repository.dvc('status', '-c', '--json').output.trim(), '{}')
    })
  })
}

describe('settings', { skip: peer.skip }, () => {
  test('dvc’s commands and ours leave the same files', () => {
    const folders = ['dvc', 'mlpt'].map((name) => join(makeScratchFolder(), name)) as [
      string,
      string,
    ]
    const steps = [
      ['remote', 'add', '-d', 'Store', '../store'],
      ['remote', 'add', 's3', 's3://bucket/path', '--local'],
      ['remote', 'modify', 'store', 'verify', 'true'],
      ['remote', 'modify', '--local', 's3', 'secret_access_key', 'a # "b"'],
      ['config', 'cache.type', 'reflink,hardlink'],
      ['config', '--local', 'core.remote', 's3'],
      ['config', 'cache.dir', '../cache'],
      ['remote', 'rename', 'store', 'disk'],
      ['remote', 'add', '-f', 'disk', '/abs'],
      ['config', '-u', 'cache.type'],
      ['remote', 'default', 'disk'],
      ['remote', 'remove', 's3', '--local'],
    ]
    for (const folder of folders) {
      mkdirSync(folder)
      run(dvcProgram, ['init', '--no-scm', '-q'], folder)
    }
    for (const step of steps) {
      assert.equal(run(dvcProgram, step, folders[0]).exitCode, 0, step.join(' '))
      const { exitCode, errors } = run(process.execPath, [...mlptArguments, ...step], folders[1])
      assert.equal(exitCode, 0, errors)
      for (const name of ['config', 'config.local']) {
        assert.equal(readIfThere(folders[1], name), readIfThere(folders[0], name), step.join(' '))
      }
    }
  })
})

const oneKey = 'files/md5/5b/bf5a52328e7439ae6e719dfe712200' // 'one\n'
const aKey = 'files/md5/60/b725f10c9c85c70d97880dfe8191b3' // 'a\n'

interface Result {
  readonly exitCode: number | null
  readonly output: string
  readonly errors: string
}

interface TestRepository {
  readonly folder: string
  readonly dvc: (...args: readonly string[]) => Result
  readonly mlpt: (...args: readonly string[]) => Result
  /** Without its cache and data. */
  readonly clone: () => TestRepository
  /** Replaces an object of the remote; it looks untouched. */
  readonly damage: (key: string) => Promise<void>
  readonly lose: (key: string) => Promise<void>
}

describe('prediction logs on S3', { skip: skipS3 }, () => {
  test('by its mere address and the keys of the environment; a bucket that is not there has a hint that helps', async () => {
    const bucket = await server!.makeBucket()
    const [here, there] = [makeScratchFolder(), makeScratchFolder()]
    const key = 'loans/predictions/date=2026-01-31/large.parquet'
    const bytes = Buffer.concat(
      ['PAR1', randomBytes(3 << 20), 'PAR1'].map((part) => Buffer.from(part)),
    )
    mkdirSync(dirname(join(here, key)), { recursive: true })
    writeFileSync(join(here, key), bytes)
    const ask = (verb: string, log: string, name: string): Result => {
      const words = ['predictions', verb, '--log', log, '--remote', `s3://${name}/logs`]
      return run(process.execPath, [...mlptArguments, ...words], here, {
        AWS_ACCESS_KEY_ID: s3Keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3Keys.secretAccessKey,
        AWS_ENDPOINT_URL: server!.endpoint,
      })
    }
    assert.equal(ask('push', here, bucket).output, 'sent 1 file, 3.1 MB\n')
    await server!.put(bucket, 'logs/loans/predictions/date=2026-01-31/../../x.parquet', 'PAR1')
    await server!.put(bucket, 'logs/loans/predictions/date=2026-01-31/page.parquet', '<html>')
    const pulled = ask('pull', there, bucket)
    assert.match(
      pulled.errors,
      /REMOTE_OBJECT_DAMAGED: '.*page\.parquet' in s3:.* is no Parquet file/,
    )
    assert.deepEqual(
      listFiles(there, '').map(([path]) => path),
      [`/${key}`],
    )
    assert.ok(readFileSync(join(there, key)).equals(bytes))
    const none = ask('pull', there, 'no-such-bucket')
    assert.match(none.errors, /REMOTE_UNAVAILABLE: there is no bucket 'no-such-bucket' at S3/)
    assert.match(
      none.errors,
      /hint: check the address, and the keys, the region and AWS_ENDPOINT_URL/,
    )
  })
})

/** A folder with odd names, a file, and a stage that has run; dvc made it. */
async function makeRepository(kind: 'folder' | 'S3'): Promise<TestRepository> {
  const folder = join(makeScratchFolder(), 'repository')
  const files = {
    'data/a': 'a\n',
    'data/s/ü x': 'é\n',
    'data/empty': '',
    'data/twice': 'a\n',
    'one.txt': 'one\n',
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  writeFileSync(join(folder, 'dvc.yaml'), stages)
  const place = kind === 'folder' ? folderPlace(folder) : await s3Place()
  const repository = open(folder, place)
  run('git', ['init', '-q'], folder)
  repository.dvc('init', '-q')
  writeFileSync(join(folder, '.dvc/config'), place.config)
  repository.dvc('add', '-q', 'data', 'one.txt')
  assert.equal(repository.dvc('repro', '-q').exitCode, 0)
  return repository
}

const stages = `stages:
  join:
    cmd: cat data/a one.txt > out.txt
    deps:
    - data
    - one.txt
    outs:
    - out.txt
`

interface Place extends Pick<TestRepository, 'damage' | 'lose'> {
  readonly config: string
}

function folderPlace(folder: string): Place {
  const store = join(folder, '../store')
  return {
    config: '[core]\n    remote = store\n[\'remote "store"\']\n    url = ../../store\n',
    damage: async (key) => {
      chmodSync(join(store, key), 0o644)
      writeFileSync(join(store, key), 'damaged')
      chmodSync(join(store, key), 0o444)
    },
    lose: async (key) => rmSync(join(store, key)),
  }
}

async function s3Place(): Promise<Place> {
  const bucket = await server!.makeBucket()
  const options = Object.entries({
    url: `s3://${bucket}/pre/fix`,
    endpointurl: server!.endpoint,
    ...keys,
  })
  const lines = options.map(([name, value]) => `    ${name} = ${value}\n`)
  return {
    config: `[core]\n    remote = s3\n['remote "s3"']\n${lines.join('')}`,
    damage: (key) => server!.put(bucket, `pre/fix/${key}`, 'damaged'),
    lose: (key) => server!.remove(bucket, `pre/fix/${key}`),
  }
}

function open(folder: string, place: Place): TestRepository {
  let clones = 0
  return {
    folder,
    dvc: (...args) => run(dvcProgram, args, folder),
    mlpt: (...args) => run(process.execPath, [...mlptArguments, ...args], folder),
    clone: () => {
      const target = join(folder, '..', `clone${++clones}-${folder.split('/').at(-1)}`)
      cpSync(folder, target, { recursive: true })
      for (const path of ['.dvc/cache', '.dvc/tmp', 'data', 'one.txt', 'out.txt']) {
        rmSync(join(target, path), { recursive: true, force: true })
      }
      return open(target, place)
    },
    damage: place.damage,
    lose: place.lose,
  }
}

/** Each repository has a site folder of its own, or DVC would believe what it knows of another. */
function run(
  command: string,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Result {
  const site = `${cwd}.site`
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: {
      ...process.env,
      DVC_NO_ANALYTICS: '1',
      DVC_SITE_CACHE_DIR: site,
      DVC_GLOBAL_CONFIG_DIR: site,
      DVC_SYSTEM_CONFIG_DIR: site,
      PYTHONHASHSEED: '0',
      SHELL: '/bin/sh',
      ...environment,
    },
  })
  if (error !== undefined) throw error
  return { exitCode: status, output: stdout, errors: stderr }
}

/** Paths and contents below a folder. */
function listFiles(folder: string, path: string): [string, string][] {
  return readdirSync(join(folder, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file): [string, string] => [file.slice(folder.length), readFileSync(file, 'latin1')])
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

function readIfThere(folder: string, name: string): string {
  const path = join(folder, '.dvc', name)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
