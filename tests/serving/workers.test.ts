import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rename } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { trainSmallModel } from './trained-model.ts'

describe('mlpt serve --workers 2', () => {
  test('one port, one answer to /metrics; a worker that dies is replaced, once there is a model; all drain, and one that does not hear is ended', async () => {
    await using model = await trainSmallModel('logistic')
    await using served = start(
      'serve',
      model.directory,
      '--port',
      '0',
      '--workers',
      '2',
      '--drain-timeout-ms',
      '100',
    )
    const printed = await served.untilOutput(/-d '.*'\n/)
    const [, address, body] = /curl -s (\S+)\/predict .* -d '(.*)'/.exec(printed)!
    await served.untilError(/worker (\d+) listens\n[^]*worker \d+ listens\n/)
    const [, pid] = /worker (\d+) listens/.exec(served.errors())!
    for (let request = 0; request < 6; request++) await predict(address!, body!)
    const metrics = await (await fetch(`${address!}/metrics`)).text()
    assert.match(metrics, /^mlpt_inference_rows_total 6$/m)
    assert.match(metrics, /^mlpt_model_info\{.*\} 1$/m)
    process.kill(Number(pid), 'SIGSTOP')
    // Of two connections one at least reaches the worker that goes on.
    const ask = async (): Promise<number> => {
      const headers = { connection: 'close' }
      const signal = AbortSignal.timeout(20_000)
      return (await fetch(`${address!}/metrics`, { headers, signal })).status
    }
    assert.equal(await Promise.any([ask(), ask()]), 503)
    await rename(model.directory, `${model.directory}-away`)
    process.kill(Number(pid), 'SIGKILL')
    await served.untilError(
      /ended \(SIGKILL\)[^]*MODEL_NOT_FOUND[^]*ended \(exit code 1\), replacing/,
    )
    await predict(address!, body!)
    await rename(`${model.directory}-away`, model.directory)
    await served.untilError(/worker \d+ ended \(exit code 1\), replacing it\nworker \d+ listens\n/)
    await predict(address!, body!)
    const heard = served.errors().match(/(?<=worker )\d+(?= listens)/g)
    process.kill(Number(heard!.at(-1)), 'SIGSTOP')
    served.stop()
    assert.equal(await served.exitCode, 0)
  })

  test('a model that is not there is said once, with its exit code', async () => {
    await using served = start('serve', '/nowhere', '--port', '0', '--workers', '2')
    assert.equal(await served.exitCode, 1)
    assert.equal(served.errors().match(/MODEL_NOT_FOUND/g)?.length, 1)
  })
})

async function predict(address: string, body: string): Promise<void> {
  const headers = { 'content-type': 'application/json', connection: 'close' }
  const answer = await fetch(`${address}/predict`, { method: 'POST', headers, body })
  assert.equal(answer.status, 200)
}

interface Served extends AsyncDisposable {
  readonly exitCode: Promise<number | null>
  stop(): void
  /** What was printed up to a match; fails when the process ends before. */
  untilOutput(pattern: RegExp): Promise<string>
  untilError(pattern: RegExp): Promise<string>
  errors(): string
}

function start(...args: readonly string[]): Served {
  const child = spawn(
    process.execPath,
    [
      '--conditions=mlpt-source',
      fileURLToPath(new URL('../../bin/mlpt.js', import.meta.url)),
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const text = { stdout: '', stderr: '' }
  const closed = once(child, 'close').then(([code]) => code as number | null)
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => (text[name] += String(chunk)))
  }
  const until = async (name: 'stdout' | 'stderr', pattern: RegExp): Promise<string> => {
    while (!pattern.test(text[name])) {
      const more = await Promise.race([once(child[name], 'data'), closed])
      if (!Array.isArray(more)) assert.fail(`ended with: ${text.stderr}`)
    }
    return text[name]
  }
  return {
    exitCode: closed,
    stop: () => void child.kill('SIGTERM'),
    untilOutput: (pattern) => until('stdout', pattern),
    untilError: (pattern) => until('stderr', pattern),
    errors: () => text.stderr,
    [Symbol.asyncDispose]: async () => {
      // Workers end when the one that started them does.
      child.kill('SIGKILL')
      await closed
    },
  }
}
