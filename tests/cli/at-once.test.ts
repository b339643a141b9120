/** Commands that write the same file at the same time. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { mlptArguments } from '../mlpt-program.ts'
import { makeFolder, mlpt, type Folder } from '../pipeline/folder.ts'

const start = promisify(execFile)

test('of many that change the settings at once, each does', async () => {
  using folder = makeFolder({ '.dvc/config': '' })
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  await Promise.all([
    ...names.map((name) => run(folder, 'remote', 'add', name, `/data/${name}`)),
    run(folder, 'config', 'core.autostage', 'false'),
  ])
  const { output } = mlpt(folder, 'config', '--list', '--json')
  for (const name of names) assert.ok(output.includes(`"remote.${name}.url"`), output)
  assert.ok(output.includes('"core.autostage"'), output)
})

test('dependencies are not added to dvc.yaml while another command may write it', () => {
  using folder = makeFolder({ '.dvc/config': '', 'dvc.yaml': 'stages: {slow: {cmd: mlpt}}\n' })
  assert.equal(mlpt(folder, 'deps', '--fix').exitCode, 0)
  using other = new DatabaseSync(join(folder.directory, '.dvc/tmp/mlpt/lock.sqlite'))
  other.exec('BEGIN EXCLUSIVE')
  const { errors, exitCode } = mlpt(folder, 'deps', '--fix')
  assert.match(errors, /^error PIPELINE_LOCKED: .*\n {2}hint: .*--wait/m)
  assert.equal(exitCode, 1)
  assert.equal(mlpt(folder, 'deps').exitCode, 0)
})

async function run({ directory }: Folder, ...words: readonly string[]): Promise<void> {
  await start(process.execPath, [...mlptArguments, ...words], { cwd: directory })
}
