import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { editConfig, readConfig, type ConfigSource } from '../../src/pipeline/config/config-file.ts'
import { parseOptionName, setOption } from '../../src/pipeline/config/edit-config.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

describe('levels', () => {
  test('system, global, project and local are read, the later one wins', () => {
    const { source, write } = makeLevels()
    write('system/config', '[core]\nremote = a\nanalytics = false\n')
    write('global/config', '[core]\nremote = b\n[\'remote "b"\']\nurl = b\n')
    write('repo/.dvc/config', '[core]\nremote = c\n[\'remote "c"\']\nurl = c\njobs = 2\n')
    write('repo/.dvc/config.local', '[\'remote "c"\']\njobs = 3\n')
    const { sections, remotes } = readConfig(source)
    assert.equal(sections.get('core')?.get('remote'), 'c')
    assert.equal(sections.get('core')?.get('analytics'), 'false')
    assert.equal(remotes.get('c')?.get('jobs'), '3')
    assert.match(remotes.get('b')?.get('url') ?? '', /\/global\/b$/)
    assert.match(remotes.get('c')?.get('url') ?? '', /\/repo\/\.dvc\/c$/)
  })

  test('without files, and without a repository, nothing is set', () => {
    const { source } = makeLevels()
    assert.equal(readConfig(source).sections.size, 0)
    assert.equal(readConfig({ ...source, root: undefined }).remotes.size, 0)
  })

  test('the user’s settings are looked for where XDG says', () => {
    const { folder, source, write } = makeLevels()
    write('xdg/dvc/config', '[core]\nremote = x\n')
    const environment = {
      HOME: folder,
      XDG_CONFIG_HOME: join(folder, 'xdg'),
      DVC_SYSTEM_CONFIG_DIR: folder,
    }
    const { sections } = readConfig({ ...source, environment })
    assert.equal(sections.get('core')?.get('remote'), 'x')
  })

  test('mistakes in several files are told together, with the path of each', () => {
    const { folder, source, write } = makeLevels()
    write('global/config', '[core]\nautostage = maybe\n')
    write('repo/.dvc/config', 'garbage\n')
    write('repo/.dvc/config.local', '[cache]\nshared = all\n')
    assert.throws(
      () => readConfig(source),
      (error: Error) => {
        assert.match(error.message, /^3 problems:/)
        assert.ok(
          error.message.includes(`${folder}/global/config:2:1: 'core.autostage' is 'maybe'`),
        )
        assert.ok(error.message.includes('.dvc/config:1:1: this line'))
        assert.ok(error.message.includes(".dvc/config.local:2:1: 'cache.shared' is 'all'"))
        return true
      },
    )
  })

  test('a file that is no UTF-8, or no file, is an error that names it', () => {
    const { source, write, folder } = makeLevels()
    writeFileSync(join(folder, 'repo/.dvc/config'), Buffer.from([0x5b, 0xff, 0xfe]))
    assert.throws(() => readConfig(source), {
      code: 'CONFIG_INVALID',
      message: /^\.dvc\/config: .*UTF-8/,
    })
    write('repo/.dvc/config', '')
    mkdirSync(join(folder, 'repo/.dvc/config.local'))
    assert.throws(() => readConfig(source), {
      code: 'FILE_READ_FAILED',
      message: /config\.local.*EISDIR/,
    })
  })
})

