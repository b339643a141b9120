/** `mlpt serve` with a registry that changes under it, from its first look to its end. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openTracking } from '../../../src/tracking/client/open-tracking.ts'
import { startRun } from '../../../src/tracking/client/start-run.ts'
import { openTrackingStore } from '../../../src/tracking/index.ts'
import { writeLinearModel } from '../../linear-model.ts'
import { openTemporaryFolder } from '../../tracking/temporary-folder.ts'

const cli = fileURLToPath(new URL('../../../bin/mlpt.js', import.meta.url))

test('a server follows its alias, forth and back, through a registry that goes away', async () => {
  await using folder = await openTemporaryFolder()
  const store = join(folder.path, 'store')
  await registerVersions(store, join(folder.path, 'model'))
  await using served = start(
    'models:/credit@champion',
    '--store',
    store,
    '--follow',
    '0.1',
    '--shadow',
    'models:/credit@challenger',
  )
  const { address } = JSON.parse(await served.until('stdout', /\n/)) as { address: string }
  const version = async (): Promise<unknown> => {
    const body = JSON.stringify({ a: 3, b: 2 })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${address}/predict`, { method: 'POST', headers, body })
    const { model } = (await answer.json()) as { model: { version: string } }
    return model.version
  }
  assert.equal(await version(), '1')
  await move(store, 'champion', '2')
  await served.until('stderr', /champion: credit, version 2, after credit, version 1\n/)
  assert.equal(await version(), '2')
  await move(store, 'challenger', '3')
  await served.until('stderr', /shadow: credit, version 3\n/)

  await rename(store, `${store}-away`)
  await served.until('stderr', /champion: the registry does not answer, .*no tracking store/)
  assert.equal(await version(), '2')
  await rename(`${store}-away`, store)
  // It would wait for a while yet.
  served.hangUp()
  await served.until('stderr', /champion: the registry answers again\n/)

  const [, command] = /```sh\nmlpt (models rollback .*)\n```/.exec(
    readFileSync('docs/rollout.md', 'utf8'),
  )!
  const mlpt = `"${process.execPath}" --conditions=mlpt-source "${cli}"`
  const rolledBack = spawn('sh', ['-c', `${mlpt} ${command!} --store "${store}"`])
  assert.deepEqual(await once(rolledBack, 'close'), [0, null])
  await served.until('stderr', /champion: credit, version 1, after credit, version 2\n/)
  assert.equal(await version(), '1')

  // A machine that loses power in the midst of it serves what the alias names when it is back.
  await served.kill()
  await using again = start('models:/credit@champion', '--store', store)
  const { model } = JSON.parse(await again.until('stdout', /\n/)) as { model: object }
  assert.equal((model as { version: string }).version, '1')
})

async function registerVersions(store: string, model: string): Promise<void> {
  await writeLinearModel(model)
  await using tracking = await openTracking(store)
  await using run = await startRun(tracking, { context: false, systemMetrics: false })
  for (let version = 1; version <= 3; version++) {
    await run.logModel({ name: 'm', model, registeredName: 'credit' })
  }
  await move(store, 'champion', '1')
}

async function move(directory: string, alias: string, version: string): Promise<void> {
  await using store = await openTrackingStore({ directory })
  await store.setModelAlias('credit', alias, { version, timestamp: 1 })
}

interface Served extends AsyncDisposable {
  until(name: 'stdout' | 'stderr', pattern: RegExp): Promise<string>
  hangUp(): void
  kill(): Promise<void>
}

function start(...args: readonly string[]): Served {
  const child = spawn(
    process.execPath,
    ['--conditions=mlpt-source', cli, 'serve', ...args, '--port', '0', '--json'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const text = { stdout: '', stderr: '' }
  const closed = once(child, 'close')
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => (text[name] += String(chunk)))
  }
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await closed
  }
  return {
    until: async (name, pattern) => {
      while (!pattern.test(text[name])) {
        const more = await Promise.race([once(child[name], 'data'), closed.then(() => undefined)])
        if (more === undefined) assert.fail(`ended with: ${text.stderr}`)
      }
      return text[name]
    },
    hangUp: () => void child.kill('SIGHUP'),
    kill,
    [Symbol.asyncDispose]: kill,
  }
}
