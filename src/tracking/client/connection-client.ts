/** HTTP as a tracking server wants it: keep-alive, time-outs, repeated tries, errors as ours. */

import { randomInt } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { ToolkitError } from '../../core/errors.ts'
import { isObject, parseJsonText } from '../../core/json.ts'
import { packageVersion } from '../../core/version.ts'
import { toTrackingError } from './error-answer.ts'
import { isIdleError, openHttpSender, type HttpRequest, type HttpSender } from './http-client.ts'
import { defaultRetries, retryDelayMs, type Failure, type RetryOptions } from './retry-delay.ts'
import {
  authorization,
  credentialsFor,
  hideSecrets,
  parseServerUri,
  type Credentials,
  type GivenCredentials,
} from './server-address.ts'

/** A message of the server: its fields in snake_case. */
export type Message = Readonly<Record<string, unknown>>

export interface ConnectionOptions extends GivenCredentials {
  /** `https://host:port/prefix`; a user and password in it are used and told to nobody. */
  readonly uri: string
  /**
   * For each try, from the request to the end of the answer; for files, which take as long as they are large, without
   * anything sent or received. 120,000 by default.
   */
  readonly timeoutMs?: number
  readonly retries?: Partial<RetryOptions>
  /** Ends what is under way, and all that follows. */
  readonly signal?: AbortSignal | undefined
}

/**
 * One call of the JSON API.
 *
 * @param path - below the API's root: `runs/create`; a whole address for what stands elsewhere
 * @param fields - go into the query of a GET, into the body of the others; `undefined` members are left out
 * @throws {ToolkitError} as the server says; `TRACKING_SERVER_FAILED` when it does not answer.
 */
export type Ask = (
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  fields?: Message,
) => Promise<Message>

/** An exchange of bytes. */
export interface Transfer {
  readonly method: 'GET' | 'PUT'
  /** The whole address. */
  readonly address: string
  /** For content: bytes, unless something else is said. */
  readonly headers?: Readonly<Record<string, string>>
  /** A stream is sent once: it cannot be repeated. */
  readonly content?: Uint8Array | Readable
}

export interface Connection extends Disposable {
  /** Without user, password and trailing slash. */
  readonly uri: string
  /** For what may be done twice. */
  readonly ask: Ask
  /** For what would do its work twice, or find it done and refuse. */
  readonly askOnce: Ask
  /** @throws {ToolkitError} as {@link Ask} */
  transfer(transfer: Transfer): Promise<Answer>
}

export interface Answer {
  readonly sizeBytes: number | undefined
  /** As it came, with its quotes. */
  readonly etag: string | undefined
  /** To be read or destroyed. */
  readonly content: Readable
}

const apiRoot = 'api/2.0/mlflow'
const defaultTimeoutMs = 120_000

/** @throws {ToolkitError} `TRACKING_INVALID` when the URI is no address of HTTP. */
export function openConnection(options: ConnectionOptions): Connection {
  const place = parseServerUri(options.uri)
  const sender = openHttpSender()
  const exchange = createExchange(sender, options, {
    uri: place.uri,
    value: authorization(options, place),
  })
  return {
    uri: place.uri,
    ask: createAsking(place.uri, exchange, true),
    askOnce: createAsking(place.uri, exchange, false),
    transfer: async ({ method, address, content, headers }) => {
      const bytes = { 'content-type': 'application/octet-stream' }
      const request = {
        method,
        address,
        body: content,
        headers: headers ?? (content === undefined ? {} : bytes),
        isRepeatable: !(content instanceof Readable),
      }
      const idleLimitMs = content && (options.timeoutMs ?? defaultTimeoutMs)
      const answer = await exchange({ ...request, idleLimitMs }, async (head) => head)
      const length = answer.headers['content-length']
      const sizeBytes = length === undefined ? undefined : Number(length)
      return { sizeBytes, etag: answer.headers.etag, content: nameBreaks(request, answer) }
    },
    [Symbol.dispose]: () => sender[Symbol.dispose](),
  }
}

