/**
 * How long one prediction takes over one kept-alive connection, ours and what
 * one would write in Python: FastAPI in front of scikit-learn. Both servers are
 * child processes, asked in turns by the same client.
 *
 * Run: node --conditions=mlpt-source bench/prediction-latency.ts [model folder]
 */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import { quantile } from '../src/math/index.ts'
import { openPredictor } from '../src/model/index.ts'
import { createServingApp, startServing } from '../src/serving/index.ts'

const root = join(import.meta.dirname, '..')
const rounds = 7
const requestsPerRound = 2000

/** The first line that a server prints once it listens. */
interface Announcement {
  readonly port: number
  readonly row: object
  readonly software: Readonly<Record<string, string>>
}

interface Contestant extends Announcement {
  readonly process: ChildProcess
}

/** Microseconds, except the rate. */
interface Measured {
  readonly p50Us: number
  readonly p99Us: number
  /** Of the server's process, user and system; absent where /proc is. */
  readonly cpuUsPerRequest: number | undefined
  readonly requestsPerSecond: number
}

async function compare(modelFolder: string): Promise<void> {
  const load = loadavg()[0] ?? 0
  const ours = await startOurs(modelFolder)
  const peer = await startPeer()
  try {
    const contestants = peer === undefined ? [ours] : [ours, peer]
    const measured = new Map(contestants.map((one) => [one, [] as Measured[]]))
    for (const one of contestants) await measure(one, requestsPerRound) // warm-up
    for (let round = 0; round < rounds; round++) {
      for (const one of contestants) measured.get(one)!.push(await measure(one, requestsPerRound))
    }
    await report(load, describe(ours, measured), peer && describe(peer, measured))
  } finally {
    ours.process.kill()
    peer?.process.kill()
  }
}

/** This very file, told to serve. */
function startOurs(modelFolder: string): Promise<Contestant> {
  return startServer(process.execPath, [
    '--conditions=mlpt-source',
    import.meta.filename,
    '--serve',
    modelFolder,
  ])
}

async function startPeer(): Promise<Contestant | undefined> {
  const python = join(root, '.venv/bin/python')
  if (existsSync(python)) return startServer(python, [join(root, 'bench/peers/fastapi-server.py')])
  process.stderr.write("no .venv: measured without the peer; 'make peers' installs it\n")
  return undefined
}

async function startServer(command: string, args: readonly string[]): Promise<Contestant> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface(child.stdout)) {
    return { process: child, ...parseAnnouncement(line) }
  }
  throw new Error(`${args.join(' ')} ended before it listened`)
}

function parseAnnouncement(line: string): Announcement {
  const { port, row, software }: Partial<Announcement> = JSON.parse(line)
  if (port === undefined || row === undefined || software === undefined) throw new Error(line)
  return { port, row, software }
}

async function serve(modelFolder: string): Promise<void> {
  const predictor = await openPredictor(modelFolder)
  const { port } = await startServing(createServingApp({ predictor }), {
    host: '127.0.0.1',
    port: 0,
  })
  const { example: row, inputs } = predictor
  const software = { node: process.versions.node, columns: String(Object.keys(inputs).length) }
  process.stdout.write(`${JSON.stringify({ port, row, software } satisfies Announcement)}\n`)
}

async function measure(server: Contestant, requests: number): Promise<Measured> {
  const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const message = formatRequest(server)
  const latencies = new Float64Array(requests) // milliseconds
  const cpuBefore = readCpuMs(server.process)
  const start = performance.now()
  for (let i = 0; i < requests; i++) {
    const sent = performance.now()
    await ask(socket, message)
    latencies[i] = performance.now() - sent
  }
  const elapsedMs = performance.now() - start
  const cpuAfter = readCpuMs(server.process)
  socket.destroy()
  latencies.sort()
  return {
    p50Us: 1000 * quantile(latencies, 0.5),
    p99Us: 1000 * quantile(latencies, 0.99),
    cpuUsPerRequest:
      cpuBefore === undefined || cpuAfter === undefined
        ? undefined
        : (1000 * (cpuAfter - cpuBefore)) / requests,
    requestsPerSecond: (1000 * requests) / elapsedMs,
  }
}

function formatRequest({ port, row }: Announcement): string {
  const body = JSON.stringify(row)
  return [
    'POST /predict HTTP/1.1',
    `host: 127.0.0.1:${port}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

/** Sends one request and waits for the whole answer, which must be a 200. */
function ask(socket: Socket, message: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const listen = (chunk: Buffer): void => {
      answer += chunk.toString('latin1')
      const bodyStart = answer.indexOf('\r\n\r\n') + 4
      if (bodyStart === 3) return
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(answer)?.[1])
      if (answer.length < bodyStart + length) return
      socket.off('data', listen)
      if (answer.startsWith('HTTP/1.1 200')) resolve()
      else reject(new Error(answer))
    }
    socket.on('data', listen)
    socket.write(message)
  })
}

/** User and system time of a process; Linux counts it in hundredths of a second. */
function readCpuMs({ pid }: ChildProcess): number | undefined {
  const path = `/proc/${pid}/stat`
  if (!existsSync(path)) return undefined
  const fields = readFileSync(path, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return 10 * (Number(fields[11]) + Number(fields[12]))
}

interface Described extends Measured {
  readonly software: Readonly<Record<string, string>>
}

/** The median of each number over the rounds. */
function describe(
  one: Contestant,
  measured: ReadonlyMap<Contestant, readonly Measured[]>,
): Described {
  const all = measured.get(one) ?? []
  const median = (pick: (round: Measured) => number | undefined): number =>
    Math.round(quantile(Float64Array.from(all, (round) => pick(round) ?? 0).sort(), 0.5))
  const hasCpu = all[0]?.cpuUsPerRequest !== undefined
  return {
    p50Us: median((round) => round.p50Us),
    p99Us: median((round) => round.p99Us),
    cpuUsPerRequest: hasCpu ? median((round) => round.cpuUsPerRequest) : undefined,
    requestsPerSecond: median((round) => round.requestsPerSecond),
    software: one.software,
  }
}

async function report(load: number, ours: Described, peer: Described | undefined): Promise<void> {
  const result = {
    what: 'one prediction of one row over one kept-alive connection; medians of the rounds',
    ours: { what: 'mlpt serve, the model folder through its ONNX graph', ...ours },
    peer: peer && { what: 'FastAPI, scikit-learn logistic regression, 23 columns', ...peer },
    ratioPeerToOurs: peer && {
      p50: ratio(peer.p50Us, ours.p50Us),
      p99: ratio(peer.p99Us, ours.p99Us),
      cpu: ratio(peer.cpuUsPerRequest, ours.cpuUsPerRequest),
    },
    rounds,
    requestsPerRound,
    machine: {
      cpu: cpus()[0]?.model,
      cores: availableParallelism(),
      platform: `${process.platform} ${process.arch}`,
      loadAverageAtStart: load,
    },
  }
  await writeFileAtomically(join(root, 'bench/results/prediction-latency.json'), formatJson(result))
  process.stdout.write(formatJson(result))
}

function ratio(theirs: number | undefined, ours: number | undefined): number | undefined {
  if (theirs === undefined || ours === undefined) return undefined
  return Math.round((10 * theirs) / ours) / 10
}

const [first, second] = process.argv.slice(2)
if (first === '--serve') await serve(second ?? '')
else await compare(first ?? join(root, 'models/boosting'))
