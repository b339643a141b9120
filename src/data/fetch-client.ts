import { ToolkitError } from '../core/errors.ts'

/** Longest wait for a source, and the most it may send. */
export interface FetchLimits {
  readonly timeoutMs: number
  readonly maxBytes: number
}

/**
 * Fetches an address over http(s).
 *
 * @throws {ToolkitError} `DATA_SOURCE_UNAVAILABLE` with what went wrong: no answer, a status, too large.
 */
export async function fetchBytes(url: string, limits: FetchLimits): Promise<Uint8Array> {
  const response = await request(url, limits)
  if (!response.ok) throw unavailable(url, `it answered ${response.status}`)
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length
      if (size > limits.maxBytes)
        throw unavailable(url, `it sent more than ${limits.maxBytes} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof ToolkitError ? error : unavailable(url, reasonOf(error), error)
  }
  return Buffer.concat(chunks)
}

async function request(url: string, limits: FetchLimits): Promise<Response> {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(limits.timeoutMs) })
  } catch (error) {
    throw unavailable(url, reasonOf(error), error)
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'no answer in time'
  const cause = error.cause instanceof Error ? error.cause : error
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
}

function unavailable(url: string, reason: string, cause?: unknown): ToolkitError {
  return new ToolkitError('DATA_SOURCE_UNAVAILABLE', `${url}: ${reason}`, { cause })
}
