import assert from 'node:assert/strict'
import { execFileSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { collectOutput, repository, startMake } from './workspace.ts'

describe('make install', () => {
  test('two at once in a fresh clone: one installs, the other waits, both end well', async () => {
    using clone = createClone()
    const runs = [start(clone.directory), start(clone.directory)]
    const printed = runs.map(collectOutput)
    await Promise.all(runs.map((run) => once(run, 'exit')))
    assert.deepEqual(
      runs.map((run) => run.exitCode),
      [0, 0],
      printed.map(({ text }) => text).join('\n'),
    )
    const all = printed.map(({ text }) => text)
    assert.equal(all.filter((text) => text.includes('with npm ci')).length, 1)
    assert.equal(all.filter((text) => text.includes('waiting for it')).length, 1)
    assert.ok(existsSync(join(clone.directory, 'node_modules/.bin/node')))
    assert.ok(existsSync(join(clone.directory, 'node_modules/.bin/mlpt')))
    assert.equal(await exitCode(clone.directory), 0, 'the third has nothing to do')
  })

  test('killed in the middle, starts over; the dead one’s lock does not hold it up', async () => {
    using clone = createSmallClone()
    const run = start(clone.directory)
    const printed = collectOutput(run)
    while (!printed.text.includes('npm ci')) await sleep(20)
    // npm makes the folder when it begins to unpack.
    while (!existsSync(join(clone.directory, 'node_modules'))) await sleep(5)
    process.kill(-run.pid!, 'SIGKILL')
    await once(run, 'exit')
    assert.equal(existsSync(join(clone.directory, 'node_modules/.mlpt-installed')), false)
    assert.equal(await exitCode(clone.directory), 0)
    assert.ok(existsSync(join(clone.directory, 'node_modules/.mlpt-installed')))
  })

  test('the npm that comes with Node 20 gives the pinned Node too', async () => {
    using clone = createSmallClone()
    const old = join(clone.directory, 'old-npm')
    execFileSync('npm', ['install', '--silent', '--prefix', old, 'npm@10.8.2'], { stdio: 'pipe' })
    const path = `${join(old, 'node_modules/.bin')}:${process.env['PATH']}`
    assert.equal(await exitCode(clone.directory, { PATH: path }), 0)
    const version = execFileSync(join(clone.directory, 'node_modules/.bin/node'), ['--version'])
    assert.match(version.toString(), /^v2[4-9]\./)
  })

  test('a node_modules that is a link is left alone: npm would empty what it leads to', async () => {
    using clone = createClone()
    const elsewhere = join(clone.directory, 'elsewhere')
    mkdirSync(elsewhere)
    writeFileSync(join(elsewhere, 'precious'), '')
    symlinkSync(elsewhere, join(clone.directory, 'node_modules'))
    assert.equal(await exitCode(clone.directory), 2)
    assert.ok(existsSync(join(elsewhere, 'precious')))
  })
})

interface Clone extends Disposable {
  readonly directory: string
}

/** What an install needs of the repository, and no node_modules. */
function createClone(): Clone {
  const directory = mkdtempSync(join(tmpdir(), 'mlpt-install-'))
  for (const name of [
    'package.json',
    'package-lock.json',
    '.npmrc',
    'Makefile',
    'toolchain',
    'scripts',
  ]) {
    cpSync(join(repository, name), join(directory, name), { recursive: true })
  }
  return {
    directory,
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** One with nothing to install but the toolchain: it takes npm a quarter of the time. */
function createSmallClone(): Clone {
  const clone = createClone()
  const isOfToolchain = (name: string): boolean =>
    name === 'toolchain' || /^node_modules\/(mlpt-toolchain|node-)/.test(name)
  edit(clone, 'package-lock.json', (lock) => {
    const packages = lock['packages'] as Record<string, Json>
    const kept = Object.entries(packages).filter(([name]) => isOfToolchain(name))
    return {
      ...lock,
      packages: { '': withToolchainOnly(packages['']!), ...Object.fromEntries(kept) },
    }
  })
  edit(clone, 'package.json', withToolchainOnly)
  return clone
}

type Json = Readonly<Record<string, unknown>>

function withToolchainOnly(description: Json): Json {
  const nothing = { dependencies: {}, peerDependencies: {}, peerDependenciesMeta: {} }
  return { ...description, ...nothing, devDependencies: { 'mlpt-toolchain': 'file:toolchain' } }
}

function edit({ directory }: Clone, name: string, change: (content: Json) => Json): void {
  const path = join(directory, name)
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as Json)))
}

function start(directory: string, environment: NodeJS.ProcessEnv = {}): ChildProcess {
  return startMake(
    {
      directory,
      environment: { ...process.env, NODE_OPTIONS: '', ...environment },
      makeVariables: [],
    },
    'install',
  )
}

async function exitCode(
  directory: string,
  environment?: NodeJS.ProcessEnv,
): Promise<number | null> {
  const run = start(directory, environment)
  await once(run, 'exit')
  return run.exitCode
}
