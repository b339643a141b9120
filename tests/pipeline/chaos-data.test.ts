/** kill -9 of `mlpt add`, `checkout`, `push`, `pull` and `gc` at random moments: each goes on where it was, nothing is lost. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, type Random } from '../../src/core/random.ts'
import { checkSound, listObjects, listWork } from './chaos-repository.ts'
import { makeDataRepository, type DataRepository } from './data-repository.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { mlpt } from './folder.ts'

const kills = 14
const seed = Number(process.env['MLPT_TEST_SEED'] ?? Date.now() % 1e6)
const versions = [0, 1, 2]

/** What is in the work tree with each version, and the objects of all. */
const expected: Readonly<Record<string, string>>[] = []
const expectedObjects = new Set<string>()
const objectsOfVersions: string[][] = []

before(async () => {
  console.log(`the moments come from MLPT_TEST_SEED=${seed}`)
  for (const version of versions) {
    using project = await makeDataRepository()
    writeVersion(project, version)
    await project.add('data', 'big.bin', 'tool.sh')
    expected.push(listWork(project.directory))
    objectsOfVersions.push(listObjects(project.directory))
    for (const object of project.objects()) expectedObjects.add(object)
  }
})

describe(`data commands killed at moments from MLPT_TEST_SEED=${seed}`, { concurrency: 2 }, () => {
  test(`${kills} times add`, async () => {
    using project = await makeDataRepository()
    const random = createRandom(seed).fork('add')
    await killOften(project, random, {
      args: ['add', 'data', 'big.bin', 'tool.sh'],
      prepare: () => {
        const version = random.nextInteger(versions.length)
        rmSync(join(project.directory, 'data'), { recursive: true, force: true })
        rmSync(join(project.directory, '.dvc/cache'), { recursive: true, force: true })
        writeVersion(project, version)
        return version
      },
      check: (version) => {
        assert.deepEqual(listWork(project.directory), expected[version])
      },
    })
    checkCleared(project)
  })

  test(`${kills} times checkout, of all and of a part`, async () => {
    using project = await makeDataRepository()
    for (const version of versions) {
      writeVersion(project, version)
      await project.add('data', 'big.bin', 'tool.sh')
    }
    for (const args of [['checkout'], ['checkout', 'data/deep']]) {
      const random = createRandom(seed).fork(args.join())
      await killOften(project, random, {
        args,
        prepare: () => {
          const version = random.nextInteger(versions.length)
          writeRecords(project, version)
          return version
        },
        check: (version) => {
          const rest = mlpt(project, 'checkout')
          assert.equal(rest.exitCode, 0, rest.errors)
          assert.deepEqual(listWork(project.directory), expected[version])
        },
      })
    }
    checkCleared(project)
  })

  test(`${kills} times push`, async () => {
    using project = await makeDataRepository()
    writeVersion(project, 0)
    await project.add('data', 'big.bin', 'tool.sh')
    const remote = join(project.directory, '.dvc/store')
    assert.equal(mlpt(project, 'remote', 'add', '-d', 'store', '.dvc/store').exitCode, 0)
    const random = createRandom(seed).fork('push')
    await killOften(project, random, {
      args: ['push'],
      prepare: () => {
        if (random.next() < 0.5) rmSync(remote, { recursive: true, force: true })
        return 0
      },
      check: () => {
        checkSound(project.directory, expectedObjects, '.dvc/store')
        assert.deepEqual(
          listObjects(project.directory, '.dvc/store'),
          listObjects(project.directory),
        )
        checkNothingLeft(remote)
      },
    })
  })
})

describe(`others, from MLPT_TEST_SEED=${seed}`, { concurrency: 2 }, () => {
  test(`${kills} times pull, and then it has all of a version and nothing else`, async () => {
    using project = await makeStoredVersions()
    const random = createRandom(seed).fork('pull')
    await killOften(project, random, {
      args: ['pull'],
      prepare: () => {
        const version = random.nextInteger(versions.length)
        for (const path of ['data', 'big.bin', 'tool.sh', '.dvc/cache']) {
          rmSync(join(project.directory, path), { recursive: true, force: true })
        }
        writeRecords(project, version)
        return version
      },
      check: (version) => {
        assert.deepEqual(withoutOwn(listWork(project.directory)), withoutOwn(expected[version]!))
        assert.deepEqual(listObjects(project.directory), objectsOfVersions[version])
      },
    })
    checkCleared(project)
  })

  test(`${kills} times gc, which never leaves a manifest without its files`, async () => {
    using project = await makeStoredVersions()
    const cache = join(project.directory, '.dvc/cache')
    const random = createRandom(seed).fork('gc')
    await killOften(project, random, {
      args: ['gc', '--workspace', '--force'],
      prepare: () => {
        const version = random.nextInteger(versions.length)
        rmSync(cache, { recursive: true, force: true })
        cpSync(join(project.directory, '.dvc/store'), cache, { recursive: true })
        writeRecords(project, version)
        return version
      },
      check: (version) => {
        assert.deepEqual(listObjects(project.directory), objectsOfVersions[version])
      },
    })
  })
})

