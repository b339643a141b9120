import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

test('the kernels in git are what their AssemblyScript sources compile to, byte for byte', () => {
  const script = join(import.meta.dirname, '../../../scripts/build-kernels.mjs')
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
})
