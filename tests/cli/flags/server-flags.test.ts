import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { Command } from 'commander'
import { addListenFlags } from '../../../src/cli/flags/server-flags.ts'

const program = `
  import { nextSignal } from './src/cli/flags/server-flags.ts'
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

test('a name that no Host header has is refused: it would allow nobody', () => {
  const parse = (name: string): unknown => {
    const silent = { writeErr: () => undefined }
    const command = addListenFlags(new Command().exitOverride().configureOutput(silent), 1)
    return command.parse(['--allow-host', name], { from: 'user' }).opts()['allowHost']
  }
  for (const name of ['api.example.com', 'ml', '*', '::1', '[::1]', '10.0.0.1', 'a_b.münchen'])
    assert.deepEqual(parse(name), [name])
  for (const name of ['a.example:8000', 'https://a.example', 'a.example/x', '', ' ', 'a b', '*.a'])
    assert.throws(() => parse(name), /without scheme, port and path/, name)
})
