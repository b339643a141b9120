/** What `meta.mlpt` does to a stage: retries, time-outs, limits, environment. Real commands. */

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ToolkitError } from '../../src/core/errors.ts'
import type { PipelineEvent } from '../../src/pipeline/index.ts'
import { isProcessAlive, makeProject, outcomes, until, type Project } from './project.ts'

const shell = { SHELL: '/bin/sh', PATH: process.env['PATH'] }

describe('retries', () => {
  test('run a stage again that fails twice, with longer pauses, from a clean slate', async () => {
    using project = makeStage(
      `'test ! -e out && echo half > out && echo >> tries && test $(wc -l < tries) -eq 3'`,
      'retries: {limit: 3, delay: 10ms, factor: 3}',
    )
    assert.deepEqual(outcomes(await project.run()), { a: 'ran' })
    assert.deepEqual(retriesOf(project), [
      { attempt: 1, delayMs: 10 },
      { attempt: 2, delayMs: 30 },
    ])
    const finished = project.events.find(({ kind }) => kind === 'stage-finished')
    assert.deepEqual(finished?.kind === 'stage-finished' && finished.attempts, 3)
  })

  test('end when there are none left, with the outputs as they were before', async () => {
    using project = makeStage(
      `'echo half > out; echo >> tries; exit 7'`,
      'retries: {limit: 4, delay: 10ms, factor: 3, max_delay: 50ms}',
    )
    project.write({ out: 'before' })
    await assert.rejects(project.run(), {
      code: 'PIPELINE_STAGE_FAILED',
      message: /exited with 7$/,
    })
    assert.deepEqual(
      retriesOf(project).map(({ delayMs }) => delayMs),
      [10, 30, 50, 50],
    )
    assert.equal(project.read('tries'), '\n'.repeat(5))
    assert.equal(project.read('out'), 'before')
  })

  test('are not for a check that says no', async () => {
    using project = makeStage(`'echo >> tries; exit 3'`, 'retries: {limit: 5, delay: 10ms}')
    await assert.rejects(project.run(), { code: 'PIPELINE_STAGE_FAILED', exitCode: 3 })
    assert.equal(project.read('tries'), '\n')
  })

  test('begin with the first of several commands', async () => {
    using project = makeStage(
      `['echo one >> tries', 'echo two >> tries; test $(wc -l < tries) -eq 4', 'touch out']`,
      'retries: {limit: 1, delay: 0}',
    )
    await project.run()
    assert.equal(project.read('tries'), 'one\ntwo\none\ntwo\n')
  })

  test('are not waited for when the run is interrupted', async () => {
    using project = makeStage(`'exit 1'`, 'retries: {limit: 5, delay: 1h, max_delay: 1h}')
    const controller = new AbortController()
    const running = project.run({
      signal: controller.signal,
      report: ({ kind }) => {
        if (kind === 'stage-retried') setTimeout(() => controller.abort(), 10)
      },
    })
    // An hour is longer than the suite may take.
    await assert.rejects(running, { code: 'INTERRUPTED' })
  })

  test('keep all that was printed in one log', async () => {
    using project = makeStage(
      `'echo again; echo >> tries; test $(wc -l < tries) -eq 2 && touch out'`,
      'retries: {limit: 1, delay: 0}',
    )
    await project.run()
    assert.equal(project.read('.dvc/tmp/mlpt/logs/a.log'), 'again\nagain\n')
  })
})

