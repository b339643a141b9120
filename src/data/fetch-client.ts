import { setTimeout as sleep } from 'node:timers/promises'
import { ToolkitError } from '../core/errors.ts'
import { showAddress } from '../core/show-address.ts'

/** Longest wait for a source, and the most it may send. */
export interface FetchLimits {
  /** Without an answer, or without a piece of the content. */
  readonly timeoutMs: number
  readonly maxBytes: number
  /** Pauses before each further try, after a failure that may pass; a second and four unless told. */
  readonly retryDelaysMs?: readonly number[]
}

const defaultRetryDelaysMs = [1000, 4000]
/** A server may ask for more patience than that, but not for any. */
const longestDelayMs = 30_000

/**
 * Fetches an address over http(s), again where it may have been bad luck.
 *
 * @throws {ToolkitError} `DATA_SOURCE_UNAVAILABLE` with what went wrong: no answer, a status, too large; of the address
 * without user, password and query, which may be secret.
 */
export async function fetchBytes(url: string, limits: FetchLimits): Promise<Uint8Array> {
  checkAddress(url)
  const { retryDelaysMs = defaultRetryDelaysMs } = limits
  for (let tries = 1; ; tries++) {
    const outcome = await tryOnce(url, limits)
    if ('bytes' in outcome) return outcome.bytes
    const delayMs = retryDelaysMs[tries - 1]
    if (!outcome.mayPass || delayMs === undefined) {
      const often = tries > 1 ? `, tried ${tries} times` : ''
      throw unavailable(url, `${outcome.reason}${often}`, outcome.cause)
    }
    await sleep(Math.max(delayMs, Math.min(outcome.askedMs ?? 0, longestDelayMs)))
  }
}

/** fetch itself refuses them, and says the password. */
function checkAddress(url: string): void {
  if (!URL.canParse(url)) throw unavailable(url, 'it is no address')
  const { username, password } = new URL(url)
  if (username === '' && password === '') return
  throw unavailable(url, 'an address with a user or password in it is not asked')
}

type Outcome = { readonly bytes: Uint8Array } | Failure

interface Failure {
  readonly reason: string
  readonly mayPass: boolean
  /** As long the server asks to wait. */
  readonly askedMs?: number
  readonly cause?: unknown
}

const passingStatuses = new Set([408, 429, 500, 502, 503, 504])

async function tryOnce(url: string, { timeoutMs, maxBytes }: FetchLimits): Promise<Outcome> {
  const aborter = new AbortController()
  // Each piece that comes begins the time anew: a large file over a thin line takes long.
  const timer = setTimeout(() => aborter.abort(new LateError()), timeoutMs)
  try {
    const response = await fetch(url, { signal: aborter.signal })
    const { ok, status, headers } = response
    if (!ok) {
      await response.body?.cancel()
      const askedMs = Number(headers.get('retry-after') ?? NaN) * 1000
      const asked = Number.isFinite(askedMs) ? { askedMs } : {}
      return { reason: `it answered ${status}`, mayPass: passingStatuses.has(status), ...asked }
    }
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of response.body ?? []) {
      timer.refresh()
      size += chunk.length
      if (size > maxBytes) return { reason: `it sent more than ${maxBytes} bytes`, mayPass: false }
      chunks.push(chunk)
    }
    return { bytes: Buffer.concat(chunks) }
  } catch (error) {
    return describeBreak(error)
  } finally {
    clearTimeout(timer)
  }
}

class LateError extends Error {
  override readonly name = 'LateError'
}

/** What the network does now and then; a host that is not there, or nobody who listens, seldom passes in seconds. */
const passingCodes = new Set(['EAI_AGAIN', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

function describeBreak(error: unknown): Failure {
  if (error instanceof LateError) return { reason: 'no answer in time', mayPass: false }
  if (!(error instanceof Error)) return { reason: String(error), mayPass: false }
  const cause = error.cause instanceof Error ? error.cause : error
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
  const mayPass = code !== undefined && passingCodes.has(code)
  const reason = code === 'UND_ERR_SOCKET' ? 'the connection broke' : (code ?? cause.message)
  return { reason, mayPass, cause: error }
}

function unavailable(url: string, reason: string, cause?: unknown): ToolkitError {
  return new ToolkitError('DATA_SOURCE_UNAVAILABLE', `${showAddress(url)}: ${reason}`, { cause })
}
