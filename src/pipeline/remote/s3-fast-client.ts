/**
 * Sending and reading small objects without the SDK, whose way from call to socket takes several
 * times as long as all the rest. The SDK stays the one who knows: where requests go is learnt
 * from one that it made, keys come from it, and whatever does not simply succeed is its to do again.
 */

import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { isObject } from '../../core/json.ts'
import type { CallOptions } from './remote.ts'
import type { FastS3, S3Connection } from './s3-connection.ts'
import type { TlsOptions } from './s3-options.ts'
import { createSigner, encodeKey } from './s3-signature.ts'

/** Where the SDK sent a request. */
interface Target {
  readonly isTls: boolean
  readonly hostname: string
  readonly port: number | undefined
  readonly host: string
  /** The path before the key. */
  readonly base: string
  readonly region: string
}

/** Opens the short way. Until the SDK has made a request that can be learnt from, it does nothing. */
export function openFastS3(
  { client, options }: S3Connection,
  { clock, tls }: { readonly clock: () => number; readonly tls: TlsOptions },
): FastS3 {
  const settings = { keepAlive: true, maxSockets: options.jobs }
  const agents = { http: new HttpAgent(settings), https: new HttpsAgent({ ...settings, ...tls }) }
  const signer = createSigner()
  let target: Target | undefined
  let isRefused = false
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args)
      target ??= learnTarget(args)
      return answer
    },
    { step: 'deserialize', priority: 'low', name: 'learnTarget' },
  )
  const send = async (call: Call): Promise<IncomingMessage | undefined> => {
    if (target === undefined || isRefused) return undefined
    const credentials = await client.config.credentials()
    const key = options.prefix + call.key
    const request = { ...call, host: target.host, path: target.base + encodeKey(key) }
    const headers = signer.sign(request, { credentials, region: target.region, time: clock() })
    const agent = target.isTls ? agents.https : agents.http
    const answer = await exchange(target, {
      ...request,
      headers,
      agent,
      timeoutMs: options.readTimeoutMs,
    })
    if (hasWorked(answer)) return answer
    answer?.resume()
    // What is refused once would be refused each time: a clock that is wrong, a server that wants more.
    const status = answer?.statusCode ?? 0
    if (status >= 300 && status < 500 && status !== 404) isRefused = true
    return undefined
  }
  return {
    put: async (key, body, { md5, signal }) => {
      const headers = { 'content-md5': Buffer.from(md5, 'hex').toString('base64') }
      const answer = await send({ method: 'PUT', key, headers, body, signal })
      answer?.resume()
      return answer !== undefined
    },
    get: async (key, { signal }) => {
      const answer = await send({ method: 'GET', key, headers: {}, body: noBytes, signal })
      if (answer === undefined) return undefined
      const length = answer.headers['content-length']
      return { body: answer, sizeBytes: length === undefined ? Infinity : Number(length) }
    },
    [Symbol.dispose]: () => {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

/** Without an ETag something else has answered. */
function hasWorked(answer: IncomingMessage | undefined): boolean {
  return answer?.statusCode === 200 && answer.headers.etag !== undefined
}

const noBytes = new Uint8Array()

interface Call extends CallOptions {
  readonly method: 'GET' | 'PUT'
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Reads a request of the SDK for an object; `undefined` when it is signed in another way. */
function learnTarget({ request, input }: SentRequest): Target | undefined {
  const key = isObject(input) ? input['Key'] : undefined
  if (typeof key !== 'string' || !isHttpRequest(request)) return undefined
  const { protocol, hostname, port, path, headers } = request
  const encoded = encodeKey(key)
  const signature = headers['authorization'] ?? headers['Authorization']
  const scope = typeof signature === 'string' ? scopePattern.exec(signature) : null
  if (scope === null || !path.endsWith(`/${encoded}`)) return undefined
  const isTls = protocol === 'https:'
  const isUsual = port === undefined || port === (isTls ? 443 : 80)
  return {
    isTls,
    hostname,
    port,
    host: isUsual ? hostname : `${hostname}:${port}`,
    base: path.slice(0, -encoded.length),
    region: scope[1] ?? '',
  }
}

const scopePattern = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([^/]+)\/s3\/aws4_request,/

interface SentRequest {
  readonly request: unknown
  readonly input?: unknown
}

interface HttpRequest {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number | undefined
  readonly path: string
  readonly headers: Readonly<Record<string, unknown>>
}

function isHttpRequest(value: unknown): value is HttpRequest {
  return (
    isObject(value) &&
    typeof value['protocol'] === 'string' &&
    typeof value['hostname'] === 'string' &&
    typeof value['path'] === 'string' &&
    isObject(value['headers'])
  )
}

interface Exchange extends CallOptions {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly agent: HttpAgent | HttpsAgent
  readonly timeoutMs: number
}

/** The answer, whatever it says; `undefined` when none came. An aborted one throws its reason. */
async function exchange(
  { isTls, hostname, port }: Target,
  { method, path, headers, body, agent, timeoutMs, signal }: Exchange,
): Promise<IncomingMessage | undefined> {
  signal?.throwIfAborted()
  const send = isTls ? requestHttps : requestHttp
  const { promise, resolve } = Promise.withResolvers<IncomingMessage | undefined>()
  const length = method === 'PUT' ? { 'content-length': String(body.length) } : {}
  const request = send({
    method,
    hostname,
    port,
    path,
    headers: { ...headers, ...length },
    agent,
    timeout: timeoutMs,
    ...(signal && { signal }),
  })
  let answered: IncomingMessage | undefined
  request.on('response', (response) => {
    answered = response
    resolve(response)
  })
  // Of a request that ends so, the answer's reader would only hear that the connection broke.
  request.on('timeout', () => (answered ?? request).destroy(silence(timeoutMs)))
  request.on('error', () => resolve(undefined))
  request.end(body)
  const answer = await promise
  signal?.throwIfAborted()
  return answer
}

function silence(timeoutMs: number): Error {
  const error = new Error(`nothing came for ${timeoutMs / 1000} s`)
  error.name = 'TimeoutError'
  return error
}
