import assert from 'node:assert/strict'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createTrackingServer,
  type TrackingServerOptions,
} from '../../src/tracking/server/rest-server.ts'
import { openTrackingStore, type TrackingStore } from '../../src/tracking/store/sqlite-store.ts'
import { openTemporaryFolder } from './temporary-folder.ts'

export interface ServedStore extends AsyncDisposable {
  readonly store: TrackingStore
  readonly directory: string
  /** `http://127.0.0.1:<port>` */
  readonly address: string
  /** Failures that were not the client's; a test expects none. */
  readonly failures: readonly unknown[]
}

/** A store in a fresh folder behind a real server on a free port. */
export async function openServedStore(
  options: Omit<TrackingServerOptions, 'store'> = {},
): Promise<ServedStore> {
  const folder = await openTemporaryFolder()
  const store = await openTrackingStore({ directory: folder.path })
  const failures: unknown[] = []
  const app = createTrackingServer({
    store,
    onInternalError: (error) => failures.push(error),
    ...options,
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  return {
    store,
    directory: folder.path,
    address: `http://127.0.0.1:${port}`,
    failures,
    [Symbol.asyncDispose]: async () => {
      await app.close()
      await store[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The parsed body; `undefined` when it is no JSON. */
  readonly json: any // oxlint-disable-line typescript/no-explicit-any -- tests look into any shape
}

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Sends one request as written: the path is not tidied up, as `fetch` would do. */
export async function ask(address: string, path: string, options: Ask = {}): Promise<Answer> {
  const { hostname, port } = new URL(address)
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const { method = 'GET', headers = {}, body } = options
  // Node sends no length with a DELETE, and the body would be taken for the next request.
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
  const sent = request(
    { hostname, port, path, method, headers: { ...length, ...headers } },
    (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: parse(text),
        })
      })
    },
  )
  sent.on('error', reject)
  sent.end(body)
  return promise
}

/** A POST with a JSON body. */
export function post(address: string, path: string, body: unknown): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  return ask(address, path, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** Asks MLflow's API, below its root; with a JSON body where there is one. */
export function call(
  { address }: Pick<ServedStore, 'address'>,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  return ask(address, `/api/2.0/mlflow/${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  })
}

/** An error of MLflow's shape, for a value that is none by default. */
export function assertRefused(
  { status, json, text }: Answer,
  expected = 400,
  code = 'INVALID_PARAMETER_VALUE',
): void {
  assert.deepEqual([status, json?.error_code], [expected, code], text)
}

/** What stands in an address behind the host. */
export function pathOf(url: string): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the test sees that there is no JSON
  }
}
