/** HTTP as a tracking server wants it: keep-alive, time-outs, repeated tries, errors as ours. */

import { randomInt } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { setTimeout as wait } from 'node:timers/promises'
import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import { packageVersion } from '../../core/version.ts'
import { toTrackingError } from './error-answer.ts'
import { defaultRetries, retryDelayMs, type Failure, type RetryOptions } from './retry-delay.ts'

/** A message of the server: its fields in snake_case. */
export type Message = Readonly<Record<string, unknown>>

export interface ConnectionOptions {
  /** `https://host:port/prefix`; a user and password in it are used and told to nobody. */
  readonly uri: string
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined
  /** Sent with the password as `Authorization: Basic`. */
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** For each try, from the request to the end of the answer; 120,000 by default. */
  readonly timeoutMs?: number
  readonly retries?: Partial<RetryOptions>
  /** Ends what is under way, and all that follows. */
  readonly signal?: AbortSignal | undefined
}

/** One call of the JSON API. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the API's root: `runs/create`. */
  readonly path: string
  /** Goes into the query of a GET, into the body of the others; `undefined` members are left out. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Whether doing it twice is the same as once; true by default. */
  readonly isRepeatable?: boolean
}

/** An exchange of bytes. */
export interface Transfer {
  readonly method: 'GET' | 'PUT'
  /** The whole address. */
  readonly address: string
  /** A stream is sent once: it cannot be repeated. */
  readonly content?: Uint8Array | Readable
}

export interface Connection {
  /** Without user, password and trailing slash. */
  readonly uri: string
  /** @throws {ToolkitError} as the server says; `TRACKING_SERVER_FAILED` when it does not answer. */
  call(call: Call): Promise<Message>
  transfer(transfer: Transfer): Promise<Answer>
}

export interface Answer {
  readonly sizeBytes: number | undefined
  /** To be read or destroyed. */
  readonly content: Readable
}

const apiRoot = 'api/2.0/mlflow'
const defaultTimeoutMs = 120_000

/** @throws {ToolkitError} `TRACKING_INVALID` when the URI is no address of HTTP. */
export function openConnection(options: ConnectionOptions): Connection {
  const place = parseServerUri(options.uri)
  const exchange = createExchange(options, {
    uri: place.uri,
    value: authorization(options, place),
  })
  return {
    uri: place.uri,
    call: async (call) => readMessage(place.uri, await exchange(toRequest(place.uri, call))),
    transfer: async ({ method, address, content }) => {
      const answer = await exchange({
        method,
        address,
        body: content,
        headers: content === undefined ? {} : { 'content-type': 'application/octet-stream' },
        isRepeatable: !(content instanceof Readable),
        isStreamed: true,
      })
      const length = answer.headers.get('content-length')
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same class under two names
      const body = answer.body as ReadableStream | null
      return {
        sizeBytes: length === null || answer.headers.has('content-encoding') ? undefined : +length,
        content: body === null ? Readable.from([]) : Readable.fromWeb(body),
      }
    },
  }
}

interface ServerPlace {
  readonly uri: string
  readonly username: string
  readonly password: string
}

function parseServerUri(text: string): ServerPlace {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ToolkitError(
      'TRACKING_INVALID',
      `'${hideSecrets(text)}' is no address of a tracking server`,
      {
        hint: 'write http://host:port or https://host/prefix',
      },
    )
  }
  return {
    uri: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  }
}

function hideSecrets(uri: string): string {
  return uri.replace(/\/\/[^/@]*@/, '//')
}

function authorization(options: ConnectionOptions, place: ServerPlace): string | undefined {
  const { token, username = place.username, password = place.password } = options
  if (token !== undefined && token !== '') return `Bearer ${token}`
  if (username === '' && password === '') return undefined
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

interface Request {
  readonly method: string
  readonly address: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | Readable | undefined
  readonly isRepeatable: boolean
  /** The time-out ends with the head of the answer: a large file may take its time. */
  readonly isStreamed: boolean
}

function toRequest(uri: string, call: Call): Request {
  const address = `${uri}/${apiRoot}/${call.path}`
  const common = { method: call.method, isRepeatable: call.isRepeatable ?? true, isStreamed: false }
  if (call.method === 'GET') {
    const query = formatQuery(call.fields)
    return { ...common, address: `${address}${query}`, headers: {}, body: undefined }
  }
  const headers = { 'content-type': 'application/json' }
  return { ...common, address, headers, body: JSON.stringify(call.fields) }
}

/** Lists repeat their key. */
function formatQuery(fields: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    for (const item of Array.isArray(value) ? value : [value]) query.append(name, String(item))
  }
  return query.size === 0 ? '' : `?${query.toString()}`
}

interface Credentials {
  /** Of the server that they are for. */
  readonly uri: string
  /** The header. */
  readonly value: string | undefined
}

