import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { Command } from 'commander'
import { addListenFlags } from '../../../src/cli/flags/server-flags.ts'

const program = `
  import { nextSignal } from './src/cli/flags/server-flags.ts'
  process.stdout.isTTY = process.argv[1] === 'terminal'
  process.on('SIGHUP', () => setImmediate(() => process.stdout.write('heard')))
  const timer = setInterval(() => undefined, 1000)
  setImmediate(() => process.stdout.write('waits'))
  await nextSignal()
  process.stdout.write('ends')
  clearInterval(timer)
`

function startServer(where: 'terminal' | 'file'): ChildProcess {
  const words = ['--conditions=mlpt-source', '--input-type=module', '-e', program, where]
  return spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'] })
}

async function nextWord(child: ChildProcess): Promise<string> {
  const [bytes]: unknown[] = await once(child.stdout!, 'data')
  return String(bytes)
}

test('a server whose terminal is closed ends in order', async () => {
  const child = startServer('terminal')
  assert.equal(await nextWord(child), 'waits')
  child.kill('SIGHUP')
  assert.match(await nextWord(child), /ends/)
  if (child.exitCode === null) await once(child, 'exit')
  assert.equal(child.exitCode, 0)
})

test('one without a terminal outlives it, as under nohup, which Node undoes', async () => {
  const child = startServer('file')
  assert.equal(await nextWord(child), 'waits')
  child.kill('SIGHUP')
  assert.equal(await nextWord(child), 'heard')
  child.kill('SIGTERM')
  assert.match(await nextWord(child), /ends/)
  if (child.exitCode === null) await once(child, 'exit')
  assert.equal(child.exitCode, 0)
})

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
