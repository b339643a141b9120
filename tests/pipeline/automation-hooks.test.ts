import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { createServer as createNetServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ToolkitError } from '../../src/core/errors.ts'
import {
  callHook,
  type HookEvent,
  type HookOptions,
} from '../../src/pipeline/automation/hook-process.ts'
import { createRunHooks, type HookPlan } from '../../src/pipeline/automation/run-hooks.ts'
import { makeFolder } from './folder.ts'

const event: HookEvent = { event: 'stage-failed', stage: 'train', message: 'no "more" memory' }

describe('a hook that is a command', () => {
  test('gets the event as JSON on its standard input', async () => {
    using folder = makeFolder({})
    const warnings = await call('cat > got.json; echo $MLPT_EVENT > kind', {
      workingFolder: folder.directory,
    })
    assert.deepEqual(warnings, [])
    assert.deepEqual(JSON.parse(folder.read('got.json')), event)
    assert.equal(folder.read('kind'), 'stage-failed\n')
  })

  test('may leave the event unread, however long it is', async () => {
    const long = { ...event, message: 'x'.repeat(1_000_000) }
    assert.deepEqual(await call('exit 0', {}, long), [])
  })

  test('that fails is reported with what it said last', async () => {
    assert.deepEqual(await call('echo one >&2; echo two >&2; exit 3'), [
      `the hook 'echo one >&2; echo two >&2; exit 3' was not told of stage-failed: it exited with 3: two`,
    ])
    assert.match((await call('kill -9 $$'))[0] ?? '', /was ended by SIGKILL/)
    using folder = makeFolder({ file: '' })
    for (const [name, code] of [
      ['gone', 'ENOENT'],
      ['file', 'ENOTDIR'],
    ] as const) {
      const [warning = ''] = await call('x', { workingFolder: join(folder.directory, name) })
      assert.match(warning, new RegExp(`it cannot be started: ${code}$`))
    }
  })

  test('that leaves something running has been told all the same', async () => {
    assert.deepEqual(await call('sleep 60 & exit 0', { timeoutMs: 30_000 }), [])
    assert.match((await call('sleep 60 & echo no >&2; exit 3'))[0] ?? '', /exited with 3: no$/)
  })

  test('that hangs is ended with all it started', async () => {
    using folder = makeFolder({})
    const warnings = await call('(sleep 0.5; touch late) & sleep 60', {
      timeoutMs: 100,
      workingFolder: folder.directory,
    })
    assert.match(warnings[0] ?? '', /took longer than 0\.1 s/)
    await new Promise((resolve) => setTimeout(resolve, 700))
    assert.throws(() => folder.read('late'), /ENOENT/)
  })
})

