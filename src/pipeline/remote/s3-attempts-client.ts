/** Calls of S3 that are made again when what went wrong passes: a server that is busy, a line that breaks. */

import type { S3Connection } from './s3-connection.ts'
import {
  asS3Error,
  isMissingKey,
  readSymptoms,
  type FailedCall,
  type Symptoms,
} from './s3-errors.ts'
import { pause } from '../../core/pause-process.ts'

/** What the SDK takes besides a command. */
export interface SendOptions {
  readonly abortSignal?: AbortSignal
}

/** One call, which may be made several times. */
export type S3Call<T> = (options: SendOptions) => Promise<T>

/** Requests of the SDK for one call: a second one after an error that passes, or with the server's time. */
export const requestsPerCall = 2
/** With the pauses between them half a minute: a server that is too busy says so for seconds. */
const patience = 7
/** Of what seldom passes while one waits: nobody listens, or nothing comes for as long as `read_timeout`. */
const shortPatience = 2
const longestPauseMs = 8000

/**
 * Makes a call, again after errors that pass, with a pause that doubles each time.
 *
 * @throws {ToolkitError} what {@link asS3Error} makes of the last error
 */
export async function callS3<T>(
  { options, firstPauseMs }: S3Connection,
  failed: FailedCall,
  call: S3Call<T>,
): Promise<T> {
  const { signal } = failed
  let tries = 0
  for (let round = 1; ; round++) {
    try {
      return await call(signal === undefined ? {} : { abortSignal: signal })
    } catch (error) {
      const symptoms = readSymptoms(error)
      tries += symptoms.tries
      if (signal?.aborted === true || round >= patienceWith(symptoms)) {
        throw asS3Error(error, options, { ...failed, tries })
      }
    }
    await pause(Math.min(firstPauseMs * 2 ** (round - 1), longestPauseMs), failed.signal)
  }
}

/** As {@link callS3}, of something that need not be there: `undefined` when it is not. */
export async function callForObject<T>(
  connection: S3Connection,
  failed: FailedCall,
  call: S3Call<T>,
): Promise<T | undefined> {
  return callS3(connection, failed, async (options) => {
    try {
      return await call(options)
    } catch (error) {
      if (isMissingKey(readSymptoms(error))) return undefined
      throw error
    }
  })
}

const passing = new Set([
  'BadDigest', // It was damaged on its way: what is sent is hashed before.
  'BrokenAnswer',
  'EPIPE',
  'ECONNRESET',
  'ENETUNREACH',
  'IncompleteBody',
  'InternalError',
  'OperationAborted',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequests',
  'XAmzContentSHA256Mismatch',
])
const seldomPassing = new Set(['EAI_AGAIN', 'ECONNREFUSED', 'ETIMEDOUT', 'TimeoutError'])

function patienceWith({ name, status = 0 }: Symptoms): number {
  if (passing.has(name) || status === 429 || status >= 500) return patience
  return seldomPassing.has(name) ? shortPatience : 1
}