interface Request extends HttpRequest {
  readonly isRepeatable: boolean
}

function createAsking(uri: string, exchange: Exchange, isRepeatable: boolean): Ask {
  return async (method, path, fields = {}) => {
    const place = /^https?:/.test(path) ? path : `${uri}/${apiRoot}/${path}`
    const isGet = method === 'GET'
    const request = {
      method,
      address: isGet ? `${place}${formatQuery(fields)}` : place,
      headers: isGet ? {} : { 'content-type': 'application/json' },
      body: isGet ? undefined : JSON.stringify(fields),
      isRepeatable,
    }
    const answer = await exchange(request, async (head) => ({
      status: head.statusCode,
      text: await readText(head),
    }))
    // 204 says that there is nothing to tell; as the answer to a search, nothing would be read as no runs.
    return answer.status === 204 ? {} : parseMessage(place, answer.text)
  }
}

/** Lists repeat their key. */
function formatQuery(fields: Message): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    for (const item of Array.isArray(value) ? value : [value]) query.append(name, String(item))
  }
  return query.size === 0 ? '' : `?${query.toString()}`
}

/** @param read - takes what it wants of an answer; up to its end the time counts */
type Exchange = <T>(request: Request, read: (answer: IncomingMessage) => Promise<T>) => Promise<T>

function createExchange(
  sender: HttpSender,
  options: ConnectionOptions,
  credentials: Credentials,
): Exchange {
  const retries = { ...defaultRetries, ...options.retries }
  const { signal } = options
  return async (request, read) => {
    const headers = {
      'user-agent': `ml-pipeline-toolkit/${packageVersion}`,
      ...request.headers,
      ...credentialsFor(request.address, credentials),
    }
    for (let attempt = 0; ; attempt++) {
      if (!request.isRepeatable) await noticeClosed()
      const outcome = await tryOnce({ ...request, headers }, { sender, read, options })
      if (outcome.kind === 'done') return outcome.value
      const draw = randomInt(1000) / 1000
      const { isRepeatable } = request
      const delayMs = retryDelayMs(outcome.failure, { isRepeatable, attempt, draw }, retries)
      if (delayMs === undefined) throw outcome.describe(attempt + 1)
      await wait(delayMs, undefined, { signal }).catch((cause: unknown) => {
        throw interrupted(request, cause)
      })
    }
  }
}

/**
 * What servers closed while this process was computing is only known after its system was asked: on such a connection the
 * request would break, and one that may be sent once would be lost. The first turn may be that of a look before.
 */
async function noticeClosed(): Promise<void> {
  await nextTurn()
  await nextTurn()
}

type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | {
      readonly kind: 'failed'
      readonly failure: Failure
      readonly describe: (tries: number) => ToolkitError
    }

interface Try<T> {
  readonly sender: HttpSender
  readonly read: (answer: IncomingMessage) => Promise<T>
  readonly options: ConnectionOptions
}

async function tryOnce<T>(
  request: HttpRequest,
  { sender, read, options }: Try<T>,
): Promise<Outcome<T>> {
  using deadline = openDeadline(options, request.idleLimitMs === undefined)
  try {
    const answer = await sender.send(request, deadline.signal)
    const status = answer.statusCode ?? 0
    if (status === 200 || status === 204) {
      const value = await read(answer)
      // A file may take longer than a message, as long as something comes.
      if (!answer.complete) watchContent(answer, options)
      return { kind: 'done', value }
    }
    const retryAfter = answer.headers['retry-after']
    const body = await readText(answer)
    const { location } = answer.headers
    return {
      kind: 'failed',
      failure: { kind: 'status', status, retryAfter },
      describe: (tries) =>
        toTrackingError({ ...describe(request), status, body, tries, leadsTo: location }),
    }
  } catch (cause) {
    if (options.signal?.aborted === true) throw interrupted(request, cause)
    // It is what was to be sent that cannot be read.
    if (request.body instanceof Readable && request.body.errored === cause) throw cause
    return brokenOutcome(request, cause, deadline.signal.aborted || isIdleError(cause))
  }
}

