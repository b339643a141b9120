import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Command } from 'commander'
import { addMonitorCommand } from '../../../src/cli/commands/monitor.ts'
import { createFailureTeller, openLookTimes } from '../../../src/cli/flags/look-times.ts'
import { ToolkitError } from '../../../src/core/errors.ts'

test('what fails the same way each time is told once, and so is that it works again', async () => {
  const said: string[] = []
  const tell = createFailureTeller((text) => said.push(text))
  const away = (): never => {
    throw new ToolkitError('REMOTE_UNAVAILABLE', 'away')
  }
  for (let look = 0; look < 3; look++) await tell(async () => away())
  await tell(async () => {
    throw new ToolkitError('REMOTE_DENIED', 'closed')
  })
  for (let look = 0; look < 2; look++) await tell(async () => undefined)
  await tell(async () => away())
  const [first, second] = ['error REMOTE_UNAVAILABLE: away', 'error REMOTE_DENIED: closed']
  assert.deepEqual(said, [first, second, 'it works again', first])
  const misused = new ToolkitError('CLI_USAGE', 'no such flag')
  await assert.rejects(
    tell(async () => {
      throw misused
    }),
    misused,
  )
})

describe('the times of looks', () => {
  test('a time that comes during a look brings one look after it, and none is due twice', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2026, 0, 1, 0, 0, 30) })
    using times = openLookTimes({ kind: 'cron', line: '* * * * *' }, new AbortController().signal)
    t.mock.timers.tick(60_000)
    t.mock.timers.tick(60_000)
    await times.next()
    let looks = 0
    void times.next().then(() => looks++)
    await settle()
    assert.equal(looks, 0)
    t.mock.timers.tick(60_000)
    await settle()
    assert.equal(looks, 1)
  })

  test('whoever is told to stop waits no longer, whatever it waits for', async () => {
    for (const interval of [
      { kind: 'cron', line: '0 0 1 1 *' },
      { kind: 'pause', pauseMs: 1e8 },
    ] as const) {
      const controller = new AbortController()
      using times = openLookTimes(interval, controller.signal)
      const waiting = times.next()
      controller.abort()
      await waiting
      await times.next()
    }
  })

  test('what is neither seconds nor a cron line is refused by its name', async () => {
    for (const [text, problem] of [
      ['0', /expected a number of seconds from 1, or a cron line/],
      ['1.5', /expected a number of seconds/],
      ['-3', /expected a number of seconds/],
      ['', /expected a number of seconds/],
      ['soon', /'soon' is no cron line/],
      ['* * * *', /'\* \* \* \*' is no cron line/],
      ['61 * * * *', /'61 \* \* \* \*' is no cron line/],
      ['0 0 30 2 *', /'0 0 30 2 \*' is no cron line: it never comes/],
      ['1e3', /'1e3' is no cron line/],
    ] as const) {
      const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
      addMonitorCommand(program)
      program.commands[0]!.exitOverride().configureOutput({ writeErr: () => undefined })
      await assert.rejects(
        program.parseAsync(['monitor', `--watch=${text}`], { from: 'user' }),
        problem,
        text,
      )
    }
  })
})

/** Lets promises that are due settle. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}
