import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { describeError, formatErrorJson, wantsJson } from '../../../src/cli/output/error-json.ts'
import { ToolkitError } from '../../../src/core/errors.ts'
import { makeFolder, mlpt } from '../../pipeline/folder.ts'

describe('an error as a document', () => {
  test('has code, message, hint and details, in one line', () => {
    const error = new ToolkitError('FILE_MISSING', 'there is no\nfile', {
      hint: 'make it',
      details: { path: 'x', bytes: 3n },
    })
    const line = formatErrorJson(error)
    assert.doesNotMatch(line, /\n/)
    assert.deepEqual(JSON.parse(line), {
      error: {
        code: 'FILE_MISSING',
        message: 'there is no\nfile',
        hint: 'make it',
        details: { path: 'x', bytes: '3' },
      },
    })
  })

  test('of a bug says where it was', () => {
    const { code, message, details } = describeError(new TypeError('x is undefined'))
    assert.deepEqual([code, message], ['INTERNAL_ERROR', 'x is undefined'])
    assert.match(String(details['stack']), /error-json\.test/)
    assert.equal(describeError('thrown').message, 'thrown')
  })

  test('is asked for by the words before --', () => {
    assert.ok(wantsJson(['status', '--json', 'x']))
    assert.ok(!wantsJson(['status', '--', '--json']))
    assert.ok(!wantsJson(['status']))
  })

  test('is the last line of stderr, whatever went wrong, and with what else is told', () => {
    using folder = makeFolder({ '.dvc/config': '', 'dvc.yaml': 'stages: {a: {cmd: exit 4}}\n' })
    for (const [words, code] of [
      [['status', 'nope', '--json'], 'PIPELINE_STAGE_UNKNOWN'],
      [['status', 'nope', '--json', '--verbose'], 'PIPELINE_STAGE_UNKNOWN'],
      [['dag', '--json', '--nope'], 'CLI_USAGE'],
      [['run', '--json'], 'PIPELINE_STAGE_FAILED'],
    ] as const) {
      const last = mlpt(folder, ...words)
        .errors.trimEnd()
        .split('\n')
        .at(-1)!
      const { error } = JSON.parse(last) as { error: { code: string } }
      assert.equal(error.code, code)
    }
  })
})
