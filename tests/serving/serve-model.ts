/** A hand-made model behind a real socket. */

import assert from 'node:assert/strict'
import { request } from 'node:http'
import type { Predictor } from '../../src/core/predictor.ts'
import {
  createServingApp,
  startServing,
  type ListenOptions,
  type RunningServer,
  type ServingOptions,
} from '../../src/serving/index.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The parsed body. */
  readonly json: Readonly<Record<string, unknown>>
}

export interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export interface Served extends RunningServer {
  /** Sends one request on a connection of its own. */
  send(path: string, sent?: Sent): Promise<Answer>
  /** Posts JSON: text as it is, anything else encoded. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
}

/**
 * A row, and the probability the model gives it:
 * age / 200 + (late ? 0.25 : 0) + (town 3: 0.25), debt missing: 0, else debt / 1e40 (that is, 0).
 */
export const row = { age: 50, debt: 12.5, late: true, town: 3 }
export const rowProbability = 0.75 // 50 / 200 + 0.25 + 0.25

export const predictor: Predictor = {
  name: 'loans',
  digest: 'ab'.repeat(32),
  output: { kind: 'probability' },
  inputs: {
    age: { type: 'integer', min: 18, max: 100, description: 'years' },
    debt: { type: 'number', nullable: true },
    late: { type: 'boolean' },
    town: { type: 'category', levels: [-1, 0, 3, 8] },
  },
  example: { age: 40, debt: null, late: 0, town: 8 }, // 40 / 200 = 0.2
  predict: ({ rows, columns, values }) =>
    Float32Array.from({ length: rows }, (_, r) => {
      const [age, , late, town] = values.subarray(r * columns, (r + 1) * columns)
      return age! / 200 + late! * 0.25 + (town === 3 ? 0.25 : 0)
    }),
}

/** Serves the model on a free port until its scope ends. */
export async function serveModel(
  options: Partial<ServingOptions> & Pick<Partial<ListenOptions>, 'drainLimitMs'> = {},
): Promise<Served> {
  const app = createServingApp({ predictor, ...options })
  const server = await startServing(app, { host: '127.0.0.1', port: 0, ...options })
  const send: Served['send'] = (path, sent) => sendRequest(server.port, path, sent)
  return {
    ...server,
    send,
    post: (path, body, headers) =>
      send(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  }
}

export function sendRequest(port: number, path: string, sent: Sent = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = sent
    const outgoing = request(
      { host: '127.0.0.1', port, path, method, headers, agent: false },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('error', reject)
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const type = incoming.headers['content-type'] ?? ''
          const json =
            /^[[{]/.test(text) && /json/.test(type) ? (JSON.parse(text) as Answer['json']) : {}
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** A problem document of this status and code, with an id and no stack. Returns the answer for more. */
export function assertProblem(answer: Answer, status: number, code: string): Answer {
  assert.equal(answer.status, status, answer.text)
  assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
  assert.equal(answer.json['status'], status)
  assert.equal(answer.json['code'], code)
  assert.equal(answer.json['requestId'], answer.headers['x-request-id'])
  assert.doesNotMatch(answer.text, /\.ts:|node:internal|\bat \w+ \(/)
  return answer
}

/** Fails unless it is an error as the Open Inference Protocol answers one. */
export function assertError(answer: Answer, status: number, error: RegExp): void {
  assert.equal(answer.status, status, answer.text)
  assert.match(String(answer.headers['content-type']), /^application\/json/)
  assert.deepEqual(Object.keys(answer.json), ['error'])
  assert.match(String(answer.json['error']), error)
}