/** A repository whose remote has every version. */
async function makeStoredVersions(): Promise<DataRepository> {
  const project = await makeDataRepository()
  for (const version of versions) {
    writeVersion(project, version)
    await project.add('data', 'big.bin', 'tool.sh')
  }
  cpSync(join(project.directory, '.dvc/cache'), join(project.directory, '.dvc/store'), {
    recursive: true,
  })
  assert.equal(mlpt(project, 'remote', 'add', '-d', 'store', '.dvc/store').exitCode, 0)
  return project
}

/** But for the settings and the remote. */
function withoutOwn(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([path]) => !path.startsWith('.dvc/')))
}

interface Ordeal {
  readonly args: readonly string[]
  /** Gives the command something to do. @returns the version that it leads to */
  readonly prepare: () => number
  readonly check: (version: number) => void
}

async function killOften(
  project: DataRepository,
  random: Random,
  { args, prepare, check }: Ordeal,
): Promise<void> {
  let version = prepare()
  // As long as the last one took: on a busy machine the next takes another time.
  let durationMs = finish(project, args)
  check(version)
  for (let killed = 0; killed < kills;) {
    version = prepare()
    // One after another may be killed before it gets to an end.
    for (let isOver = false; !isOver && random.next() < 0.7;) {
      isOver = !(await startAndKill(project, args, durationMs * (0.3 + random.next() * 0.8)))
      if (!isOver) killed++
      checkSound(project.directory, expectedObjects)
    }
    durationMs = finish(project, args)
    checkSound(project.directory, expectedObjects)
    check(version)
  }
}

/** To be called at the end: the next writer clears what killed ones left, an hour later. */
function checkCleared(project: DataRepository): void {
  const cache = join(project.directory, '.dvc/cache')
  checkNothingLeft(cache)
  const folders = (): string[] => readdirSync(cache).filter((name) => name.startsWith('mlpt-'))
  // For that long they are spared, for the sake of other machines.
  for (const name of folders()) utimesSync(join(cache, name), 0, 0)
  project.write({ 'last.txt': 'last' })
  finish(project, ['add', 'last.txt'])
  assert.deepEqual(folders(), [])
}

/** @returns how long it took, in milliseconds */
function finish(project: DataRepository, args: readonly string[]): number {
  const start = performance.now()
  const { exitCode, errors } = mlpt(project, ...args)
  assert.equal(exitCode, 0, errors)
  return performance.now() - start
}

/** @returns whether it was still at work when it was killed */
async function startAndKill(
  { directory }: DataRepository,
  args: readonly string[],
  afterMs: number,
): Promise<boolean> {
  const child = spawn(process.execPath, [...mlptArguments, ...args], {
    cwd: directory,
    stdio: 'ignore',
  })
  const exited = once(child, 'exit')
  await Promise.race([exited, sleep(afterMs)])
  const hasKilled = child.exitCode === null && child.kill('SIGKILL')
  await exited
  return hasKilled
}

function checkNothingLeft(folder: string): void {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  assert.deepEqual(
    paths.filter((path) => path.endsWith('.tmp')),
    [],
  )
}

function writeVersion(project: DataRepository, version: number): void {
  const files: Record<string, string> = {
    'big.bin': `${version}`.repeat(3_000_000),
    'tool.sh': `#!/bin/sh\necho ${version}\n`,
  }
  for (let i = 0; i < 120; i++) {
    // A third of the files is the same in all versions, some are only in one.
    const folder = i % 2 === 0 ? 'data' : 'data/deep/er'
    if (i % 7 !== version) files[`${folder}/${i}.txt`] = `${i} ${i % 3 === 0 ? '' : version}\n`
  }
  rmSync(join(project.directory, 'data'), { recursive: true, force: true })
  project.write(files)
  chmodSync(join(project.directory, 'tool.sh'), 0o755)
}

/** The `*.dvc` files of a version, as `git checkout` would bring them. */
function writeRecords(project: DataRepository, version: number): void {
  const records = Object.entries(expected[version]!).filter(([path]) => path.endsWith('.dvc'))
  project.write(Object.fromEntries(records))
}
