/** Files and pipes are written whole, whoever made them, and without Node's streams until something else is asked. */

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, createReadStream, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { makeScratchFolder } from '../../scratch-folder.ts'

const source = new URL('../../../src/cli/output/plain-output.ts', import.meta.url).href

/** Runs a program whose stdout is written as a command's. */
async function run(program: string, stdout: number | 'pipe') {
  const faults = 'const faults = []; const onError = ({ code }) => void faults.push(code)'
  const setup = `import { replaceOutput } from ${JSON.stringify(source)}; ${faults}; replaceOutput({ name: 'stdout', onError })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', `${setup}\n${program}`], {
    stdio: ['ignore', stdout, 'pipe'],
  })
  const ended = once(child, 'exit')
  return { child, ended, errors: text(child.stderr!) }
}

describe('output that is no terminal', { skip: process.platform !== 'linux' }, () => {
  test('is written without loading streams; what else is asked is what they answer', async () => {
    const program = `
      const has = () => process.moduleLoadList.includes('NativeModule net')
      const before = has()
      process.stdout.write('one ')
      await new Promise((done) => process.stdout.write(Buffer.from('two '), done))
      console.error(before, has(), process.stdout.isTTY, process.stdout.columns)
      const { pipeline } = await import('node:stream/promises')
      await pipeline(['three ', 'four '], process.stdout, { end: false })
      console.log('five', process.stdout.writable, process.stdout === process.stdout)`
    const { child, errors, ended } = await run(program, 'pipe')
    const [told, said] = await Promise.all([text(child.stdout!), errors, ended])
    assert.equal(said.split('\n')[0], 'false false undefined undefined')
    assert.equal(told, 'one two three four five true true\n')
  })

  test('is whole behind a pipe that does not wait for its reader', async () => {
    const path = join(makeScratchFolder(), 'pipe')
    execFileSync('mkfifo', [path])
    const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    const { errors, ended } = await run(
      `process.stdout.write('ä'.repeat(2 ** 19)); console.error(faults.join())`,
      both,
    )
    const reader = createReadStream(path)
    closeSync(both)
    assert.equal(await text(reader), 'ä'.repeat(2 ** 19))
    assert.equal(await errors, '\n')
    assert.deepEqual(await ended, [0, null])
  })

  test('that nobody reads any more is told once, and the work goes on', async () => {
    const program = `
      process.on('SIGUSR1', () => {
        for (let i = 0; i < 3; i++) process.stdout.write('lost')
        console.error(faults.join())
        process.exit()
      })
      setInterval(() => {}, 1000)
      process.stdout.write('ready')`
    const { child, errors, ended } = await run(program, 'pipe')
    await once(child.stdout!, 'data')
    child.stdout!.destroy()
    await once(child.stdout!, 'close')
    child.kill('SIGUSR1')
    assert.equal(await errors, 'EPIPE\n')
    await ended
  })

  test('is a file as well', async () => {
    const path = join(makeScratchFolder(), 'out')
    const file = openSync(path, 'a')
    const { ended } = await run(`for (const word of 'abc') process.stdout.write(word)`, file)
    await ended
    closeSync(file)
    assert.equal(readFileSync(path, 'utf8'), 'abc')
  })
})
