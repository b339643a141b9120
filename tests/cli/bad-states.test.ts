/** Command lines in folders that are not as they should be: an error with code and place, never a stack. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { mlptArguments } from '../mlpt-program.ts'
import { makeFolder, mlpt } from '../pipeline/folder.ts'

const pipeline = { 'dvc.yaml': 'stages: {make: {cmd: echo 1 > out, outs: [out]}}\n' }

test('a current folder that is gone is named as such by every command that needs it', () => {
  using folder = makeFolder({})
  const gone = join(folder.directory, 'gone')
  const script = `cd '${gone}' && rmdir '${gone}' && exec "$@"`
  for (const words of [['status'], ['init'], ['run'], ['config', '--list'], ['add', 'x']]) {
    mkdirSync(gone)
    const command = ['-c', script, 'sh', process.execPath, ...mlptArguments, ...words]
    const { stderr, status } = spawnSync('/bin/sh', command, { encoding: 'utf8' })
    assert.match(
      stderr,
      /^error FILE_MISSING: the current folder is not there any more\n {2}hint: /m,
    )
    assert.equal(status, 1)
  }
})

test('a file in the place of .dvc stops only what needs the folder', () => {
  using folder = makeFolder({ ...pipeline, '.dvc': 'x' })
  assert.equal(mlpt(folder, 'dag').exitCode, 0)
  const { errors, exitCode } = mlpt(folder, 'run')
  assert.match(errors, /^error FILE_WRITE_FAILED: cannot write '.*\.dvc.*': ENOTDIR\n {2}hint: /m)
  assert.equal(exitCode, 1)
})

test('a damaged lock is told by its path, and is not removed: somebody may hold it', () => {
  using folder = makeFolder({ ...pipeline, '.dvc/tmp/mlpt/lock.sqlite': 'hello\n'.repeat(200) })
  for (const words of [['run'], ['freeze', 'make'], ['add', 'dvc.yaml']]) {
    const { errors, exitCode } = mlpt(folder, ...words)
    assert.match(
      errors,
      /^error FILE_READ_FAILED: '.*lock\.sqlite' is no lock of ours.*\n {2}hint: /,
    )
    assert.equal(exitCode, 1)
  }
  assert.ok(existsSync(join(folder.directory, '.dvc/tmp/mlpt/lock.sqlite')))
})

describe('a folder of prediction logs', () => {
  test('may hold other files and folders', () => {
    using folder = makeFolder({ 'logs/README.md': 'x', 'logs/other/file': 'x' })
    for (const [words, said] of [
      [['predictions', 'list'], 'no predictions are logged\n'],
      [['predictions', 'prune', '--before', '2025-01-01'], ''],
    ] as const) {
      const { output, errors, exitCode } = mlpt(folder, ...words, '--log', 'logs')
      assert.deepEqual([output, errors, exitCode], [said, '', 0])
    }
    assert.match(mlpt(folder, 'trace', 'x', '--log', 'logs').errors, /^error PREDICTION_UNKNOWN: /)
  })

  test('that cannot be read is named', { skip: process.getuid?.() === 0 && 'root may' }, () => {
    using folder = makeFolder({ 'logs/loans/predictions/x': '' })
    chmodSync(join(folder.directory, 'logs'), 0o000)
    const { errors, exitCode } = mlpt(folder, 'trace', 'x', '--log', 'logs')
    chmodSync(join(folder.directory, 'logs'), 0o755)
    assert.match(errors, /^error FILE_READ_FAILED: cannot read 'logs': EACCES\n {2}hint: /)
    assert.equal(exitCode, 1)
  })

  test('with a damaged part is told by the name of the part', () => {
    const part = 'logs/loans/predictions/date=2026-01-01/1.parquet'
    using folder = makeFolder({ [part]: 'not Parquet at all' })
    for (const words of [
      ['predictions', 'list'],
      ['trace', 'x'],
    ]) {
      const { errors, exitCode } = mlpt(folder, ...words, '--log', 'logs')
      assert.ok(errors.startsWith(`error DATA_FILE_INVALID: '${part}' is no whole`), errors)
      assert.equal(exitCode, 1)
    }
  })
})

describe('--json is one document', () => {
  test('of a setting, also of one that is not set; a change has none', () => {
    using folder = makeFolder({ '.dvc/config': '' })
    assert.equal(mlpt(folder, 'config', 'core.remote', '--json').output, 'null\n')
    const { errors, exitCode } = mlpt(folder, 'config', 'core.remote', 'r', '--json')
    assert.match(errors, /"CLI_USAGE","message":"--json goes with showing/)
    assert.deepEqual([exitCode, folder.read('.dvc/config')], [2, ''])
  })

  test('of what was frozen, let loose and made safe to edit', () => {
    using folder = makeFolder({ ...pipeline, '.dvc/config': '' })
    assert.deepEqual(JSON.parse(mlpt(folder, 'freeze', 'make', '--json').output), {
      files: ['dvc.yaml'],
    })
    assert.deepEqual(JSON.parse(mlpt(folder, 'unfreeze', 'make', '--json').output), {
      files: ['dvc.yaml'],
    })
    assert.deepEqual(JSON.parse(mlpt(folder, 'unprotect', 'dvc.yaml', '--json').output), {
      paths: ['dvc.yaml'],
    })
  })
})

test('all paths that are not there are named before any is made safe to edit', () => {
  using folder = makeFolder({ ...pipeline, '.dvc/config': '' })
  const { errors, exitCode } = mlpt(folder, 'unprotect', 'a', 'dvc.yaml', 'b')
  assert.match(errors, /^error FILE_MISSING: 'a', 'b' do not exist\n {2}hint: /)
  assert.equal(exitCode, 1)
})

test('targets are checked before a push sends anything, the runs of the cache too', () => {
  const config = `[core]\nremote = r\n['remote "r"']\nurl = ../r\n`
  using folder = makeFolder({ ...pipeline, '.dvc/config': config })
  mlpt(folder, 'run')
  const { errors } = mlpt(folder, 'push', '--run-cache', 'out', 'nosuch')
  assert.match(errors, /^error PATH_UNTRACKED: 'nosuch'/)
  assert.ok(!existsSync(join(folder.directory, 'r')))
})

describe('tokens of a tracking store', () => {
  test('are not asked of a store that is not there, which is not made by it', () => {
    using folder = makeFolder({})
    for (const words of [['list'], ['revoke', 'ci']]) {
      assert.match(
        mlpt(folder, 'token', ...words).errors,
        /^error FILE_MISSING: there is no tracking store/,
      )
    }
    assert.ok(!existsSync(join(folder.directory, '.mlpt')))
  })

  test('are not kept in folders named like an address', () => {
    using folder = makeFolder({})
    for (const words of [
      ['token', 'create', 'ci'],
      ['server', '--port', '0'],
    ]) {
      const { errors, exitCode } = mlpt(folder, ...words, '--store', 'http://me:secret@host:5000')
      assert.match(
        errors,
        /^error TRACKING_INVALID: 'http:\/\/host:5000' is an address.*\n {2}hint: /,
      )
      assert.equal(exitCode, 1)
    }
    assert.deepEqual(readdirSync(folder.directory), [])
  })

  test('have names, which one that is wrong is answered with', () => {
    using folder = makeFolder({})
    mlpt(folder, 'token', 'create', 'build')
    assert.match(mlpt(folder, 'token', 'revoke', 'biuld').errors, /hint: did you mean 'build'\?/)
    assert.match(mlpt(folder, 'token', 'revoke', 'x').errors, /hint: the tokens are: build/)
  })
})
