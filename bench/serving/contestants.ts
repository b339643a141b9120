/** Servers of the same model: ours, and what one would run instead. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { findFreePort } from '../../tests/free-port.ts'

const root = join(import.meta.dirname, '../..')

/** How to start a server on a port, and what to ask it. */
export interface Contestant {
  readonly name: string
  readonly what: string
  readonly command: (port: number) => readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly directory?: string
  readonly readyPath: string
  readonly path: string
  readonly body: (row: object) => unknown
  /** A file without which it is skipped, and how to get it. */
  readonly needs?: readonly [file: string, hint: string]
}

/** Folders with the model in the forms that servers take. */
export interface ModelPlaces {
  /** A model folder of MLflow's. */
  readonly model: string
  readonly package: string
  readonly bento: string
  readonly scratch: string
}

const plain = {
  readyPath: '/health/ready',
  path: '/predict',
  body: (row: object): object => row,
} as const

/** All of them, ours first. */
export function listContestants(places: ModelPlaces): readonly Contestant[] {
  return [...nodeServers(places), ...fastApis(places), ...platforms(places)]
}

function nodeServers({ model, package: packaged, scratch }: ModelPlaces): readonly Contestant[] {
  const log = ['--prediction-log', join(scratch, 'predictions')]
  const node = process.execPath
  /** As it is installed: built, without the sources. */
  const mlpt = [node, join(root, 'bin/mlpt.js')]
  const echo = join(root, 'bench/serving/fastify-echo.ts')
  return [
    {
      name: 'mlpt serve',
      what: 'everything on: validation, metrics, ids, prediction log',
      command: (port) => [...mlpt, 'serve', model, '--port', String(port), ...log],
      ...plain,
    },
    {
      name: 'mlpt package',
      what: 'node server.js, without a prediction log',
      command: (port) => [node, join(packaged, 'server.js'), '--port', String(port)],
      ...plain,
    },
    {
      name: 'Fastify echo',
      what: 'parses the same body and sends it back',
      command: (port) => [node, echo, String(port)],
      ...plain,
      readyPath: '/',
    },
  ]
}

const python = join(root, '.venv/bin/python')
const needsPython = [python, 'make peers'] as const

function fastApis({ model }: ModelPlaces): readonly Contestant[] {
  const script = join(root, 'bench/peers/serve-trees.py')
  const fastApi = { ...plain, readyPath: '/docs', needs: needsPython }
  return [
    {
      name: 'FastAPI + scikit-learn',
      what: 'HistGradientBoostingClassifier of as many trees and leaves, one uvicorn worker',
      command: (port) => [python, script, 'scikit-learn', model, String(port)],
      // Threads for the trees of one row would only wait for each other, a hundred times as long where other work is done.
      environment: { OMP_NUM_THREADS: '1' },
      ...fastApi,
    },
    {
      name: 'FastAPI + onnxruntime',
      what: 'the same ONNX file, one uvicorn worker',
      command: (port) => [python, script, 'onnxruntime', model, String(port)],
      ...fastApi,
    },
  ]
}

function platforms({ model, bento, scratch }: ModelPlaces): readonly Contestant[] {
  const bentoml = join(root, '.venv-bento/bin/bentoml')
  const mlflow = [python, '-m', 'mlflow', 'models', 'serve', '-m', model]
  const local = ['--env-manager', 'local', '--workers', '1', '--host', '127.0.0.1', '--port']
  return [
    {
      name: 'mlflow models serve',
      what: 'the same model folder, one worker',
      command: (port) => [...mlflow, ...local, String(port)],
      environment: { PATH: `${join(root, '.venv/bin')}:${process.env['PATH'] ?? ''}` },
      needs: needsPython,
      readyPath: '/ping',
      path: '/invocations',
      body: (row) => ({ dataframe_records: [row] }),
    },
    {
      name: 'BentoML',
      what: 'mlpt package --bento, one worker',
      command: (port) => [bentoml, 'serve', '--host', '127.0.0.1', '--port', String(port)],
      environment: { BENTOML_HOME: join(scratch, 'bentoml'), BENTOML_DO_NOT_TRACK: 'True' },
      directory: bento,
      needs: [bentoml, 'make peers'],
      readyPath: '/readyz',
      path: '/predict_rows',
      body: (row) => ({ rows: [row] }),
    },
  ]
}

/** A server that listens. */
export interface RunningContestant extends AsyncDisposable {
  readonly contestant: Contestant
  readonly pid: number
  readonly port: number
  /** From its start until it was ready. */
  readonly readyMs: number
}

/** Starts a server and waits until it is ready; `undefined` where its library is not installed. */
export async function startContestant(
  contestant: Contestant,
): Promise<RunningContestant | undefined> {
  const { needs } = contestant
  if (needs !== undefined && !existsSync(needs[0])) return undefined
  const port = await findFreePort()
  const [program = '', ...words] = contestant.command(port)
  const start = performance.now()
  const child = spawn(program, words, {
    cwd: contestant.directory,
    env: { ...process.env, NODE_OPTIONS: '', ...contestant.environment },
    stdio: ['ignore', 'ignore', process.env['BENCH_VERBOSE'] === undefined ? 'ignore' : 'inherit'],
    detached: true,
  })
  while (!(await isReady(port, contestant.readyPath))) {
    if (child.exitCode !== null) throw new Error(`${contestant.name} ended (${child.exitCode})`)
    await setTimeout(3)
  }
  const readyMs = performance.now() - start
  return { contestant, pid: child.pid!, port, readyMs, [Symbol.asyncDispose]: () => stop(child) }
}

/** With all that it started: mlflow's and BentoML's workers would outlive it. */
async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  process.kill(-child.pid!, 'SIGTERM')
  const limit = globalThis.setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), 5000)
  await ended
  clearTimeout(limit)
}

function isReady(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (answer) => {
      answer.resume()
      resolve((answer.statusCode ?? 500) < 500)
    }).on('error', () => resolve(false))
  })
}