type Exchange = (request: Request) => Promise<Response>

function createExchange(options: ConnectionOptions, credentials: Credentials): Exchange {
  const retries = { ...defaultRetries, ...options.retries }
  const { signal } = options
  return async (request) => {
    for (let attempt = 0; ; attempt++) {
      const outcome = await tryOnce(request, options, credentials)
      if (outcome.answer !== undefined) return outcome.answer
      const draw = randomInt(1000) / 1000
      const { isRepeatable } = request
      const delayMs = retryDelayMs(outcome.failure, { isRepeatable, attempt, draw }, retries)
      if (delayMs === undefined) throw outcome.error
      await wait(delayMs, undefined, { signal }).catch((cause: unknown) => {
        throw interrupted(request, cause)
      })
    }
  }
}

/** Artifacts may lie on another server: what this one is told is none of its business. */
function credentialsFor(address: string, { uri, value }: Credentials): Record<string, string> {
  const isOwn = new URL(address).origin === new URL(uri).origin
  return value === undefined || !isOwn ? {} : { authorization: value }
}

type Outcome =
  | { readonly answer: Response }
  | { readonly answer?: undefined; readonly failure: Failure; readonly error: ToolkitError }

async function tryOnce(
  request: Request,
  options: ConnectionOptions,
  credentials: Credentials,
): Promise<Outcome> {
  using deadline = openDeadline(options)
  try {
    const init = {
      method: request.method,
      headers: {
        'user-agent': `ml-pipeline-toolkit/${packageVersion}`,
        ...request.headers,
        ...credentialsFor(request.address, credentials),
      },
      body: toBody(request.body),
      duplex: 'half',
      redirect: 'error' as const,
      signal: deadline.signal,
    }
    const answer = await fetch(request.address, init)
    if (answer.status === 200 || answer.status === 204) {
      // The rest of a JSON answer counts against the same time; a file may take longer.
      return { answer: request.isStreamed ? answer : await buffered(answer) }
    }
    const { status } = answer
    const failure = {
      kind: 'status',
      status,
      retryAfter: answer.headers.get('retry-after'),
    } as const
    return {
      failure,
      error: toTrackingError({ ...describe(request), status, body: await answer.text() }),
    }
  } catch (cause) {
    if (options.signal?.aborted === true) throw interrupted(request, cause)
    return brokenOutcome(request, cause, deadline.signal.aborted)
  }
}

/** A body that is read whole, as an answer again. */
async function buffered(answer: Response): Promise<Response> {
  return new Response(answer.status === 204 ? null : await answer.arrayBuffer(), answer)
}

function toBody(body: Request['body']): NonNullable<RequestInit['body']> | null {
  if (body === undefined) return null
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what fetch takes, under the names of other declarations
  return (body instanceof Readable ? Readable.toWeb(body) : body) as NonNullable<
    RequestInit['body']
  >
}

interface Deadline extends Disposable {
  readonly signal: AbortSignal
}

function openDeadline({ timeoutMs = defaultTimeoutMs, signal }: ConnectionOptions): Deadline {
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(), timeoutMs)
  return {
    signal: signal === undefined ? timeout.signal : AbortSignal.any([timeout.signal, signal]),
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}

function brokenOutcome(request: Request, cause: unknown, isLate: boolean): Outcome {
  const code = systemCodeOf(cause)
  const isRefused = code === 'ECONNREFUSED' || code === 'ENOTFOUND'
  const { method, address } = describe(request)
  const what = isLate
    ? 'did not answer in time'
    : `could not be reached: ${code ?? messageOf(cause)}`
  return {
    failure: { kind: isRefused ? 'refused' : 'broken' },
    error: new ToolkitError('TRACKING_SERVER_FAILED', `${method} ${address} ${what}`, {
      hint: 'check that the tracking server runs at this address',
      details: { method, address, code },
      cause,
    }),
  }
}

/** What fetch failed of lies in the cause of its error, or of one below. */
function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return systemCodeOf(error.cause)
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

function interrupted(request: Request, cause: unknown): ToolkitError {
  const { method, address } = describe(request)
  return new ToolkitError('INTERRUPTED', `${method} ${address} was interrupted`, { cause })
}

function describe({ method, address }: Request): { method: string; address: string } {
  return { method, address: hideSecrets(address.replace(/\?.*/s, '')) }
}

async function readMessage(uri: string, answer: Response): Promise<Message> {
  const text = await answer.text()
  if (text.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined // said below
  }
  if (isObject(value)) return value
  throw new ToolkitError(
    'TRACKING_SERVER_FAILED',
    `${uri} answered something that is no JSON object: ${text.slice(0, 100)}`,
    {
      hint: 'check that the tracking URI is that of an MLflow server, with its path prefix',
      details: { address: uri },
    },
  )
}
