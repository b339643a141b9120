import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { makeProject } from './project.ts'

/** From `.dvc/cache/files/md5/..`, where the object of such a name would lie. */
const forged = '../../../../victim'

describe('a recorded hash that is none', () => {
  for (const [what, files, place] of [
    [
      'in a *.dvc file',
      { 'x.dvc': `outs:\n- md5: ${forged}\n  hash: md5\n  path: x\n`, 'dvc.yaml': 'stages: {}\n' },
      /x\.dvc:2:8: /,
    ],
    [
      'in dvc.lock',
      {
        'dvc.yaml': 'stages: {a: {cmd: echo > x, outs: [x]}}\n',
        'dvc.lock': `schema: '2.0'\nstages:\n  a:\n    cmd: echo > x\n    outs:\n    - path: x\n      hash: md5\n      md5: ${forged}\n`,
      },
      /dvc\.lock:8:12: /,
    ],
  ] as const) {
    test(`${what} is refused, and the file that it leads to stays`, async () => {
      using project = makeProject({ ...files, victim: 'victim\n' })
      chmodSync(join(project.directory, 'victim'), 0o444)
      const targets = 'x.dvc' in files ? { targets: ['x.dvc'] } : {}
      await assert.rejects(project.run(targets), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'PIPELINE_INVALID')
        assert.match(error.message, place)
        assert.match(error.message, /'\.\.\/\.\.\/\.\.\/\.\.\/victim' cannot be an MD5/)
        return true
      })
      assert.equal(project.read('victim'), 'victim\n')
    })
  }

  test('is whatever is more than one name', async () => {
    for (const md5 of ['"a/b"', '".."', '..dir', '[]', '"ab\\\\cd"', '"ab\\0cd"']) {
      using project = makeProject({
        'dvc.yaml': '{}',
        'x.dvc': `outs:\n- {md5: ${md5}, hash: md5, path: x}\n`,
      })
      await assert.rejects(
        project.run({ targets: ['x.dvc'] }),
        /cannot be an MD5|expected a hash/,
        md5,
      )
    }
  })
})
