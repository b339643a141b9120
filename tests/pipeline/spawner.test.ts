/** Commands that a small process starts end as those that the engine starts itself. */

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSpawner, type Spawner } from '../../src/pipeline/run/spawner-process.ts'
import { runCommand, type CommandOptions } from '../../src/pipeline/run/stage-process.ts'
import { openWatchdog } from '../../src/pipeline/run/watchdog-process.ts'
import { defaultSettings } from '../../src/pipeline/stages/stage-settings.ts'
import { commandOf, descendantsOf, isRunning, killProcess, waitForQuiet } from './processes.ts'
import { makeProject, outcomes, until } from './project.ts'

const skip = existsSync('/usr/bin/perl') ? false : 'there is no perl'

describe('a command started by the spawner', { skip }, () => {
  test('ends, prints and is surrounded as one that the engine starts', async () => {
    await using spawner = await readySpawner()
    for (const command of [
      'true',
      'exit 7',
      'kill -TERM $$',
      'kill -KILL $$',
      'echo one; echo two >&2; exit 3',
      'printf "%s|" "$WORD" "$EMPTY" "${NONE-none}"; pwd; cat',
      `printf '\\303'; sleep 0.05; printf '\\274 and \\377'`,
      'seq 1 50',
      'exec /nowhere/at/all',
      'exec >&- 2>&-; sleep 0.05; exit 4',
      'umask; ulimit -n; trap',
      "printf '%s' 'a\nb'\"'\"'c'",
    ]) {
      const [own, spawned] = [await collect(command), await collect(command, { spawner })]
      assert.deepEqual(spawned, own, command)
    }
  })

  test('is one of many at the same time, each with what it printed itself', async () => {
    await using spawner = await readySpawner()
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => collect(`seq ${i} 20000; exit ${i}`, { spawner })),
    )
    for (const [i, { exitCode, stdout }] of results.entries()) {
      const expected = Array.from({ length: 20_001 - i }, (_, at) => `${at + i}\n`).join('')
      assert.equal(exitCode, i)
      assert.ok(stdout === expected)
    }
  })

  test('is ended by its signal, first kindly', async () => {
    await using spawner = await readySpawner()
    const controller = new AbortController()
    const command = `trap 'echo told; exit 5' TERM; echo begun; while :; do sleep 0.05; done`
    const onOutput = (): void => controller.abort()
    const kind = await collect(command, { spawner, signal: controller.signal, onOutput })
    assert.deepEqual([kind.exitCode, kind.stdout], [5, 'begun\ntold\n'])
    const deaf = await collect(`trap '' TERM; while :; do sleep 0.05; done`, {
      spawner,
      signal: AbortSignal.timeout(50),
    })
    assert.equal(deaf.signalName, 'SIGKILL')
  })

  test('leaves nothing running', async () => {
    await using spawner = await readySpawner()
    const { stdout, exitCode } = await collect('sleep 61 & echo $!', { spawner })
    assert.equal(exitCode, 0)
    await until(() => !isRunning(Number(stdout)))
  })

  test('fails when the process is killed, and nothing of it is left', async () => {
    await using spawner = await readySpawner()
    let printed = ''
    const running = collect('echo $$; sleep 62', {
      spawner,
      onOutput: (_, text) => {
        printed += text
      },
    })
    const failed = assert.rejects(running, /PIPELINE_STAGE_FAILED|cannot run a command/)
    await until(() => printed !== '')
    for (const id of spawnersOf(process.pid)) killProcess(id)
    await failed
    await until(() => !isRunning(Number(printed)))
    assert.equal((await collect('exit 6', { spawner })).exitCode, 6)
  })

  test('is left to the engine: one of the first, with limits, too long, or nowhere', async () => {
    const request = { words: ['true'], workingFolder: '/', environment: {}, signal: undefined }
    const onOutput = (): void => undefined
    await using late = openSpawner(2)
    assert.equal(late.run({ ...request, onOutput }), undefined)
    assert.deepEqual(spawnersOf(process.pid), [])
    await using spawner = await readySpawner()
    for (const change of [
      { workingFolder: '/nowhere/at/all' },
      { environment: { A: 'x'.repeat(200_000) } },
      { words: ['echo', 'a\0b'] },
    ]) {
      assert.equal(spawner.run({ ...request, ...change, onOutput }), undefined)
    }
    const limits = { ...defaultSettings.limits, openFiles: 33 }
    assert.equal((await collect('ulimit -n', { spawner, limits })).stdout, '33\n')
  })
})

describe('a run of many stages', { skip }, () => {
  const many = Array.from(
    { length: 12 },
    (_, i) => `  s${i}: {cmd: echo ${i} > o${i}, outs: [o${i}]}\n`,
  )

  test('has its later ones started by the spawner, and leaves it behind nowhere', async () => {
    using project = makeProject({
      'dvc.yaml': `stages:\n${many.join('')}  last: {cmd: ps -o args= -p $PPID > p, deps: [o11], outs: [p]}\n`,
    })
    const summary = await project.run({ jobs: 1 })
    assert.ok(Object.values(outcomes(summary)).every((outcome) => outcome === 'ran'))
    assert.match(project.read('p'), /mlpt-spawner/)
    assert.deepEqual(spawnersOf(process.pid), [])
  })

  test('leaves nothing running when the engine is killed', async () => {
    using project = makeProject({
      'dvc.yaml': `stages:\n${many.join('')}  last: {cmd: touch here; sleep 63, deps: [o11]}\n`,
    })
    const engine = project.start('--jobs', '1')
    await until(() => existsSync(join(project.directory, 'here')))
    assert.equal(spawnersOf(engine.process.pid!).length, 1)
    engine.process.kill('SIGKILL')
    await engine.ended
    await waitForQuiet(project.directory)
  })
})

/** One that starts the next command. */
async function readySpawner(): Promise<Spawner> {
  const spawner = openSpawner(0)
  const request = { words: ['true'], workingFolder: '/', environment: {}, signal: undefined }
  for (;;) {
    const running = spawner.run({ ...request, onOutput: () => undefined })
    await running
    if (running !== undefined) return spawner
    await sleep(5)
  }
}

interface Collected {
  readonly exitCode: number | undefined
  readonly signalName: string | undefined
  readonly lastLines: readonly string[]
  readonly stdout: string
  readonly stderr: string
}

async function collect(command: string, changes: Partial<CommandOptions> = {}): Promise<Collected> {
  using watchdog = openWatchdog()
  const printed = { stdout: '', stderr: '' }
  const { exitCode, signalName, lastLines } = await runCommand(command, {
    workingFolder: tmpdir(),
    shell: ['/bin/sh', '-c'],
    limits: defaultSettings.limits,
    environment: { PATH: process.env['PATH'], WORD: 'a = b\nc', EMPTY: '' },
    signal: undefined,
    watchdog,
    ...changes,
    onOutput: (stream, text) => {
      printed[stream] += text
      changes.onOutput?.(stream, text)
    },
  })
  // Which of two streams is heard first is chance.
  return { exitCode, signalName, lastLines: lastLines.toSorted(), ...printed }
}

function spawnersOf(processId: number): number[] {
  return descendantsOf(processId).filter((id) => commandOf(id).endsWith(' mlpt-spawner '))
}
