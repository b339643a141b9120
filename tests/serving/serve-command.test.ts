import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { serveModel } from './serve-model.ts'
import { trainSmallModel } from './trained-model.ts'

const program = `
  import { Command } from 'commander'
  import { addServeCommand } from './src/cli/commands/serve.ts'
  import { formatError } from './src/core/errors.ts'
  const program = new Command('mlpt')
  addServeCommand(program)
  try {
    await program.parseAsync(process.argv.slice(1), { from: 'user' })
  } catch (error) {
    process.stderr.write(formatError(error))
    process.exitCode = error.exitCode ?? 70
  }
`

describe('mlpt serve', () => {
  test('serves a folder, prints a request that works, and drains when told to stop', async () => {
    await using model = await trainSmallModel('logistic')
    using child = start('serve', model.directory, '--port', '0')
    const printed = await child.until(/-d '.*'\n/)
    assert.match(printed, /^serving small \(sha256 [0-9a-f]{12}…\)\n/)
    const [, url, body] = /curl -s (\S+) .* -d '(.*)'/.exec(printed)!
    assert.ok(printed.includes(url!.replace('/predict', '/docs')))
    const answer = await fetch(url!, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body!,
    })
    const prediction = (await answer.json()) as { probability: number }
    assert.equal(answer.status, 200)
    assert.ok(prediction.probability > 0 && prediction.probability < 1)
    child.process.kill('SIGTERM')
    assert.equal(await child.exitCode, 0)
  })

  test('--json says what is served as one document', async () => {
    await using model = await trainSmallModel('boosting')
    using child = start('serve', model.directory, '--port', '0', '--json')
    const served = JSON.parse(await child.until(/\n/)) as {
      address: string
      docs: string
      model: { name: string; version: null; digest: string }
    }
    assert.deepEqual([served.model.name, served.model.version], ['small', null])
    assert.equal((await fetch(served.docs)).status, 200)
    const ready = await fetch(`${served.address}/health/ready`)
    assert.deepEqual(((await ready.json()) as { model: object }).model, served.model)
    child.process.kill('SIGINT')
    assert.equal(await child.exitCode, 0)
  })

  test('of more clients than it may have files open some are turned away, and it goes on', async () => {
    await using model = await trainSmallModel('logistic')
    const shell = ['sh', '-c', 'ulimit -n 64; exec "$0" "$@"']
    using child = startBy([...shell, process.execPath], 'serve', model.directory, '--port', '0')
    const [url] = /http:\S+(?=\/predict)/.exec(await child.until(/-d '.*'\n/))!
    const clients = Array.from({ length: 100 }, () => connect(Number(new URL(url).port)))
    const isClosed = clients.map((client) => {
      const closed = once(client.on('error', () => undefined).resume(), 'close')
      return closed.then(() => true)
    })
    await Promise.any(isClosed)
    for (const client of clients) client.destroy()
    await Promise.all(isClosed)
    const metrics = await (await fetch(`${url}/metrics`)).text()
    if (process.platform === 'linux') {
      assert.match(metrics, /^process_max_fds 64$/m)
      assert.match(metrics, /^process_open_fds \d+$/m)
    }
    child.process.kill('SIGTERM')
    assert.equal(await child.exitCode, 0)
  })

  test('the same model serves the same digest each time', async () => {
    await using first = await trainSmallModel('logistic')
    await using second = await trainSmallModel('logistic')
    const digests = await Promise.all(
      [first, second].map(async ({ directory }) => {
        using child = start('serve', directory, '--port', '0', '--json')
        return (JSON.parse(await child.until(/\n/)) as { model: { digest: string } }).model.digest
      }),
    )
    assert.equal(digests[0], digests[1])
  })

  test('a folder without a model is an error', async () => {
    using child = start('serve', '/nowhere', '--port', '0')
    assert.equal(await child.exitCode, 1)
    assert.match(child.errors(), /^error MODEL_NOT_FOUND: there is no model in '\/nowhere'/)
  })

  test('an address of a model that is none is wrong usage', async () => {
    using child = start('serve', 'models:/small', '--port', '0')
    assert.equal(await child.exitCode, 2)
    assert.match(child.errors(), /^error CLI_USAGE: 'models:\/small' is no model address/)
  })

  test('a port that is taken is an error', async () => {
    await using model = await trainSmallModel('logistic')
    await using server = await serveModel()
    using child = start('serve', model.directory, '--port', String(server.port))
    assert.equal(await child.exitCode, 1)
    assert.match(
      child.errors(),
      /error PORT_UNAVAILABLE: cannot listen on 127.0.0.1:\d+: EADDRINUSE/,
    )
  })

  for (const port of ['65536', '-1', '80a', '']) {
    test(`the port '${port}' is wrong usage`, async () => {
      using child = start('serve', '.', `--port=${port}`)
      assert.notEqual(await child.exitCode, 0)
      assert.match(child.errors(), /expected an integer from 0 to 65535/)
    })
  }
})

interface Child extends Disposable {
  readonly process: ChildProcess
  readonly exitCode: Promise<number | null>
  /** What was printed up to a match; fails when the process ends before. */
  until(pattern: RegExp): Promise<string>
  errors(): string
}

function start(...args: readonly string[]): Child {
  return startBy([process.execPath], ...args)
}

/** @param command - of Node */
function startBy([first, ...words]: readonly string[], ...args: readonly string[]): Child {
  const child = spawn(
    first!,
    [...words, '--conditions=mlpt-source', '--input-type=module', '-e', program, '--', ...args],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (errors += String(chunk)))
  const closed = once(child, 'close')
  return {
    process: child,
    exitCode: closed.then(([code]) => code as number | null),
    until: async (pattern) => {
      while (!pattern.test(output)) {
        const more = await Promise.race([once(child.stdout, 'data'), closed.then(() => undefined)])
        if (more === undefined) assert.fail(`ended with: ${errors}`)
      }
      return output
    },
    errors: () => errors,
    [Symbol.dispose]: () => {
      child.kill('SIGKILL')
    },
  }
}