describe('a hook that is an address', () => {
  test('is posted the event as JSON', async () => {
    await using receiver = await listen([204])
    assert.deepEqual(await call(`${receiver.address}/hook?x=1`), [])
    const [got] = receiver.requests
    assert.deepEqual(JSON.parse(got?.body ?? ''), event)
    assert.deepEqual(
      [got?.method, got?.path, got?.headers['content-type']],
      ['POST', '/hook?x=1', 'application/json'],
    )
  })

  test('is tried again when it fails, three times at most', async () => {
    await using flaky = await listen([500, 429, 200])
    assert.deepEqual(await call(flaky.address), [])
    assert.equal(flaky.requests.length, 3)
    await using broken = await listen([503])
    assert.match((await call(broken.address))[0] ?? '', /it answered 503$/)
    assert.equal(broken.requests.length, 4)
  })

  test('is not tried again when it refuses or leads elsewhere', async () => {
    for (const status of [400, 404, 302]) {
      await using receiver = await listen([status])
      assert.match((await call(receiver.address))[0] ?? '', new RegExp(`it answered ${status}$`))
      assert.equal(receiver.requests.length, 1)
    }
  })

  test('that does not answer is given up', async () => {
    await using silent = await listen([])
    const warnings = await call(silent.address, { timeoutMs: 500, retryDelaysMs: [1] })
    assert.match(warnings[0] ?? '', /no answer within 0\.5 s$/)
    assert.equal(silent.requests.length, 2)
  })

  test('that speaks no HTTP, or hangs up, is told as that', async () => {
    for (const [said, reason] of [
      ['SSH-2.0-OpenSSH\r\n', 'HTTPParserError'],
      ['', 'UND_ERR_SOCKET'],
    ] as const) {
      const server = createNetServer((socket) => void socket.on('error', () => undefined).end(said))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const place = server.address()
      assert.ok(place !== null && typeof place === 'object')
      const [warning] = await call(`http://127.0.0.1:${place.port}/secret`, { retryDelaysMs: [] })
      server.close()
      assert.match(warning ?? '', new RegExp(`it cannot be reached \\(${reason}\\)$`))
    }
  })

  test('keeps its password, path and query to itself', async () => {
    await using receiver = await listen([403])
    const address = receiver.address.replace('//', '//ada:s%40cret@')
    const [warning = ''] = await call(`${address}/T0/secret?token=secret`)
    assert.match(
      warning,
      /the hook http:\/\/127\.0\.0\.1:\d+\/… was not told of stage-failed: it answered 403$/,
    )
    assert.ok(!warning.includes('secret') && !warning.includes('ada'))
    const login = Buffer.from('ada:s@cret').toString('base64')
    assert.equal(receiver.requests[0]?.headers.authorization, `Basic ${login}`)
    await receiver[Symbol.asyncDispose]()
    const unreachable = await call(`${address}/secret%zz`, { retryDelaysMs: [] })
    assert.match(unreachable[0] ?? '', /cannot be reached \(ECONNREFUSED\)$/)
    assert.ok(!unreachable[0]?.includes('secret'))
  })

  test('has to be http or https', async () => {
    for (const address of ['file:///etc/passwd', 'ftp://example.org/x', 'javascript://x']) {
      assert.match((await call(address))[0] ?? '', /has to begin with http:\/\/ or https:\/\//)
    }
    assert.match(
      (await call('http://127.0.0.1:25/secret'))[0] ?? '',
      /:25\/… .*: port 25 belongs to another protocol: fetch never calls it$/,
    )
    assert.match(
      (await call('http://[bad'))[0] ?? '',
      /with an address that is none .* it is no address/,
    )
  })
})

describe('the hooks of a run', () => {
  test('are told of stages as they end, and of the run at last', async () => {
    const { hooks, calls } = follow()
    const reasons = [{ kind: 'never-run' }] as const
    hooks.report({ kind: 'stage-started', stage: 'a', reasons })
    hooks.report({
      kind: 'stage-finished',
      stage: 'a',
      outcome: 'ran',
      durationMs: 5,
      reasons,
      attempts: 1,
    })
    hooks.report({
      kind: 'stage-finished',
      stage: 'b',
      outcome: 'unchanged',
      durationMs: 0,
      reasons: [],
      attempts: 0,
    })
    const error = new ToolkitError('PIPELINE_STAGE_FAILED', 'it failed', {
      details: { exitCode: 2 },
    })
    hooks.report({ kind: 'stage-failed', stage: 'c', durationMs: 7, error })
    await hooks.finish(error)
    const a = { stage: 'a', outcome: 'ran', durationMs: 5, reasons: ['it has not run yet'] }
    const c = { stage: 'c', outcome: 'failed', durationMs: 7, message: 'it failed', exitCode: 2 }
    const run = { run: 4, trigger: 'cron' }
    assert.deepEqual(calls, [
      ['finished-a', { event: 'stage-finished', ...run, ...a }],
      ['failed-c', { event: 'stage-failed', ...run, ...c }],
      [
        'run-failed',
        { event: 'run-failed', ...run, stages: [a, c], stageTimeMs: 12, message: 'it failed' },
      ],
    ])
  })

  test('are not told of a run without anything to do, or of one that was interrupted', async () => {
    const idle = follow()
    idle.hooks.report({
      kind: 'stage-finished',
      stage: 'a',
      outcome: 'unchanged',
      durationMs: 0,
      reasons: [],
      attempts: 0,
    })
    await idle.hooks.finish(undefined)
    assert.deepEqual(idle.calls, [])
    const stopped = follow()
    const error = new ToolkitError('INTERRUPTED', 'stopped')
    stopped.hooks.report({ kind: 'stage-failed', stage: 'a', durationMs: 1, error })
    await stopped.hooks.finish(error)
    assert.deepEqual(stopped.calls, [])
  })

  test('are waited for when the run ends', async () => {
    let isTold = false
    const slow = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      isTold = true
    }
    const { hooks } = follow({ call: slow })
    hooks.report({
      kind: 'stage-finished',
      stage: 'a',
      outcome: 'ran',
      durationMs: 5,
      reasons: [],
      attempts: 1,
    })
    await hooks.finish(undefined)
    assert.ok(isTold)
  })
})

function follow(changes: Partial<HookPlan> = {}): {
  readonly hooks: ReturnType<typeof createRunHooks>
  readonly calls: readonly (readonly [string, HookEvent])[]
} {
  const calls: [string, HookEvent][] = []
  const hooks = createRunHooks({
    run: { finished: 'run-finished', failed: 'run-failed' },
    hooksOf: (stage) => ({ finished: `finished-${stage}`, failed: `failed-${stage}` }),
    runId: 4,
    trigger: 'cron',
    call: async (hook, told) => void calls.push([hook, told]),
    ...changes,
  })
  return { hooks, calls }
}

/** The warnings of one call. */
async function call(
  hook: string,
  options: Partial<HookOptions> = {},
  told: HookEvent = event,
): Promise<string[]> {
  const warnings: string[] = []
  await callHook(hook, told, {
    workingFolder: '/',
    environment: process.env,
    warn: (message) => warnings.push(message),
    retryDelaysMs: [1, 1, 1],
    ...options,
  })
  return warnings
}

interface Receiver extends AsyncDisposable {
  readonly address: string
  readonly requests: readonly {
    readonly method: string | undefined
    readonly path: string | undefined
    readonly headers: IncomingHttpHeaders
    readonly body: string
  }[]
}

/** Answers with these statuses in turn, the last one for ever; without any it never answers. */
async function listen(statuses: readonly number[]): Promise<Receiver> {
  const requests: Receiver['requests'][number][] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const status = statuses[Math.min(requests.length, statuses.length - 1)]
      const { method, url: path, headers } = request
      requests.push({ method, path, headers, body: Buffer.concat(chunks).toString('utf8') })
      if (status !== undefined) response.writeHead(status, { location: '/elsewhere' }).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}
