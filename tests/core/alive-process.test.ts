import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { test } from 'node:test'
import { isProcessAlive } from '../../src/core/alive-process.ts'

test('a process is alive until it is killed, also while nobody has asked about its end', () => {
  assert.equal(isProcessAlive(process.pid), true)
  assert.equal(isProcessAlive(1), true)
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  assert.equal(isProcessAlive(child.pid!), true)
  child.kill('SIGKILL')
  // Blocking, so that this process has no chance to ask.
  execFileSync('sleep', ['0.1'])
  assert.equal(isProcessAlive(child.pid!), false)
})

test('an id that nobody has is not alive', () => {
  assert.equal(isProcessAlive(2 ** 22 + 1), false)
})
