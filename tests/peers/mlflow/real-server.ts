/** A real `mlflow server` with a database and artifacts of its own. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '../../free-port.ts'
import { openTemporaryFolder } from '../../tracking/temporary-folder.ts'
import { findPeer } from '../python.ts'

export interface RealServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly address: string
}

export const peer = findPeer('.venv', 'mlflow')

/** For Python's client: no bars, no second tries, and nothing between it and the server. */
export const clientEnvironment = {
  ...process.env,
  GIT_PYTHON_REFRESH: 'quiet',
  MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: 'false',
  MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1',
  NO_PROXY: '127.0.0.1',
}

const startSeconds = 180

/** Starts one, with one worker and without the jobs that take most of its memory; it needs 10 to 40 s. */
export async function startRealServer(): Promise<RealServer> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await openTemporaryFolder())
  const port = await findFreePort()
  const args = ['server', '--workers', '1', '--host', '127.0.0.1', '--port', String(port)]
  args.push('--backend-store-uri', `sqlite:///${join(folder.path, 'mlflow.db')}`)
  args.push('--artifacts-destination', join(folder.path, 'artifacts'))
  // A process group of its own: the workers are not children that end with their parent.
  const server = spawn(join(dirname(peer.python), 'mlflow'), args, {
    cwd: folder.path,
    detached: true,
    stdio: 'ignore',
    env: { ...clientEnvironment, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' },
  })
  const ended = once(server, 'exit')
  stack.defer(async () => {
    if (server.exitCode === null) process.kill(-server.pid!, 'SIGKILL')
    await ended
  })
  const address = `http://127.0.0.1:${port}`
  await untilHealthy(address)
  const kept = stack.move()
  return { address, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

async function untilHealthy(address: string): Promise<void> {
  for (let i = 0; i < startSeconds * 4; i++) {
    if (await isHealthy(address)) return
    await sleep(250)
  }
  throw new Error(`mlflow server did not answer within ${startSeconds} s`)
}

async function isHealthy(address: string): Promise<boolean> {
  try {
    return (await fetch(`${address}/health`)).ok
  } catch {
    return false // it does not listen yet
  }
}
