import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { openSync } from 'node:fs'
import { test } from 'node:test'
import { mlptArguments } from '../../mlpt-program.ts'

test(
  'a result that cannot be written is told in two lines; an error that cannot be keeps its exit code',
  { skip: process.platform !== 'linux' },
  () => {
    const full = openSync('/dev/full', 'w')
    const run = (word: string, streams: readonly ['pipe' | number, 'pipe' | number]) =>
      spawnSync(process.execPath, [...mlptArguments, word], { stdio: ['ignore', ...streams] })
    const unwritten = run('--version', [full, 'pipe'])
    assert.match(
      unwritten.stderr.toString(),
      /^error FILE_WRITE_FAILED: cannot write 'stdout': ENOSPC\n {2}hint: .*\n$/,
    )
    assert.equal(unwritten.status, 1)
    assert.equal(run('--nothing', ['pipe', full]).status, 2)
  },
)
