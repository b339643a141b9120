import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'

const program = `
  import { nextSignal } from './src/cli/server-flags.ts'
  process.stdin.isTTY = process.argv[1] === 'terminal'
  const timer = setInterval(() => undefined, 1000)
  setImmediate(() => process.stdout.write('waits'))
  await nextSignal()
  clearInterval(timer)
`

for (const [where, ended] of [
  ['terminal', [0, null]],
  ['file', [null, 'SIGHUP']],
] as const) {
  test(`SIGHUP stops a server in order that has a ${where} for its input: ${ended[0] === 0}`, async () => {
    const words = ['--conditions=mlpt-source', '--input-type=module', '-e', program, where]
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    child.kill('SIGHUP')
    assert.deepEqual(await once(child, 'exit'), ended)
  })
}