describe('a timeout', () => {
  for (const [what, trap] of [
    ['ends a stage with all that it started', ''],
    ['ends a stage that will not listen', 'trap "" TERM INT HUP; '],
  ] as const) {
    test(what, async () => {
      using project = makeStage(
        `'${trap}sleep 60 & (sleep 61; sleep 62) & echo $! > pids; echo $$ >> pids; touch out; wait; sleep 60'`,
        'timeout: 1s',
      )
      const start = performance.now()
      await assert.rejects(project.run(), {
        code: 'PIPELINE_STAGE_FAILED',
        message: /^stage 'a' failed: '.*' was ended by its timeout of 1 s$/,
        hint: `raise it in the stage's 'meta.mlpt'`,
      })
      assert.ok(performance.now() - start < 10_000)
      const pids = project.read('pids').trim().split('\n').map(Number)
      assert.equal(pids.length, 2)
      await until(() => pids.every((pid) => !isProcessAlive(pid)))
      assert.equal(existsSync(join(project.directory, 'out')), false)
    })
  }

  test('is for each attempt, of all its commands together', async () => {
    using project = makeStage(
      `['echo >> tries', 'sleep 0.2', 'test $(wc -l < tries) -eq 2 || sleep 60', 'touch out']`,
      'timeout: 2500ms\n        retries: {limit: 1, delay: 0}',
    )
    await project.run()
    assert.equal(retriesOf(project).length, 1)
  })

  test('that is not reached leaves no trace', async () => {
    using project = makeStage(`'touch out'`, 'timeout: 1d')
    assert.deepEqual(outcomes(await project.run()), { a: 'ran' })
  })
})

describe('limits', () => {
  test('are what the command sees', async () => {
    using project = makeStage(
      `'(ulimit -n; ulimit -t; ulimit -f) > out'`,
      'limits: {open_files: 64, cpu_time: 90s, file_size: 1MiB}',
    )
    await project.run({ env: shell })
    // Blocks of 512 bytes.
    assert.equal(project.read('out'), '64\n90\n2048\n')
  })

  test('end a command that takes more memory', async () => {
    using project = makeStage(
      `node -e 'const a = []; setInterval(() => a.push(Buffer.alloc(2e7, 1)), 20)'`,
      'limits: {memory: 200MB}',
    )
    await assert.rejects(project.run(), (error) => {
      assert.ok(error instanceof ToolkitError)
      assert.equal(error.code, 'PIPELINE_STAGE_FAILED')
      const [, used] = /used (\d+) MB of memory, its limit is 200 MB$/.exec(error.message) ?? []
      assert.ok(Number(used) > 200, error.message)
      assert.equal(error.hint, `raise it in the stage's 'meta.mlpt'`)
      return true
    })
  })

  test('of memory count all processes of a stage together', async () => {
    const hog = `node -e 'setTimeout(Object, 6e4, Buffer.alloc(8e7, 1))'`
    using project = makeStage(`${hog} & ${hog}`, 'limits: {memory: 220MB}')
    await assert.rejects(project.run(), { message: /its limit is 220 MB$/ })
    using alone = makeStage(`${hog.replace('6e4', '400')} && touch out`, 'limits: {memory: 220MB}')
    assert.deepEqual(outcomes(await alone.run()), { a: 'ran' })
  })

  test('end a command that writes a larger file', async () => {
    const write = (bytes: number): string => `'head -c ${bytes} /dev/zero > out'`
    using project = makeStage(write(1_000_001), 'limits: {file_size: 500KB}')
    await assert.rejects(project.run({ env: shell }), {
      code: 'PIPELINE_STAGE_FAILED',
      message: /(was ended by SIGXFSZ|exited with 153), its limit is 500000 bytes for a file$/,
      hint: `raise it in the stage's 'meta.mlpt'`,
    })
    assert.equal(existsSync(join(project.directory, 'out')), false)
    using fitting = makeStage(write(499_000), 'limits: {file_size: 500KB}')
    assert.deepEqual(outcomes(await fitting.run({ env: shell })), { a: 'ran' })
  })

  test('end a command that computes for longer', async () => {
    using project = makeStage(`'while :; do :; done'`, 'limits: {cpu_time: 1s}')
    await assert.rejects(project.run({ env: shell }), {
      code: 'PIPELINE_STAGE_FAILED',
      message:
        /(was ended by SIG(XCPU|KILL)|exited with (152|137)), its limit is 1 s of processor time$/,
    })
  })

  test('that the system does not allow are a failure of the stage', async () => {
    using project = makeStage(`'touch out'`, 'limits: {open_files: 1000000}')
    const running = project.run({ env: shell })
    const isAllowed = await running.then(
      () => true,
      (error: unknown) => {
        assert.ok(error instanceof ToolkitError)
        assert.equal(error.code, 'PIPELINE_STAGE_FAILED')
        return false
      },
    )
    assert.equal(existsSync(join(project.directory, 'out')), isAllowed)
  })
})

