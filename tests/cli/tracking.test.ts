import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, test } from 'node:test'
import { mlptArguments } from '../mlpt-program.ts'
import { makeFolder, mlpt } from '../pipeline/folder.ts'
import { openTrackingStore } from '../../src/tracking/index.ts'
import { allRuns } from '../tracking/transfer-house.ts'
import { makeTrackerFolder, withStore } from './tracker-folder.ts'

const golden = resolve(import.meta.dirname, '../fixtures/mlruns')

interface Document {
  readonly isComplete: boolean
  readonly failures: readonly unknown[]
  readonly lines: readonly { kind: string; found: number; copied: number; present: number }[]
}

describe('mlpt tracking copy', () => {
  test('copies and proves it by counting', async () => {
    using folder = await makeTrackerFolder()
    const { output, errors, exitCode } = mlpt(folder, 'tracking', 'copy', '.mlpt', 'other')
    assert.equal(exitCode, 0, errors)
    assert.match(output, /^ +found +copied +already there +in the target$/m)
    assert.match(output, /^metric points +1,203 +1,203 +0 +1,203$/m)
    assert.match(errors, /experiment 'credit': 3 runs/)
    const again = mlpt(folder, 'tracking', 'copy', '.mlpt', 'other', '--json')
    const { lines, isComplete } = JSON.parse(again.output) as Document
    assert.ok(isComplete)
    assert.ok(lines.every(({ copied }) => copied === 0))
  })

  test('a dry run leaves no trace', async () => {
    using folder = await makeTrackerFolder()
    const { output, exitCode } = mlpt(folder, 'tracking', 'copy', '.mlpt', 'other', '--dry-run')
    assert.equal(exitCode, 0)
    assert.match(output, /^runs +3 +0 +3$/m)
    assert.deepEqual(readdirSync(folder.directory), ['.mlpt'])
  })

  test('what is not whole exits with 3, and names it', async () => {
    using folder = await makeTrackerFolder()
    mlpt(folder, 'tracking', 'copy', '.mlpt', 'other')
    await using other = await openTrackingStore({ directory: join(folder.directory, 'other') })
    const copied = (await allRuns(other)).find(({ runName }) => runName === 'parent')!
    await other.logParams(copied.runId, { late: 'there' })
    await withStore(folder, async (store) => {
      const original = (await allRuns(store)).find(({ runName }) => runName === 'parent')!
      await store.logParams(original.runId, { late: 'here' })
    })
    const { output, errors, exitCode } = mlpt(folder, 'tracking', 'copy', '.mlpt', 'other')
    assert.equal(exitCode, 3)
    assert.match(output, /^params +4 +0 +3 +3 +1 missing$/m)
    assert.match(output, /^not copied: run [0-9a-f]{32}: .*late/m)
    assert.match(errors, /^error TRACKING_COPY_INCOMPLETE: .*params are not all in 'other'/m)
  })

  test('what is wrong is said before anything is written', async () => {
    using folder = await makeTrackerFolder()
    const refused = (args: readonly string[], exitCode: number, message: RegExp): void => {
      const answer = mlpt(folder, 'tracking', ...args)
      assert.equal(answer.exitCode, exitCode, args.join(' '))
      assert.match(answer.errors, message)
    }
    refused(['copy', 'nowhere', 'other'], 1, /no tracking store in 'nowhere'/)
    refused(['copy', '.mlpt', './.mlpt'], 2, /two different trackers/)
    refused(['copy', 'http://a:b@host/', 'http://host'], 2, /'http:\/\/host\/' is where/)
    refused(['copy', '.mlpt'], 2, /missing required argument 'to'/)
    refused(['copy', '.mlpt', 'other', '--since', 'soon'], 2, /'soon' is no moment/)
    refused(['copy', '.mlpt', 'other', '-e', 'credti', '--dry-run'], 1, /did you mean 'credit'/)
    refused(['import', 'nowhere'], 1, /no experiments/)
    assert.equal(existsSync(join(folder.directory, 'nowhere')), false)
  })

  test('killed at any time, it goes on', async () => {
    using folder = await makeTrackerFolder(async (store) => {
      for (let i = 0; i < 40; i++) {
        const run = { experimentName: 'e', runName: `r${i}`, startTime: i, tags: {} }
        const runId = await store.startRun(run)
        await store.logMetrics(
          runId,
          Array.from({ length: 500 }, (_, step) => ({
            key: 'm',
            value: step,
            timestamp: step,
            step,
          })),
        )
        await store.writeArtifact({ runId }, 'file', Buffer.alloc(1000, i))
      }
    })
    let killed = 0
    for (let kills = 0; kills < 4; kills++) {
      const args = [...mlptArguments, 'tracking', 'copy', '.mlpt', 'other']
      const child = spawn(process.execPath, args, { cwd: folder.directory, stdio: 'ignore' })
      const ended = once(child, 'exit')
      // Not before it writes, and a little later each time.
      const database = join(folder.directory, 'other/artifacts')
      while (!existsSync(database) && child.exitCode === null) await pause(2)
      await pause(kills * 8)
      child.kill('SIGKILL')
      await ended
      if (child.signalCode === 'SIGKILL') killed++
    }
    assert.ok(killed > 0, 'the copy was faster than the kill')
    const { output, exitCode, errors } = mlpt(folder, 'tracking', 'copy', '.mlpt', 'other')
    assert.equal(exitCode, 0, errors)
    assert.match(output, /^runs +40 .* 40$/m)
    assert.match(output, /^metric points +20,000 .* 20,000$/m)
    await using other = await openTrackingStore({ directory: join(folder.directory, 'other') })
    assert.equal((await allRuns(other)).length, 40)
  })
})

describe('mlpt tracking import', () => {
  test('reads the file store into the store of the folder', () => {
    using folder = makeFolder({})
    const { output, exitCode, errors } = mlpt(folder, 'tracking', 'import', golden)
    assert.equal(exitCode, 0, errors)
    assert.match(output, /^model versions +3 +3 +0 +3$/m)
    assert.match(mlpt(folder, 'runs', 'list').output, / first +finished /)
  })

  test('a damaged folder is named file by file, and no store is made', () => {
    using folder = makeFolder({
      'mlruns/0/meta.yaml': 'name: Default\n',
      'mlruns/0/abc/meta.yaml': 'status: 7\n',
    })
    const { errors, exitCode } = mlpt(folder, 'tracking', 'import', 'mlruns')
    assert.equal(exitCode, 1)
    assert.match(errors, /mlruns\/0\/abc\/meta\.yaml: 'start_time' is missing/)
    assert.match(errors, /mlruns\/0\/abc\/meta\.yaml: 'status' is '7'/)
    assert.equal(existsSync(join(folder.directory, '.mlpt')), false)
  })

  test('takes one experiment, and what came since', () => {
    using folder = makeFolder({})
    const runsFound = (...flags: readonly string[]): number => {
      rmSync(join(folder.directory, '.mlpt'), { recursive: true, force: true })
      const { output } = mlpt(folder, 'tracking', 'import', golden, '--json', ...flags)
      const { lines } = JSON.parse(output) as Document
      return lines.find(({ kind }) => kind === 'runs')!.found
    }
    assert.equal(runsFound('-e', 'Default'), 0)
    assert.equal(runsFound('-e', 'credit'), 3)
    assert.equal(runsFound('--since', '2023-11-14T22:13:21Z'), 2)
  })
})

async function pause(ms: number): Promise<void> {
  await new Promise((done) => setTimeout(done, ms))
}
