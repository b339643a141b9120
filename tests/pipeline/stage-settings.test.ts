/** `meta.mlpt` of a stage: how it is read, with what is wrong at its place. What it does: stage-limits.test.ts. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ToolkitError } from '../../src/core/errors.ts'
import { parsePipeline } from '../../src/pipeline/stages/parse-pipeline.ts'
import { defaultSettings, type StageSettings } from '../../src/pipeline/stages/stage-settings.ts'

describe('settings', () => {
  test('are all there is to say', () => {
    const settings = read(`
      retries: {limit: 3, delay: 10s, factor: 1.5, max_delay: 5m}
      timeout: 2h
      env: {NAME: text, COUNT: 4, IS_ON: true, EMPTY: ''}
      mutex: [gpu, disk]
      jobs: 4
      limits: {memory: 1.5GiB, cpu_time: 90, file_size: 500 MB, open_files: 64}
      hooks: {finished: ./notify.sh, failed: https://example.com/hook}`)
    assert.deepEqual(settings, {
      retries: { limit: 3, delayMs: 10_000, factor: 1.5, maxDelayMs: 300_000 },
      timeoutMs: 7_200_000,
      environment: { NAME: 'text', COUNT: '4', IS_ON: 'true', EMPTY: '' },
      mutexes: ['gpu', 'disk'],
      jobs: 4,
      limits: {
        memoryBytes: 1.5 * 1024 ** 3,
        cpuSeconds: 90,
        fileBytes: 500_000_000,
        openFiles: 64,
      },
      hooks: { finished: './notify.sh', failed: 'https://example.com/hook' },
    })
  })

  test('of a stage that says nothing are the usual ones', () => {
    for (const meta of [
      '',
      '    meta: {}\n',
      '    meta: {mine: [1]}\n',
      '    meta: {mlpt: {}}\n',
    ]) {
      assert.deepEqual(readStage(`    cmd: go\n${meta}`), defaultSettings)
    }
  })

  test('may be said of every stage of a group', () => {
    const [one, other] = stagesOf(`stages:
  g:
    foreach: [1, 2]
    do: {cmd: 'go \${item}', meta: {mlpt: {mutex: gpu}}}
`)
    assert.deepEqual([one?.mutexes, other?.mutexes], [['gpu'], ['gpu']])
  })

  for (const [text, milliseconds] of [
    ['90', 90_000],
    ['0.5', 500],
    ['500ms', 500],
    ['1.5s', 1500],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['24.8d', 24.8 * 86_400_000],
    [`'7'`, 7000],
  ] as const) {
    test(`take ${text} for ${milliseconds} ms`, () => {
      assert.equal(read(`timeout: ${text}`).timeoutMs, milliseconds)
    })
  }

  for (const [text, bytes] of [
    ['1', 1],
    ['10B', 10],
    ['1KB', 1000],
    ['1KiB', 1024],
    ['2MB', 2_000_000],
    ['1.5 MiB', 1_572_864],
    ['8GB', 8e9],
    ['8GiB', 8 * 1024 ** 3],
    ['1.9B', 1],
  ] as const) {
    test(`take ${text} for ${bytes} bytes`, () => {
      assert.equal(read(`limits: {memory: ${text}}`).limits.memoryBytes, bytes)
    })
  }

  for (const [text, retries] of [
    ['0', { limit: 0, delayMs: 1000, factor: 2, maxDelayMs: 60_000 }],
    ['5', { limit: 5, delayMs: 1000, factor: 2, maxDelayMs: 60_000 }],
    ['{}', { limit: 1, delayMs: 1000, factor: 2, maxDelayMs: 60_000 }],
    ['{delay: 20ms}', { limit: 1, delayMs: 20, factor: 2, maxDelayMs: 60_000 }],
    ['{limit: 2, delay: 0, factor: 1}', { limit: 2, delayMs: 0, factor: 1, maxDelayMs: 60_000 }],
    ['{limit: 9, factor: 1e3}', { limit: 9, delayMs: 1000, factor: 1000, maxDelayMs: 60_000 }],
  ] as const) {
    test(`take 'retries: ${text}' for ${JSON.stringify(retries)}`, () => {
      assert.deepEqual(read(`retries: ${text}`).retries, retries)
    })
  }

  test('give a processor whole seconds, at least one', () => {
    const secondsOf = (text: string): unknown =>
      read(`limits: {cpu_time: ${text}}`).limits.cpuSeconds
    assert.deepEqual(['1ms', '1s', '1.2s', '1m'].map(secondsOf), [1, 1, 2, 60])
  })
})

describe('what is refused', () => {
  // The value stands in line 5, from column 7 on.
  for (const [text, ...problems] of [
    ['retry: 3', `5:7: unknown key 'retry' in meta.mlpt of stage 'a'`],
    [
      'retries: -1',
      `5:16: 'retries' in meta.mlpt of stage 'a' is '-1', expected a whole number from 0`,
    ],
    [
      'retries: 1.5',
      `5:16: 'retries' in meta.mlpt of stage 'a' is '1.5', expected a whole number from 0`,
    ],
    [
      'retries: many',
      `5:16: 'retries' in meta.mlpt of stage 'a' is 'many', expected a whole number from 0`,
    ],
    [
      'retries: true',
      `5:16: 'retries' in meta.mlpt of stage 'a' is 'true', expected a whole number from 0`,
    ],
    [
      'retries: [1]',
      `5:16: 'retries' in meta.mlpt of stage 'a' is a list, expected a whole number from 0`,
    ],
    [
      'retries: null',
      `5:16: 'retries' in meta.mlpt of stage 'a' is 'null', expected a whole number from 0`,
    ],
    [
      'retries: 10000000',
      `5:16: 'retries' in meta.mlpt of stage 'a' is '10000000', expected a whole number from 0`,
    ],
    ['retries: {times: 1}', `5:17: unknown key 'times' in meta.mlpt of stage 'a'`],
    [
      'retries: {limit: x, delay: soon, factor: 0.5, max_delay: -1s}',
      `5:48: 'factor' in meta.mlpt of stage 'a' is '0.5', expected a number from 1`,
      `5:24: 'limit' in meta.mlpt of stage 'a' is 'x', expected a whole number from 0`,
      `5:34: 'delay' in meta.mlpt of stage 'a' is 'soon', expected a duration such as 90s, 10m or 2h`,
      `5:64: 'max_delay' in meta.mlpt of stage 'a' is '-1s', expected a duration such as 90s, 10m or 2h`,
    ],
    [
      'retries: {factor: .inf}',
      `5:25: 'factor' in meta.mlpt of stage 'a' is 'Infinity', expected a number from 1`,
    ],
    [
      'retries: {factor: two}',
      `5:25: 'factor' in meta.mlpt of stage 'a' is 'two', expected a number from 1`,
    ],
    [
      'timeout: 0',
      `5:16: 'timeout' in meta.mlpt of stage 'a' is '0', expected a duration such as 90s, 10m or 2h`,
    ],
    [
      'timeout: 0s',
      `5:16: 'timeout' in meta.mlpt of stage 'a' is '0s', expected a duration such as 90s, 10m or 2h`,
    ],
    [
      'timeout: 5 min',
      `5:16: 'timeout' in meta.mlpt of stage 'a' is '5 min', expected a duration such as 90s, 10m or 2h`,
    ],
    [
      'timeout: 1:30',
      `5:16: 'timeout' in meta.mlpt of stage 'a' is '1:30', expected a duration such as 90s, 10m or 2h`,
    ],
    [
      'timeout: {s: 1}',
      `5:16: 'timeout' in meta.mlpt of stage 'a' is a map, expected a duration such as 90s, 10m or 2h`,
    ],
    // A timer of Node fires at once from here on.
    [
      'timeout: 25d',
      `5:16: 'timeout' in meta.mlpt of stage 'a' is '25d', expected a duration such as 90s, 10m or 2h`,
    ],
    ['env: PATH=/x', `5:12: 'env' in meta.mlpt of stage 'a' is 'PATH=/x', expected a map`],
    ['env: {A-B: 1}', `5:13: 'A-B' in meta.mlpt of stage 'a' cannot be the name of a variable`],
    ['env: {1A: 1}', `5:13: '1A' in meta.mlpt of stage 'a' cannot be the name of a variable`],
    [`env: {'': 1}`, `5:13: '' in meta.mlpt of stage 'a' cannot be the name of a variable`],
    ['env: {A: [1]}', `5:16: 'env.A' in meta.mlpt of stage 'a' is a list, expected a text`],
    ['env: {A: }', `5:16: 'env.A' in meta.mlpt of stage 'a' is 'null', expected a text`],
    ['env: {A: 2024-01-01}', `5:16: 'env.A' in meta.mlpt of stage 'a' is a date, expected a text`],
    [`env: {A: "x\\0y"}`, `5:16: 'env.A' in meta.mlpt of stage 'a' has a NUL character in it`],
    ['mutex: 7', `5:14: 'mutex' in meta.mlpt of stage 'a' is '7', expected a name`],
    ['mutex: [gpu, [x]]', `5:20: 'mutex' in meta.mlpt of stage 'a' is a list, expected a name`],
    ['mutex: {gpu: 1}', `5:14: 'mutex' in meta.mlpt of stage 'a' is a map, expected a name`],
    ['jobs: 0', `5:13: 'jobs' in meta.mlpt of stage 'a' is '0', expected a whole number from 1`],
    [
      'jobs: all',
      `5:13: 'jobs' in meta.mlpt of stage 'a' is 'all', expected a whole number from 1`,
    ],
    ['limits: 1GB', `5:15: meta.mlpt of stage 'a' is '1GB', expected a map`],
    ['limits: {ram: 1GB}', `5:16: unknown key 'ram' in meta.mlpt of stage 'a'`],
    [
      'limits: {memory: 0}',
      `5:24: 'memory' in meta.mlpt of stage 'a' is '0', expected a size such as 500MB or 2GiB`,
    ],
    [
      'limits: {memory: 5gb}',
      `5:24: 'memory' in meta.mlpt of stage 'a' is '5gb', expected a size such as 500MB or 2GiB`,
    ],
    [
      'limits: {memory: 5TB}',
      `5:24: 'memory' in meta.mlpt of stage 'a' is '5TB', expected a size such as 500MB or 2GiB`,
    ],
    [
      'limits: {file_size: -1}',
      `5:27: 'file_size' in meta.mlpt of stage 'a' is '-1', expected a size such as 500MB or 2GiB`,
    ],
    [
      'limits: {cpu_time: 0}',
      `5:26: 'cpu_time' in meta.mlpt of stage 'a' is '0', expected a duration such as 90s, 10m or 2h`,
    ],
    [
      'limits: {open_files: 0}',
      `5:28: 'open_files' in meta.mlpt of stage 'a' is '0', expected a whole number from 1`,
    ],
    [
      'limits: {open_files: 1.5}',
      `5:28: 'open_files' in meta.mlpt of stage 'a' is '1.5', expected a whole number from 1`,
    ],
    ['hooks: ./notify.sh', `5:14: meta.mlpt of stage 'a' is './notify.sh', expected a map`],
    ['hooks: {done: x}', `5:15: unknown key 'done' in meta.mlpt of stage 'a'`],
    [
      'hooks: {failed: 1}',
      `5:23: 'failed' in meta.mlpt of stage 'a' is '1', expected a command or an address`,
    ],
  ] as const) {
    test(text, () =>
      assert.deepEqual(
        problemsOf(text),
        problems.map((problem) => `dvc.yaml:${problem}`),
      ),
    )
  }

  for (const mlpt of ['1', 'yes', '[]', 'null']) {
    test(`mlpt: ${mlpt}`, () => {
      assert.throws(() => readStage(`    cmd: go\n    meta: {mlpt: ${mlpt}}\n`), {
        code: 'PIPELINE_INVALID',
        message: /^dvc\.yaml:4:18: meta\.mlpt of stage 'a' is .*, expected a map$/,
      })
    })
  }

  test('comes with the right name for a mistyped one', () => {
    for (const [text, name] of [
      ['retrys: 1', 'retries'],
      ['limits: {memmory: 1GB}', 'memory'],
      ['hooks: {finish: x}', 'finished'],
      ['retries: {limits: 1}', 'limit'],
    ] as const) {
      assert.throws(() => read(text), { hint: `did you mean '${name}'?` })
    }
    assert.throws(() => read('xyzzyx: 1'), {
      hint: 'known are: retries, timeout, env, mutex, jobs, limits, hooks',
    })
  })

  test('is an error of ours, whatever stands there', () => {
    const keys = [
      'retries',
      'timeout',
      'env',
      'mutex',
      'jobs',
      'limits',
      'hooks',
      'limit',
      'memory',
    ]
    const node = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, -1, 0, 1.5, 1e300, 'x', '', '5s', '1GB', '\0'),
        fc.array(tie('node'), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom(...keys), tie('node'), { maxKeys: 3 }),
      ),
    })).node
    fc.assert(
      fc.property(node, (value) => {
        try {
          readStage(`    cmd: go\n    meta: ${JSON.stringify({ mlpt: value })}\n`)
        } catch (error) {
          assert.ok(error instanceof ToolkitError, String(error))
          assert.equal(error.code, 'PIPELINE_INVALID')
        }
      }),
    )
  })
})

function read(mlpt: string): StageSettings {
  return readStage(`    meta:\n     mlpt:\n      ${mlpt}\n    cmd: go\n`)
}

function readStage(body: string): StageSettings {
  const [settings] = stagesOf(`stages:\n  a:\n${body}`)
  return settings ?? assert.fail('no stage')
}

function stagesOf(text: string): StageSettings[] {
  const { stages } = parsePipeline({
    directory: '/repo',
    root: '/repo',
    files: [{ path: 'dvc.yaml', text }],
    readText: () => undefined,
  })
  return stages.map(({ settings }) => settings)
}

function problemsOf(mlpt: string): string[] {
  try {
    read(mlpt)
  } catch (error) {
    assert.ok(error instanceof ToolkitError, String(error))
    const problems = error.details['problems'] as readonly { readonly message: string }[]
    return problems.map(({ message }) => message)
  }
  return []
}
