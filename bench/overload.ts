/**
 * How long requests wait that an overloaded server accepts: clients that ask again as soon as they are answered, each
 * request a millisecond of work, with a limit on the lag of the event loop and without one, in turns.
 *
 * Run on an idle machine: node --conditions=mlpt-source bench/overload.ts
 */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import type { Predictor } from '../src/core/predictor.ts'
import { quantile } from '../src/math/index.ts'
import { createServingApp, startServing } from '../src/serving/index.ts'
import { describeMachine } from './machine.ts'

const rounds = 3
/** Clients, and the limit in milliseconds. */
const loads = [
  [1, 20],
  [20, 20],
  [200, 20],
  [200, 1e9],
  [800, 20],
  [800, 1e9],
] as const

const predictor: Predictor = {
  name: 'busy',
  digest: '0'.repeat(64),
  output: { kind: 'value' },
  inputs: { a: { type: 'number' } },
  example: { a: 1 },
  predict: ({ rows }) => {
    const end = performance.now() + 1
    while (performance.now() < end) continue
    return new Float32Array(rows)
  },
}

type Answer = readonly [status: number, ms: number]

async function measure(clients: number, lagMs: number): Promise<readonly Answer[]> {
  const app = createServingApp({ predictor, overload: { lagMs, requestsInFlight: 1e9 } })
  await using server = await startServing(app, { host: '127.0.0.1', port: 0 })
  const program = `
    const { Agent, request } = require('node:http')
    const agent = new Agent({ keepAlive: true, maxSockets: ${clients} })
    const headers = { 'content-type': 'application/json' }
    const options = { port: ${server.port}, path: '/predict', method: 'POST', headers, agent }
    const answers = []
    const until = performance.now() + 3000
    const ask = () => new Promise((resolve) => {
      const start = performance.now()
      request(options, (incoming) => {
        answers.push([incoming.statusCode, performance.now() - start])
        incoming.resume().on('end', resolve)
      }).end('{"a":1}')
    })
    const client = async () => { while (performance.now() < until) await ask() }
    Promise.all(Array.from({ length: ${clients} }, client)).then(() => {
      agent.destroy()
      process.stdout.write(JSON.stringify(answers))
    })
  `
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], {
    maxBuffer: 1e8,
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the program above writes
  return JSON.parse(stdout) as Answer[]
}

function describe(answers: readonly Answer[]) {
  const accepted = answers.filter(([status]) => status === 200).map(([, ms]) => ms)
  const sorted = Float64Array.from(accepted).sort()
  const of = (share: number): number => Math.round(quantile(sorted, share) * 10) / 10
  return {
    accepted: accepted.length,
    refused: answers.length - accepted.length,
    p50Ms: of(0.5),
    p99Ms: of(0.99),
  }
}

const machine = describeMachine()
const answers = loads.map((): Answer[] => [])
for (let round = 0; round < rounds; round++) {
  for (const [i, [clients, lagMs]] of loads.entries()) {
    answers[i]!.push(...(await measure(clients, lagMs)))
  }
}
const results = loads.map(([clients, lagMs], i) => {
  const limit = { clients, lagLimitMs: lagMs === 1e9 ? null : lagMs }
  return Object.assign(limit, describe(answers[i]!))
})
const what = `requests of 1 ms, ${rounds} rounds of 3 seconds; what accepted ones waited`
const text = formatJson({ what, results, machine })
await writeFileAtomically(join(import.meta.dirname, 'results/overload.json'), text)
process.stdout.write(text)