/** Content that is still to come ends with an error when nothing comes any more, or after an abort. */
function watchContent(content: IncomingMessage, options: ConnectionOptions): void {
  const { timeoutMs = defaultTimeoutMs, signal } = options
  content.setTimeout(timeoutMs, () => content.destroy(new Error('the server sends nothing more')))
  const stop = (): void => {
    content.destroy(new Error('the tracking client was closed'))
  }
  signal?.addEventListener('abort', stop, { once: true })
  content.once('close', () => signal?.removeEventListener('abort', stop))
}

/** Content that breaks off is an error of ours, which names its address. */
function nameBreaks(request: HttpRequest, answer: IncomingMessage): Readable {
  const content = Readable.from(readNamed(request, answer), { objectMode: false })
  // One that nobody began to read knows nothing of the answer.
  content.once('close', () => answer.destroy())
  return content
}

async function* readNamed(
  request: HttpRequest,
  answer: IncomingMessage,
): AsyncGenerator<Uint8Array> {
  try {
    yield* answer
  } catch (cause) {
    const { method, address } = describe(request)
    const why = systemCodeOf(cause) ?? messageOf(cause)
    throw new ToolkitError(
      'TRACKING_SERVER_FAILED',
      `what ${method} ${address} answered broke off: ${why}`,
      { hint: 'try again; nothing of it was kept', details: { method, address }, cause },
    )
  }
}

interface Deadline extends Disposable {
  readonly signal: AbortSignal
}

/**
 * By hand: `AbortSignal.any` of a signal that lives long gets slower with every use.
 *
 * @param isTimed - false for what watches its time itself
 */
function openDeadline(
  { timeoutMs = defaultTimeoutMs, signal }: ConnectionOptions,
  isTimed: boolean,
): Deadline {
  const aborter = new AbortController()
  const abort = (): void => aborter.abort()
  const timer = isTimed ? setTimeout(abort, timeoutMs) : undefined
  signal?.addEventListener('abort', abort, { once: true })
  if (signal?.aborted === true) abort()
  return {
    signal: aborter.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    },
  }
}

function brokenOutcome(request: HttpRequest, cause: unknown, isLate: boolean): Outcome<never> {
  const code = systemCodeOf(cause)
  const isRefused = code === 'ECONNREFUSED' || code === 'ENOTFOUND'
  const { method, address } = describe(request)
  const what = isLate
    ? 'did not answer in time'
    : `could not be reached: ${code ?? messageOf(cause)}`
  return {
    kind: 'failed',
    failure: { kind: isRefused ? 'refused' : 'broken' },
    describe: (tries) =>
      new ToolkitError(
        'TRACKING_SERVER_FAILED',
        `${method} ${address} ${what}${tries > 1 ? `, tried ${tries} times` : ''}`,
        {
          hint: 'check that the tracking server runs at this address',
          details: { method, address, code, tries },
          cause,
        },
      ),
  }
}

function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function interrupted(request: HttpRequest, cause: unknown): ToolkitError {
  const { method, address } = describe(request)
  return new ToolkitError('INTERRUPTED', `${method} ${address} was interrupted`, { cause })
}

function describe({ method, address }: HttpRequest): { method: string; address: string } {
  return { method, address: hideSecrets(address.replace(/\?.*/s, '')) }
}

/** @throws {ToolkitError} `TRACKING_SERVER_FAILED` for what is no JSON object */
function parseMessage(address: string, text: string): Message {
  const value = parseJsonText(text)
  if (isObject(value)) return value
  throw new ToolkitError(
    'TRACKING_SERVER_FAILED',
    `${address} answered ${text.trim() === '' ? 'nothing' : `something that is no JSON object: ${text.slice(0, 100)}`}`,
    {
      hint: 'check that the tracking URI is that of an MLflow server, with its path prefix',
      details: { address },
    },
  )
}