describe('an environment', () => {
  test('is added to that of the engine, before which it goes', async () => {
    using project = makeStage(
      `'printf "%s/" "$A" "$B" "$C" "$D" > out'`,
      `env: {A: 'two words', B: 2, C: true}`,
    )
    await project.run({ env: { ...shell, A: 'engine', D: 'engine' } })
    assert.equal(project.read('out'), 'two words/2/true/engine/')
  })

  test('cannot hide which stage it is', async () => {
    using project = makeStage(`'echo "$DVC_STAGE" > out'`, 'env: {DVC_STAGE: other}')
    await project.run()
    assert.equal(project.read('out'), 'a\n')
  })

  test('that changes does not make the stage run', async () => {
    using project = makeStage(`'echo "$A" > out'`, 'env: {A: 1}')
    await project.run()
    project.write({ 'dvc.yaml': project.read('dvc.yaml').replace('A: 1', 'A: 2') })
    assert.equal((await project.run()).isUpToDate, true)
  })
})

describe('a command', () => {
  test('that cannot be passed on at all is a failure of its stage', async () => {
    for (const [command, reason] of [
      [JSON.stringify('echo \0'), /cannot start 'echo .*null byte/],
      [JSON.stringify(`: ${'x'.repeat(300_000)}`), /cannot start ': x{198}…' in '.*': E2BIG/],
    ] as const) {
      using project = makeStage(command, '{}')
      await assert.rejects(project.run(), { code: 'PIPELINE_STAGE_FAILED', message: reason })
    }
  })

  test('that is killed from outside is a failure of its stage, told by which signal', async () => {
    using project = makeStage(`'kill -9 $$'`, '{}')
    await assert.rejects(project.run(), {
      code: 'PIPELINE_STAGE_FAILED',
      message: `stage 'a' failed: 'kill -9 $$' was ended by SIGKILL`,
    })
  })

  test('that fails after a line without an end keeps the end of it for the message', async () => {
    using project = makeStage(`'head -c 1000000 /dev/zero | tr "\\0" x; printf end; false'`, '{}')
    await assert.rejects(project.run(), ({ details }: ToolkitError) => {
      const [line = '', ...others] = (details?.['lastLines'] ?? []) as readonly string[]
      return others.length === 0 && line.endsWith('xend') && line.length < 20_000
    })
    assert.equal(project.read('.dvc/tmp/mlpt/logs/a.log').length, 1_000_003)
  })

  test('reads nothing from the terminal', async () => {
    using project = makeStage(`'cat > out'`, '{}')
    await project.run()
    assert.equal(project.read('out'), '')
  })
})

function makeStage(command: string, mlpt: string): Project {
  const text = command.startsWith('node') ? JSON.stringify(command) : command
  return makeProject({
    'dvc.yaml': `stages:
  a:
    cmd: ${text}
    outs: [out]
    meta:
      mlpt:
        ${mlpt}
`,
  })
}

function retriesOf(project: Project): { readonly attempt: number; readonly delayMs: number }[] {
  const isRetry = (event: PipelineEvent): event is PipelineEvent & { kind: 'stage-retried' } =>
    event.kind === 'stage-retried'
  return project.events.filter(isRetry).map(({ attempt, delayMs }) => ({ attempt, delayMs }))
}
