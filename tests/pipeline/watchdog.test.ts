/** What keeps a stage from outliving the engine may be killed too. */

import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openWatchdog } from '../../src/pipeline/run/watchdog-process.ts'
import { descendantsOf, isWatchdog, killProcess, waitForQuiet } from './processes.ts'
import { makeProject, until } from './project.ts'

describe('a watchdog', () => {
  test('that is killed is replaced, and stages end with their engine all the same', async () => {
    using project = makeProject({ 'dvc.yaml': `stages:\n  a: {cmd: touch here; sleep 60}\n` })
    const engine = project.start()
    await until(() => existsSync(join(project.directory, 'here')))
    for (let i = 0; i < 3; i++) {
      const [first = assert.fail('there is none')] = watchdogsOf(engine.process.pid!)
      killProcess(first)
      await until(() => watchdogsOf(engine.process.pid!).some((id) => id !== first))
    }
    engine.process.kill('SIGKILL')
    await engine.ended
    await waitForQuiet(project.directory)
  })

  test('that was killed a moment ago does not keep a command from being guarded', async () => {
    const commands = [1, 2, 3].map(() => startGroup())
    {
      using watchdog = openWatchdog()
      for (const { pid } of commands) {
        await watchdog.guard(pid!)
        for (const id of watchdogsOf(process.pid)) killProcess(id)
      }
      await until(() => watchdogsOf(process.pid).length === 1)
      await watchdog.forget(commands[0]!.pid!)
    }
    await Promise.all(commands.slice(1).map((command) => once(command, 'exit')))
    assert.equal(commands[0]!.exitCode, null)
    commands[0]!.kill()
  })

  test('ends by itself, and leaves alone what ended before', async () => {
    const command = startGroup()
    {
      using watchdog = openWatchdog()
      await watchdog.guard(command.pid!)
      await watchdog.forget(command.pid!)
      await watchdog.forget(12_345_678)
    }
    await until(() => watchdogsOf(process.pid).length === 0)
    await sleep(50)
    assert.equal(command.exitCode ?? command.signalCode, null)
    command.kill()
  })

  test('that nobody needs is never started', () => {
    using _watchdog = openWatchdog()
    assert.deepEqual(watchdogsOf(process.pid), [])
  })
})

function startGroup(): ChildProcess {
  const command = spawn('sleep', ['10'], { detached: true, stdio: 'ignore' })
  command.unref()
  return command
}

function watchdogsOf(processId: number): number[] {
  return descendantsOf(processId).filter(isWatchdog)
}
