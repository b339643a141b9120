/**
 * How long push and pull of 10,000 small files to S3 on loopback take, ours beside dvc's, in turns
 * on copies of one repository and against the same server. The server is `gofakes3` where it is
 * installed, in .venv/bin or on the PATH, because it costs next to nothing: with moto, which is
 * taken else, most of the time is the server's own and the ratio tends to 1.
 *
 * Run: node --conditions=mlpt-source bench/remote.ts [--files 10000] [--rounds 3] [--server <path of gofakes3>]
 */

import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import { quantile } from '../src/math/index.ts'
import { describeMachine } from './machine.ts'
import { findFreePort } from '../tests/free-port.ts'

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    server: { type: 'string' },
  },
})
const fileCount = Number(values.files)
const rounds = Number(values.rounds)
const root = join(import.meta.dirname, '..')
const bin = join(root, '.venv/bin')
const folder = mkdtempSync(join(tmpdir(), 'mlpt-bench-remote-'))
const keys = { accessKeyId: 'key', secretAccessKey: 'secret' }
const tools = {
  ours: [process.execPath, '--conditions=mlpt-source', join(root, 'bin/mlpt.js')],
  dvc: [join(bin, 'dvc')],
} as const
type Tool = keyof typeof tools

if (!existsSync(tools.dvc[0])) throw new Error("no dvc; run 'make peers'")
const port = await findFreePort()
const endpoint = `http://127.0.0.1:${port}`
const { child, name: serverName } = startServer()
try {
  await waitForPort()
  await measureAll()
} finally {
  child.kill()
  rmSync(folder, { recursive: true, force: true })
}

async function measureAll(): Promise<void> {
  const machine = describeMachine()
  makeRepository()
  const seconds: Record<Tool, Record<'push' | 'pull', number[]>> = {
    ours: { push: [], pull: [] },
    dvc: { push: [], pull: [] },
  }
  for (let round = 0; round < rounds; round++) {
    for (const tool of ['ours', 'dvc'] as const) {
      const { push, pull } = await measureRound(tool, round)
      seconds[tool].push.push(push)
      seconds[tool].pull.push(pull)
    }
  }
  const medians = {
    ours: { push: median(seconds.ours.push), pull: median(seconds.ours.pull) },
    dvc: { push: median(seconds.dvc.push), pull: median(seconds.dvc.pull) },
  }
  const result = {
    what: 'wall seconds of push to an empty bucket, and of pull into an empty cache and work tree; medians',
    files: fileCount,
    bytesPerFile: contentOf(0).length,
    server: serverName,
    secondsOurs: medians.ours,
    secondsDvc: medians.dvc,
    ratioDvcToOurs: {
      push: round2(medians.dvc.push / medians.ours.push),
      pull: round2(medians.dvc.pull / medians.ours.pull),
    },
    rounds,
    machine,
  }
  await writeFileAtomically(join(root, 'bench/results/remote.json'), formatJson(result))
  process.stdout.write(formatJson(result))
}

/** One folder of data in the cache, as dvc makes it. */
function makeRepository(): void {
  const repository = join(folder, 'repository')
  mkdirSync(join(repository, 'data'), { recursive: true })
  for (let i = 0; i < fileCount; i++) writeFileSync(join(repository, `data/${i}.txt`), contentOf(i))
  run('dvc', ['init', '--no-scm', '-q'], repository)
  run('dvc', ['add', '-q', 'data'], repository)
}

function contentOf(index: number): string {
  return `${index}\n`.repeat(20)
}

async function measureRound(tool: Tool, round: number): Promise<{ push: number; pull: number }> {
  const bucket = `${tool}${round}`
  const client = new S3Client({
    endpoint,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: keys,
  })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  client.destroy()
  const copy = join(folder, bucket)
  cpSync(join(folder, 'repository'), copy, { recursive: true, preserveTimestamps: true })
  writeFileSync(join(copy, '.dvc/config'), configOf(bucket))
  const push = time(tool, ['push'], copy)
  // Nothing is deleted before the end: a file system is slow to make files just after many went.
  const clone = join(folder, `${bucket}-clone`)
  mkdirSync(join(clone, '.dvc'), { recursive: true })
  for (const path of ['.dvc/config', 'data.dvc']) cpSync(join(copy, path), join(clone, path))
  const pull = time(tool, ['pull'], clone)
  return { push, pull }
}

function configOf(bucket: string): string {
  return `[core]
    no_scm = True
    remote = s3
['remote "s3"']
    url = s3://${bucket}/data
    endpointurl = ${endpoint}
    access_key_id = ${keys.accessKeyId}
    secret_access_key = ${keys.secretAccessKey}
`
}

function time(tool: Tool, args: readonly string[], cwd: string): number {
  const start = performance.now()
  run(tool, args, cwd)
  return (performance.now() - start) / 1000
}

function run(tool: Tool, args: readonly string[], cwd: string): void {
  const [program, ...before] = tools[tool]
  execFileSync(program, [...before, ...args], {
    cwd,
    stdio: 'ignore',
    env: {
      ...process.env,
      DVC_NO_ANALYTICS: '1',
      // One for each folder: DVC remembers what it pushed where.
      DVC_SITE_CACHE_DIR: `${cwd}-site`,
      DVC_GLOBAL_CONFIG_DIR: folder,
      DVC_SYSTEM_CONFIG_DIR: folder,
    },
  })
}

function startServer(): { readonly child: ChildProcess; readonly name: string } {
  const gofakes3 = values.server ?? findProgram('gofakes3')
  if (gofakes3 === undefined) {
    const args = ['-H', '127.0.0.1', '-p', String(port)]
    return {
      child: spawn(join(bin, 'moto_server'), args, { stdio: 'ignore' }),
      name: 'moto_server',
    }
  }
  const args = ['-backend', 'memory', '-host', `127.0.0.1:${port}`, '-quiet']
  return { child: spawn(gofakes3, args, { stdio: 'ignore' }), name: basename(gofakes3) }
}

function findProgram(name: string): string | undefined {
  const folders = [bin, ...(process.env['PATH'] ?? '').split(delimiter)]
  return folders.map((one) => join(one, name)).find((path) => existsSync(path))
}

async function waitForPort(): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return
    } catch {
      await sleep(100)
    } finally {
      socket.destroy()
    }
  }
  throw new Error('the server did not start within 30 s')
}

function median(numbers: readonly number[]): number {
  return round2(quantile(Float64Array.from(numbers).sort(), 0.5))
}

function round2(value: number): number {
  return Math.round(value * 100) / 100
}
