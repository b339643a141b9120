import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openFolderRemote } from '../../src/pipeline/remote/folder-store.ts'
import { openRemote } from '../../src/pipeline/remote/open-remote.ts'
import type { Config } from '../../src/pipeline/config/config.ts'
import { describeRemote } from '../contracts/remote.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

describeRemote('a folder', {
  open: async () => openFolder(join(makeScratchFolder(), 'not there yet')),
})

const key = 'files/md5/60/b725f10c9c85c70d97880dfe8191b3' // md5 of 'a\n'

test('objects are read-only, entries of the run cache are not, and nothing else stays', async () => {
  const folder = makeScratchFolder()
  const run = `runs/ab/ab${'0'.repeat(62)}/${'1'.repeat(64)}`
  {
    await using remote = openFolder(folder)
    await remote.upload(write('a\n'), key, { md5: undefined })
    await remote.upload(write('a\n'), run, { md5: undefined })
    assert.ok(!existsSync(join(folder, key)), 'before settling it is not there')
    await remote.settle()
  }
  assert.equal(statSync(join(folder, key)).mode & 0o777, 0o444)
  assert.equal(statSync(join(folder, run)).mode & 0o777, 0o644)
  assert.deepEqual(readdirSync(folder).sort(), ['files', 'runs'])
})

test('a shared folder is open to the group', async () => {
  const folder = join(makeScratchFolder(), 'shared')
  await using remote = openFolderRemote({ name: 'r', folder, jobs: 1, isShared: true })
  await remote.upload(write('a\n'), key, { md5: undefined })
  await remote.settle()
  assert.equal(statSync(join(folder, 'files/md5/60')).mode & 0o7777, 0o2775)
})

test(
  'a folder that may not be read or written says so',
  { skip: process.getuid?.() === 0 && 'root may do anything' },
  async () => {
    const folder = makeScratchFolder()
    mkdirSync(join(folder, 'files/md5/60'), { recursive: true })
    chmodSync(join(folder, 'files/md5/60'), 0)
    await using remote = openFolder(folder)
    await assert.rejects(remote.has([key], {}), { code: 'REMOTE_DENIED' })
  },
)

test('a file where the folder should be is an error of writing', async () => {
  await using remote = openFolder(join(write('x'), 'store'))
  await assert.rejects(remote.upload(write('a'), key, { md5: undefined }), {
    code: 'FILE_WRITE_FAILED',
    message: /ENOTDIR/,
  })
})

test(
  'a folder that cannot be made is an error, not an endless loop',
  { skip: !existsSync('/proc') && 'there is no /proc' },
  async () => {
    await using remote = openFolder('/proc/none')
    await assert.rejects(remote.upload(write('a'), key, { md5: undefined }), {
      code: 'FILE_WRITE_FAILED',
      message: /ENOENT/,
    })
  },
)

test('the default remote is taken, or the named one, in any case of letters', async () => {
  const config = configOf({ a: '/a', b: '/b' }, 'a')
  assert.equal((await openRemote(config, undefined)).name, 'a')
  assert.equal((await openRemote(config, 'B')).name, 'b')
  assert.equal((await openRemote(config, 'b', { jobs: 3 })).jobs, 3)
})

test('a remote of a remote lies below it', async () => {
  const config = configOf({ a: '/base/', b: 'remote://a/sub/x' })
  assert.equal((await openRemote(config, 'b')).place, "'/base/sub/x'")
})

for (const [what, config, name, error] of [
  ['no remotes at all', configOf({}), undefined, { code: 'REMOTE_UNKNOWN', hint: /remote add/ }],
  [
    'no default one',
    configOf({ a: '/a' }),
    undefined,
    { code: 'REMOTE_UNKNOWN', hint: /remote default a/ },
  ],
  [
    'a name that is not there',
    configOf({ store: '/a' }),
    'stor',
    { code: 'REMOTE_UNKNOWN', hint: "did you mean 'store'?" },
  ],
  [
    'a kind that only DVC knows',
    configOf({ a: 'ssh://user:hunter2@host/x' }),
    'a',
    {
      code: 'REMOTE_UNKNOWN',
      message: "the remote 'a' is at ssh://host/x: 'ssh' is not supported",
    },
  ],
  [
    'a kind whose address has a user, who is no secret',
    configOf({ a: 'ssh://user@host/x' }),
    'a',
    { message: "the remote 'a' is at ssh://user@host/x: 'ssh' is not supported" },
  ],
  [
    'a circle',
    configOf({ a: 'remote://b/x', b: 'remote://a/y' }),
    'a',
    { code: 'CONFIG_INVALID', message: /refers to itself/ },
  ],
  [
    'a reference to nothing',
    configOf({ a: 'remote://b/x' }),
    'a',
    { code: 'REMOTE_UNKNOWN', message: /no remote 'b'/ },
  ],
  [
    'no bucket',
    configOf({ a: 's3:///x' }),
    'a',
    { code: 'REMOTE_UNKNOWN', message: /names no bucket/ },
  ],
] as const) {
  test(`${what} is refused`, async () => {
    await assert.rejects(openRemote(config, name), error)
  })
}

test('a remote that keeps versions is refused by the name of its option', async () => {
  const config: Config = {
    sections: new Map(),
    remotes: new Map([
      [
        'a',
        new Map([
          ['url', '/a'],
          ['version_aware', 'true'],
        ]),
      ],
    ]),
  }
  await assert.rejects(openRemote(config, 'a'), { message: /'version_aware'/ })
})

function openFolder(folder: string): ReturnType<typeof openFolderRemote> {
  return openFolderRemote({ name: 'r', folder, jobs: 4, isShared: false })
}

function write(text: string): string {
  const path = join(makeScratchFolder(), 'source')
  writeFileSync(path, text)
  return path
}

function configOf(urls: Readonly<Record<string, string>>, chosen?: string): Config {
  return {
    sections: new Map(chosen === undefined ? [] : [['core', new Map([['remote', chosen]])]]),
    remotes: new Map(Object.entries(urls).map(([name, url]) => [name, new Map([['url', url]])])),
  }
}
