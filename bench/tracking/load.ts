/** What is asked of a server, over one connection that stays open. */

import { Agent, request } from 'node:http'

export interface Client extends Disposable {
  /** The body of a POST's answer, which has to be a success. */
  post(path: string, message: object): Promise<Buffer>
}

export function connect(address: string): Client {
  const { hostname, port } = new URL(address)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    post: (path, message) => {
      const body = Buffer.from(JSON.stringify(message))
      const headers = { 'content-type': 'application/json', 'content-length': body.length }
      const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
      const options = { agent, hostname, port, method: 'POST', headers }
      const sent = request({ ...options, path: `/api/2.0/mlflow/${path}` }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const answer = Buffer.concat(chunks)
          if (response.statusCode === 200) resolve(answer)
          else reject(new Error(`${path}: ${response.statusCode} ${answer.toString('utf8')}`))
        })
      })
      sent.on('error', reject)
      sent.end(body)
      return promise
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

export async function startRun(client: Client): Promise<string> {
  const answer = await client.post('runs/create', { experiment_id: '0', start_time: 1 })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- MLflow's message, else the next call fails
  const { run } = JSON.parse(answer.toString('utf8')) as { run: { info: { run_id: string } } }
  return run.info.run_id
}

/** @returns calls per second */
export async function logOneByOne(client: Client, runId: string, count: number): Promise<number> {
  const start = performance.now()
  for (let step = 0; step < count; step++) {
    const message = { run_id: runId, key: 'm', value: step, timestamp: start | 0, step }
    await client.post('runs/log-metric', message)
  }
  return count / ((performance.now() - start) / 1000)
}

const batchSize = 1000

/** @returns metrics per second; each batch has points of ten metrics. */
export async function logBatches(client: Client, runId: string, count: number): Promise<number> {
  const start = performance.now()
  for (let batch = 0; batch < count; batch++) {
    const metrics = Array.from({ length: batchSize }, (_, i) => ({
      key: `m${i % 10}`,
      value: i / 7,
      timestamp: start | 0,
      step: batch * batchSize + i,
    }))
    await client.post('runs/log-batch', { run_id: runId, metrics })
  }
  return (count * batchSize) / ((performance.now() - start) / 1000)
}

export interface Search {
  readonly name: string
  readonly message: object
}

export const searches: readonly Search[] = [
  { name: 'firstPage', message: { max_results: 100 } },
  {
    name: 'metricFilterAndOrder',
    message: {
      max_results: 100,
      filter: 'metrics.m3 > 0.5',
      order_by: ['metrics.m7 DESC'],
    },
  },
  { name: 'all', message: { max_results: 50_000 } },
]

export interface Found {
  readonly milliseconds: number
  /** In the answer's order. */
  readonly runNames: readonly string[]
}

/** The time is without the reading of the answer as JSON. */
export async function search(
  client: Client,
  experimentId: string,
  { message }: Search,
): Promise<Found> {
  const start = performance.now()
  const answer = await client.post('runs/search', { experiment_ids: [experimentId], ...message })
  const milliseconds = performance.now() - start
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- MLflow's message; the names are compared
  const { runs } = JSON.parse(answer.toString('utf8')) as {
    runs: readonly { readonly info: { readonly run_name: string } }[]
  }
  return { milliseconds, runNames: runs.map(({ info }) => info.run_name) }
}
