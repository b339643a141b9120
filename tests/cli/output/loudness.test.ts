import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commandList } from '../../../src/cli/command-list.ts'
import { makeFolder, mlpt } from '../../pipeline/folder.ts'

const pipeline = {
  'dvc.yaml': `stages: {make: {cmd: 'echo heard; echo seen >&2; echo 1 > out', outs: [out]}}\n`,
}

describe('--quiet', () => {
  test('says nothing of a run, and runs all the same', () => {
    using folder = makeFolder(pipeline)
    assert.deepEqual(mlpt(folder, 'run', '-q'), { exitCode: 0, output: '', errors: '' })
    assert.equal(folder.read('out'), '1\n')
  })

  test('answers with the exit code alone', () => {
    using folder = makeFolder(pipeline)
    assert.deepEqual(mlpt(folder, 'status', '--quiet'), { exitCode: 3, output: '', errors: '' })
    mlpt(folder, 'run', '-q')
    assert.deepEqual(mlpt(folder, 'status', '--quiet'), { exitCode: 0, output: '', errors: '' })
  })

  test('leaves the document that was asked for', () => {
    using folder = makeFolder(pipeline)
    const { output, errors } = mlpt(folder, 'run', '-q', '--json')
    assert.equal((JSON.parse(output) as { stages: unknown[] }).stages.length, 1)
    assert.equal(errors, '')
  })

  test('leaves errors', () => {
    using folder = makeFolder({ 'dvc.yaml': 'stages: {make: {cmd: exit 4, outs: [out]}}\n' })
    const { exitCode, output, errors } = mlpt(folder, 'run', '-q')
    assert.equal(exitCode, 1)
    assert.equal(output, '')
    assert.match(errors, /^error PIPELINE_STAGE_FAILED/)
    assert.match(mlpt(folder, 'run', '-q', '--jobs', 'x').errors, /^error CLI_USAGE/)
  })

  test('cannot be asked anything', () => {
    using folder = makeFolder({ '.dvc/config': '' })
    assert.match(mlpt(folder, 'gc', '-w', '-q').errors, /--force/)
  })
})

describe('--verbose', () => {
  test('tells where an error came from', () => {
    using folder = makeFolder({ 'dvc.yaml': 'stages: [' })
    const silent = mlpt(folder, 'status').errors
    const { errors, exitCode } = mlpt(folder, 'status', '-v')
    assert.equal(exitCode, 2)
    assert.ok(errors.startsWith(silent))
    assert.match(errors, /\n\s+at .*\.[jt]s:\d+/)
  })

  test('does not go with --quiet', () => {
    using folder = makeFolder(pipeline)
    const { errors, exitCode } = mlpt(folder, 'run', '-q', '-v')
    assert.equal(exitCode, 2)
    assert.match(errors, /exclude each other/)
  })
})

test('every command has both', () => {
  using folder = makeFolder({})
  for (const { names } of commandList) {
    const { output, errors } = mlpt(folder, names[0]!, '--help')
    const hasBelow = /\nCommands:/.test(output)
    assert.equal(/-q, --quiet[^]*-v, --verbose/.test(output), !hasBelow, `${names[0]}${errors}`)
  }
  assert.match(mlpt(folder, 'remote', 'list', '--help').output, /--quiet/)
})
