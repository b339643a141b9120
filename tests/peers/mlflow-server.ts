/** A real `mlflow server` with an empty SQLite database, on a free port of this machine. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { openTemporaryFolder } from '../tracking/temporary-folder.ts'
import type { Peer } from './python.ts'

export interface MlflowServer extends AsyncDisposable {
  readonly uri: string
  /** Of its own; goes away with it. */
  readonly folder: string
}

export interface MlflowServerOptions {
  /** Where artifacts lie; a folder of its own by default. */
  readonly artifacts?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** @throws when it is not ready in two minutes, with what it has said */
export async function startMlflowServer(
  peer: Peer,
  { artifacts, environment = {} }: MlflowServerOptions = {},
): Promise<MlflowServer> {
  const folder = await openTemporaryFolder()
  const uri = `http://127.0.0.1:${await findFreePort()}`
  const flags = serverArguments(uri, folder.path, artifacts)
  const server = spawn(join(dirname(peer.python), 'mlflow'), flags, {
    env: { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // With its workers it is one group, which ends together.
    detached: true,
  })
  let log = ''
  server.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()))
  server.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const exited = once(server, 'exit')
  const stop = async (): Promise<void> => {
    if (server.exitCode === null) process.kill(-server.pid!, 'SIGKILL')
    await exited
    await folder[Symbol.asyncDispose]()
  }
  for (let tries = 0; tries < 1200; tries++) {
    if (server.exitCode !== null) break
    if (await isReady(uri)) return { uri, folder: folder.path, [Symbol.asyncDispose]: stop }
    await wait(100)
  }
  await stop()
  throw new Error(`mlflow server did not start:\n${log}`)
}

function serverArguments(
  uri: string,
  folder: string,
  artifacts = join(folder, 'artifacts'),
): string[] {
  const flags = {
    host: '127.0.0.1',
    port: new URL(uri).port,
    workers: '1',
    'backend-store-uri': `sqlite:///${folder}/mlflow.db`,
    'artifacts-destination': artifacts,
  }
  return ['server', ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)]
}

async function findFreePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function isReady(uri: string): Promise<boolean> {
  try {
    return (await fetch(`${uri}/health`)).ok
  } catch {
    return false // nobody listens yet
  }
}