describe('a change', () => {
  test('that DVC would refuse is refused, the place it would have is told, and the file is as it was', async () => {
    const { source, write, read } = makeLevels()
    const before = '# mine\n[core]\n    remote = a\n'
    write('repo/.dvc/config', before)
    for (const [name, value, message] of [
      ['core.autostage', 'yes', /^\.dvc\/config:4:5: 'core.autostage' is 'yes'/],
      ['core.remot', 'a', /unknown option 'core.remot'/],
      ['remote.new.region', 'x', /the remote 'new' has no 'url'/],
      ['plots.out_dir', 'a%(b)s', /'out_dir' refers to 'b', which is not there/],
      ['plots.out_dir', `'''"""\n`, /cannot hold this value of 'plots.out_dir'/],
    ] as const) {
      await assert.rejects(set(source, name, value), { code: 'CONFIG_INVALID', message })
      assert.equal(read('repo/.dvc/config'), before)
    }
  })

  test('is refused when another file then contradicts it', async () => {
    const { source, write } = makeLevels()
    write('repo/.dvc/config', '[\'remote "a"\']\n    url = s3://b\n')
    write('repo/.dvc/config.local', '[\'remote "a"\']\n    region = eu\n')
    await assert.rejects(set(source, 'remote.a.url', 'ssh://host/x'), {
      code: 'CONFIG_INVALID',
      message: /config\.local:2:5: unknown option 'remote.a.region'/,
    })
  })

  test('of one broken file is possible while another is broken too', async () => {
    const { source, write, read } = makeLevels()
    write('repo/.dvc/config', '[core]\n    autostage = no\n')
    write('repo/.dvc/config.local', '[core]\n    analytics = no\n')
    await set(source, 'core.autostage', 'false')
    assert.equal(read('repo/.dvc/config'), '[core]\n    autostage = false\n')
  })

  test('that is bad is refused also while another file is broken', async () => {
    const { source, write, read } = makeLevels()
    write('repo/.dvc/config', '[core]\n')
    write('repo/.dvc/config.local', '[core]\n    analytics = no\n')
    await assert.rejects(set(source, 'core.autostage', 'no'), { code: 'CONFIG_INVALID' })
    assert.equal(read('repo/.dvc/config'), '[core]\n')
  })

  test('makes paths plain, and leaves URLs, absolute paths and ~ alone', async () => {
    const { source, write, read } = makeLevels()
    write(
      'repo/.dvc/config',
      '[\'remote "a"\']\nurl = ./x/../y/\n[\'remote "b"\']\nurl = ~/z/\n[\'remote "c"\']\nurl = s3://b/../c/\n[\'remote "d"\']\nurl = /e/../f\n',
    )
    await set(source, 'core.remote', 'a')
    assert.equal(
      read('repo/.dvc/config'),
      `[core]
    remote = a
['remote "a"']
    url = y
['remote "b"']
    url = ~/z/
['remote "c"']
    url = s3://b/../c/
['remote "d"']
    url = /e/../f
`,
    )
  })

  test('of a repository’s level needs a repository', async () => {
    const { source } = makeLevels()
    await assert.rejects(set({ ...source, root: undefined }, 'core.remote', 'a'), {
      code: 'REPOSITORY_MISSING',
    })
  })
})

