/**
 * Sends to webhooks. A target is a stranger's word, so it may not become a way into the network:
 * its name is resolved, each address checked, and the connection goes to the addresses that were
 * checked, never to a second answer of the name server. Redirects and proxies are not followed.
 */

import { createHmac } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import type { IncomingMessage } from 'node:http'
import { isIP, type LookupFunction } from 'node:net'
import { ToolkitError } from '../../core/errors.ts'
import { isPublicAddress } from './public-address.ts'

/** What is sent, and to whom. */
export interface WebhookMessage {
  readonly url: string
  readonly secret: string | undefined
  readonly deliveryId: string
  /** JSON. */
  readonly payload: string
}

/** How it went. */
export type WebhookOutcome =
  | {
      readonly kind: 'answered'
      readonly status: number
      /** The beginning of it. */
      readonly body: string
      /** Seconds, when the receiver asked to wait. */
      readonly retryAfter: number | undefined
    }
  /** Nobody answered. A refused target is not worth another attempt. */
  | { readonly kind: 'unreachable' | 'refused'; readonly message: string }

export interface WebhookSender {
  /** What can be said of a target without asking for its name. @throws {ToolkitError} `TRACKING_INVALID` */
  checkUrl(url: string): void
  /** Never throws for what the target does. */
  send(message: WebhookMessage, signal?: AbortSignal): Promise<WebhookOutcome>
}

export interface WebhookSenderOptions {
  /** Private addresses and plain http too: for receivers in the same network. */
  readonly allowsPrivateTargets?: boolean
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** For the whole exchange; 10 s by default. */
  readonly timeoutMs?: number
  /** All addresses of a name; the system's by default. */
  readonly resolve?: (host: string) => Promise<readonly ResolvedAddress[]>
}

export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

const defaultTimeoutMs = 10_000
/** Of an answer; the rest is not read. */
const maxAnswerBytes = 16 * 1024

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const resolve = options.resolve ?? ((host: string) => lookup(host, { all: true }))
  const allowsPrivate = options.allowsPrivateTargets ?? false
  return {
    checkUrl: (url) => checkTarget(new URL(url), allowsPrivate),
    send: async (message, signal) => {
      const timeout = AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs)
      const limit = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
      try {
        const url = new URL(message.url)
        checkTarget(url, allowsPrivate)
        const addresses = await withLimit(resolveHost(url, resolve), limit)
        for (const { address } of addresses) checkAddress(url, address, allowsPrivate)
        return await post(message, { url, addresses, limit, now: options.clock() })
      } catch (error) {
        return explain(error, timeout)
      }
    },
  }
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
function checkTarget(url: URL, allowsPrivate: boolean): void {
  if (allowsPrivate) return
  if (url.protocol !== 'https:') {
    throw new ToolkitError(
      'TRACKING_INVALID',
      `Invalid webhook URL scheme: '${url.protocol.slice(0, -1)}'. Allowed schemes are: https.`,
    )
  }
  const host = hostOf(url)
  if (isIP(host) !== 0) checkAddress(url, host, allowsPrivate)
  if (/(?:^|\.)localhost\.?$/i.test(host)) throw privateTarget(url)
}

function checkAddress(url: URL, address: string, allowsPrivate: boolean): void {
  if (!allowsPrivate && !isPublicAddress(address)) throw privateTarget(url)
}

/** The address is not told: who asks may be feeling his way through the network. */
function privateTarget(url: URL): ToolkitError {
  return new ToolkitError(
    'TRACKING_INVALID',
    `Webhook URL must not lead to a private address, as '${url.hostname}' does`,
  )
}

/** `[::1]` without its brackets. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

async function resolveHost(
  url: URL,
  resolve: (host: string) => Promise<readonly ResolvedAddress[]>,
): Promise<readonly ResolvedAddress[]> {
  const host = hostOf(url)
  const family = isIP(host)
  if (family !== 0) return [{ address: host, family }]
  const addresses = await resolve(host)
  if (addresses.length === 0) throw new Error(`'${host}' has no address`)
  return addresses
}

async function post(
  message: WebhookMessage,
  to: {
    readonly url: URL
    readonly addresses: readonly ResolvedAddress[]
    readonly limit: AbortSignal
    readonly now: number
  },
): Promise<WebhookOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<WebhookOutcome>()
  // Loaded when there is something to send: an import of them costs a server a tenth of its start.
  const isSecure = to.url.protocol === 'https:'
  const { request } = await (isSecure ? import('node:https') : import('node:http'))
  const sent = request(
    to.url,
    {
      method: 'POST',
      headers: headersOf(message, to.now),
      lookup: lookupAmong(to.addresses),
      signal: to.limit,
      // A connection of its own: none that was made before the check.
      agent: false,
    },
    (response) => {
      void readAnswer(response).then(resolve, reject)
    },
  )
  sent.on('error', reject)
  sent.end(message.payload)
  return promise
}

function headersOf(message: WebhookMessage, now: number): Record<string, string | number> {
  const timestamp = String(Math.floor(now / 1000))
  const { deliveryId, payload, secret } = message
  return {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(payload),
    'User-Agent': 'ml-pipeline-toolkit',
    'X-MLflow-Delivery-Id': deliveryId,
    'X-MLflow-Timestamp': timestamp,
    ...(secret !== undefined && {
      'X-MLflow-Signature': signPayload(secret, { deliveryId, timestamp, payload }),
    }),
  }
}

/** HMAC-SHA256 over `<delivery id>.<timestamp>.<payload>`, as MLflow signs. */
export function signPayload(
  secret: string,
  signed: { readonly deliveryId: string; readonly timestamp: string; readonly payload: string },
): string {
  const content = `${signed.deliveryId}.${signed.timestamp}.${signed.payload}`
  return `v1,${createHmac('sha256', secret).update(content).digest('base64')}`
}

/** Answers with the addresses that were checked, whatever the name has meanwhile. */
function lookupAmong(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_host, options, done) => {
    const [first] = addresses
    if (options.all === true) done(null, [...addresses])
    else done(null, first!.address, first!.family)
  }
}

async function readAnswer(response: IncomingMessage): Promise<WebhookOutcome> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of response) {
    const bytes: Buffer = chunk
    chunks.push(bytes)
    sizeBytes += bytes.length
    // Leaving the loop closes the connection.
    if (sizeBytes >= maxAnswerBytes) break
  }
  const retryAfter = response.headers['retry-after']
  return {
    kind: 'answered',
    status: response.statusCode ?? 0,
    body: Buffer.concat(chunks).subarray(0, maxAnswerBytes).toString('utf8'),
    retryAfter: /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) : undefined,
  }
}

/** Waiting ends with the signal, though the work itself may not. */
async function withLimit<T>(work: Promise<T>, limit: AbortSignal): Promise<T> {
  limit.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(limit.reason)
  limit.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    limit.removeEventListener('abort', abort)
  }
}

function explain(error: unknown, timeout: AbortSignal): WebhookOutcome {
  if (error instanceof ToolkitError) return { kind: 'refused', message: error.message }
  if (timeout.aborted) return { kind: 'unreachable', message: 'the target did not answer in time' }
  const message = error instanceof Error ? error.message : String(error)
  return { kind: 'unreachable', message }
}
