import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { mlptArguments } from '../mlpt-program.ts'
import { makeProject } from './project.ts'

describe('a disk that is full to the last byte', { skip: mountProblem() }, () => {
  for (const command of [
    ['add', 'new'],
    ['checkout'],
    ['push'],
    ['pull'],
    ['commit', '--force', 'make'],
    ['run', '--force'],
  ]) {
    test(`${command[0]} says so, changes nothing, and does its work when there is space again`, () => {
      using disk = makeDisk()
      // What has nothing to write goes well on a full disk, too.
      if (command[0] === 'push') disk.remove('store')
      if (command[0] === 'commit') disk.writeFile('made', 'by hand '.repeat(20_000))
      const before = disk.listFiles()
      disk.fill()
      const { exitCode, errors } = disk.mlpt(...command)
      assert.equal(exitCode, 1, errors)
      assert.match(errors, /ENOSPC|No space left/)
      assert.doesNotMatch(errors, /\n {4}at |Suppressed/)
      disk.free()
      assert.deepEqual(disk.listFiles(), before)
      assert.equal(disk.mlpt(...command).exitCode, 0)
    })
  }

  test('gc frees it', () => {
    using disk = makeDisk()
    disk.writeFile('dvc.yaml', 'stages: {make: {cmd: echo small > made, outs: [made]}}\n')
    assert.equal(disk.mlpt('run').exitCode, 0)
    disk.fill()
    const { exitCode, output, errors } = disk.mlpt('gc', '--workspace', '--force')
    assert.equal(exitCode, 0, errors)
    assert.match(output, /1 object/)
    assert.equal(disk.mlpt('run', '--force').exitCode, 0)
  })

  test('a stage that still works is not failed for its log', () => {
    using disk = makeDisk()
    disk.writeFile(
      'dvc.yaml',
      'stages: {say: {cmd: dd if=/dev/zero of=fill bs=4k; echo words; sleep 2; rm fill}}\n',
    )
    const { exitCode, errors } = disk.mlpt('run')
    assert.match(errors, /│ words/)
    assert.match(
      errors,
      /warning: the log of stage 'say' is cut: cannot write '.*say\.log': ENOSPC/,
    )
    assert.equal(exitCode, 0, errors)
  })
})

test('a file system that is read-only still tells what ran', { skip: mountProblem() }, () => {
  using disk = makeDisk()
  disk.freeze()
  const { exitCode, output, errors } = disk.mlpt('history')
  assert.equal(exitCode, 0, errors)
  assert.match(output, /manual +succeeded/)
  for (const args of [['status'], ['why', 'make'], ['dag'], ['run', '--dry']])
    assert.ok([0, 3].includes(disk.mlpt(...args).exitCode ?? 1), args.join(' '))
  assert.match(disk.mlpt('run', '--force').errors, /EROFS\n {2}hint: the file system is read-only/)
})

interface Disk extends Disposable {
  mlpt(...args: readonly string[]): {
    readonly exitCode: number | null
    readonly output: string
    readonly errors: string
  }
  writeFile(path: string, text: string): void
  remove(path: string): void
  fill(): void
  free(): void
  /** Lets nobody write there any more. */
  freeze(): void
  /** Sizes by path, without what only a process at work needs. */
  listFiles(): string
}

/** A project on a small disk; some of it is in the cache and nowhere else, some not in the cache yet. */
function makeDisk(): Disk {
  const project = makeProject({})
  const folder = join(project.directory, 'disk')
  mkdirSync(folder)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder])
  const ballast = join(folder, 'ballast')
  const disk: Disk = {
    mlpt: (...args) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [...mlptArguments, ...args], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, NO_COLOR: '1' },
      })
      return { exitCode: status, output: stdout, errors: stderr }
    },
    writeFile: (path, text) => writeFileSync(join(folder, path), text),
    remove: (path) => rmSync(join(folder, path), { recursive: true }),
    fill: () => {
      // dd writes until nothing fits any more.
      spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k'], { stdio: 'ignore' })
      assert.ok(existsSync(ballast))
    },
    free: () => rmSync(ballast),
    freeze: () => execFileSync('mount', ['-o', 'remount,ro', folder]),
    listFiles: () => {
      const names = execFileSync('find', ['.', '-type', 'f', '-printf', '%P %s\\n'], {
        cwd: folder,
      })
      const lines = String(names).split('\n')
      return lines
        .filter((line) => !line.startsWith('.dvc/tmp/'))
        .toSorted()
        .join('\n')
    },
    [Symbol.dispose]: () => {
      execFileSync('umount', [folder])
      project[Symbol.dispose]()
    },
  }
  mkdirSync(join(folder, '.dvc'))
  disk.writeFile('.dvc/config', '[core]\n    remote = s\n[\'remote "s"\']\n    url = ../store\n')
  disk.writeFile('lost', 'lost '.repeat(20_000))
  disk.writeFile(
    'dvc.yaml',
    'stages: {make: {cmd: head -c 100000 /dev/zero > made, outs: [made]}}\n',
  )
  for (const args of [['run'], ['add', 'lost'], ['push']])
    assert.equal(disk.mlpt(...args).exitCode, 0)
  rmSync(join(folder, 'lost'))
  disk.writeFile('new', 'new')
  return disk
}

/** Mounting needs root and a kernel that lets it. */
function mountProblem(): string | false {
  using project = makeProject({})
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', project.directory], { stdio: 'ignore' })
    execFileSync('umount', [project.directory], { stdio: 'ignore' })
    return false
  } catch {
    return 'skipped: this user cannot mount a small file system'
  }
}