describe('the commands', () => {
  test('remote add, modify, default, rename, remove leave what dvc would leave', () => {
    const { mlpt, read, modeOf } = makeCommands()
    assert.equal(
      mlpt('remote', 'add', '-d', 'Store', '../store').output,
      "'store' is now the default remote\n",
    )
    mlpt('remote', 'add', 's3', 's3://bucket/path')
    mlpt('remote', 'modify', '--local', 's3', 'secret_access_key', 'hunter2')
    mlpt('remote', 'modify', 's3', 'endpointurl', 'http://localhost:9000')
    assert.equal(
      read('.dvc/config'),
      `[core]
    remote = store
['remote "store"']
    url = ../../store
['remote "s3"']
    url = s3://bucket/path
    endpointurl = http://localhost:9000
`,
    )
    assert.equal(read('.dvc/config.local'), '[\'remote "s3"\']\n    secret_access_key = hunter2\n')
    // Nobody else of the machine reads the key.
    assert.equal(modeOf('.dvc/config.local') & 0o077, 0)
    mlpt('remote', 'rename', 'store', 'disk')
    assert.equal(mlpt('remote', 'default').output, 'disk\n')
    mlpt('remote', 'remove', 'disk')
    mlpt('remote', 'modify', 's3', '--unset', 'endpointurl')
    assert.equal(read('.dvc/config'), '[\'remote "s3"\']\n    url = s3://bucket/path\n')
    assert.match(mlpt('remote', 'default').errors, /REMOTE_UNKNOWN: there is no default remote/)
  })

  test('config shows one option, all of them, and where they stand', () => {
    const { mlpt } = makeCommands()
    mlpt('config', 'core.remote', 'a')
    mlpt('config', '--local', 'cache.type', 'hardlink,copy')
    assert.equal(mlpt('config', 'core.remote').output, 'a\n')
    assert.equal(mlpt('config', 'core.analytics').output, '')
    assert.equal(mlpt('config', '-l').output, 'core.remote=a\ncache.type=hardlink,copy\n')
    assert.equal(
      mlpt('config', '-l', '--show-origin').output,
      '.dvc/config\tcore.remote=a\n.dvc/config.local\tcache.type=hardlink,copy\n',
    )
    assert.deepEqual(JSON.parse(mlpt('config', '-l', '--local', '--json').output), [
      { name: 'cache.type', value: 'hardlink,copy', origin: '.dvc/config.local' },
    ])
  })

  test('a list of all settings shows no secret; whoever names one gets it', () => {
    const { mlpt } = makeCommands()
    mlpt('remote', 'add', 's3', 's3://user:hunter2@bucket/path')
    mlpt('remote', 'add', 'ssh', 'ssh://user@host/path')
    mlpt('remote', 'modify', '--local', 's3', 'secret_access_key', 'hunter2')
    mlpt('remote', 'modify', '--local', 's3', 'session_token', 'hunter2')
    for (const flags of [[], ['--json'], ['--show-origin']]) {
      const { output } = mlpt('config', '-l', ...flags)
      assert.doesNotMatch(output, /hunter2/)
      assert.match(output, /secret_access_key.*\*\*\*/s)
      assert.match(output, /ssh:\/\/user@host\/path/)
    }
    assert.equal(mlpt('config', 'remote.s3.secret_access_key').output, 'hunter2\n')
  })

  for (const [what, args, exitCode, message] of [
    [
      'an unknown remote',
      ['remote', 'modify', 'stor', 'url', 'x'],
      2,
      /no remote 'stor'[^]*did you mean 'store'/,
    ],
    ['a default that is not there', ['remote', 'default', 'nope'], 2, /no remote 'nope'/],
    ['a name that is taken', ['remote', 'add', 'store', 'x'], 2, /already[^]*--force/],
    ['a new name that is taken', ['remote', 'rename', 'store', 'store'], 2, /already/],
    [
      'neither value nor --unset',
      ['remote', 'modify', 'store', 'url'],
      2,
      /either a value or --unset/,
    ],
    [
      'two levels',
      ['config', '--local', '--global', 'core.remote'],
      2,
      /--global and --local exclude/,
    ],
    ['an unknown option', ['config', 'core.remot'], 2, /did you mean 'core.remote'/],
    ['no name', ['config'], 2, /name an option/],
    ['a value with --unset', ['config', '-u', 'core.remote', 'x'], 2, /--unset takes no value/],
    ['what is not set', ['config', '-u', 'core.analytics'], 2, /'core.analytics' is not set/],
    ['no name of an option', ['config', 'remote', 'x'], 2, /no name of an option/],
  ] as const) {
    test(`${what} is refused`, () => {
      const { mlpt, read, write } = makeCommands()
      const before = '[core]\n    remote = store\n[\'remote "store"\']\n    url = /x\n'
      write('.dvc/config', before)
      const result = mlpt(...args)
      assert.equal(result.exitCode, exitCode, result.errors)
      assert.match(result.errors, message)
      assert.equal(read('.dvc/config'), before)
    })
  }
})

interface Levels {
  readonly folder: string
  readonly source: ConfigSource
  readonly write: (path: string, text: string) => void
  readonly read: (path: string) => string
}

function makeLevels(): Levels {
  const folder = makeScratchFolder()
  mkdirSync(join(folder, 'repo/.dvc'), { recursive: true })
  return {
    folder,
    source: { root: join(folder, 'repo'), environment: environmentOf(folder) },
    write: (path, text) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    },
    read: (path) => readFileSync(join(folder, path), 'utf8'),
  }
}

function environmentOf(folder: string): Record<string, string> {
  return {
    HOME: folder,
    DVC_GLOBAL_CONFIG_DIR: join(folder, 'global'),
    DVC_SYSTEM_CONFIG_DIR: join(folder, 'system'),
  }
}

/** From the folder of the repository, as everybody types. */
async function set(source: ConfigSource, name: string, value: string): Promise<void> {
  await editConfig(source, {
    level: 'project',
    change: ({ document }) => setOption(document, parseOptionName(name), value),
  })
}

interface Commands {
  readonly mlpt: (...args: readonly string[]) => {
    readonly exitCode: number | null
    readonly output: string
    readonly errors: string
  }
  readonly read: (path: string) => string
  readonly write: (path: string, text: string) => void
  readonly modeOf: (path: string) => number
}

function makeCommands(): Commands {
  const { folder } = makeLevels()
  const cwd = join(folder, 'repo')
  return {
    mlpt: (...args) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [...mlptArguments, ...args], {
        cwd,
        encoding: 'utf8',
        env: { ...process.env, ...environmentOf(folder) },
      })
      return { exitCode: status, output: stdout, errors: stderr }
    },
    read: (path) => (existsSync(join(cwd, path)) ? readFileSync(join(cwd, path), 'utf8') : ''),
    write: (path, text) => writeFileSync(join(cwd, path), text),
    modeOf: (path) => statSync(join(cwd, path)).mode,
  }
}
