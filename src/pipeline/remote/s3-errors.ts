/** What S3 says, as errors with a code of ours and a hint. */

import { ToolkitError, type ErrorCode } from '../../core/errors.ts'
import { missingObject, withoutPassword } from './remote-errors.ts'
import type { CallOptions } from './remote.ts'
import { isAddress } from './remote-address.ts'
import type { S3Options } from './s3-options.ts'

/** What an error of the SDK, or of the network below it, says of itself. */
export interface Symptoms {
  readonly name: string
  /** Of the HTTP answer; `undefined` when there was none. */
  readonly status: number | undefined
  readonly message: string
  /** How often the SDK has asked. */
  readonly tries: number
}

interface Diagnosis {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
}

/** What a call was about. */
export interface FailedCall extends CallOptions {
  /** The object in question, if it is a single one. */
  readonly key?: string | undefined
  /** Whether it was to be read, so that it can be what is missing. */
  readonly isRead?: boolean
}

/** An answer that breaks off. */
export function brokenAnswer(message: string): Error {
  return Object.assign(new Error(message), { name: 'BrokenAnswer' })
}

/** Every object of S3 has an ETag. What has none was answered by something in between: a proxy, a page to log in. */
export function checkETag(eTag: string | undefined): void {
  if (eTag !== undefined) return
  const error = new Error('something in between answers in its place')
  throw Object.assign(error, { name: 'ForeignAnswer' })
}

/**
 * Turns what a call has thrown into an error of ours; of an aborted one it is the signal's reason. The cause keeps name and message only:
 * the SDK's own error holds the request, and with it the session's token.
 */
export function asS3Error(
  error: unknown,
  options: S3Options,
  call: FailedCall & { readonly tries: number },
): unknown {
  const { key, isRead = false, tries, signal } = call
  if (signal?.aborted === true) return signal.reason
  if (error instanceof ToolkitError) return error
  const symptoms = { ...readSymptoms(error), tries }
  const { name, status, message } = symptoms
  if (key !== undefined && isRead && isMissingKey(symptoms)) {
    return missingObject(key, placeOf(options))
  }
  const diagnosis = diagnose(symptoms, options, key)
  return new ToolkitError(diagnosis.code, diagnosis.message, {
    hint: diagnosis.hint,
    details: { remote: options.name, error: name, status, key, tries },
    cause: new Error(`${name}: ${message}`),
  })
}

/** Whether an object is what the answer says is missing, not the bucket. */
export function isMissingKey({ name, status }: Pick<Symptoms, 'name' | 'status'>): boolean {
  return name !== 'NoSuchBucket' && (status === 404 || name === 'NoSuchKey' || name === 'NotFound')
}

/** The remote's address for messages. */
export function placeOf({ bucket, prefix }: S3Options): string {
  return `s3://${bucket}/${prefix}`.replace(/\/$/, '')
}

/** Reads what an error of the SDK, or of a connection, says of itself. */
export function readSymptoms(error: unknown): Symptoms {
  if (!(error instanceof Error)) {
    return { name: 'Error', status: undefined, message: String(error), tries: 1 }
  }
  // Several addresses of one host were tried, and each failed alike.
  if (error instanceof AggregateError && error.errors.length > 0)
    return readSymptoms(error.errors[0])
  const { code, $metadata } = error as Error & {
    readonly code?: unknown
    readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number }
  }
  const status = $metadata?.httpStatusCode
  const tries = $metadata?.attempts ?? 1
  // An answer that the SDK cannot read: one of success, or the page of a proxy.
  if (status !== undefined && error.name === 'Error') return unreadableAnswer(status, tries)
  // What the system says; of a broken connection the SDK makes a time-out.
  const isSystem = error.name === 'Error' || error.name === 'TimeoutError'
  const name = isSystem && typeof code === 'string' ? code : error.name
  return { name, status, message: error.message, tries }
}

function unreadableAnswer(status: number, tries: number): Symptoms {
  const name = status === 200 ? 'BrokenAnswer' : 'Unknown'
  return { name, status, message: 'its answer cannot be read', tries }
}

const deniedNames = new Set([
  'AccessDenied',
  'AccountProblem',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'TokenProviderError',
])

const hostNames = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA'])

function diagnose(symptoms: Symptoms, options: S3Options, key: string | undefined): Diagnosis {
  const { name, status } = symptoms
  const where = serverOf(options)
  const place = placeOf(options)
  if (name === 'NoSuchBucket' || (status === 404 && name !== 'NoSuchUpload')) {
    return {
      code: 'REMOTE_UNAVAILABLE',
      message: `there is no bucket '${options.bucket}' at ${where}`,
      hint: hintOf(
        options,
        (remote) =>
          `make the bucket, or correct the URL: mlpt remote modify ${remote} url s3://<bucket>/<path>`,
      ),
    }
  }
  if (name === 'RequestTimeTooSkewed') {
    return {
      code: 'REMOTE_DENIED',
      message: `${where} does not let us into ${place}: this machine's clock is not that of the server`,
      hint: 'set the clock of this machine',
    }
  }
  if (deniedNames.has(name) || status === 401 || status === 403) {
    return {
      code: 'REMOTE_DENIED',
      // The answer to a HEAD has no text that could say more.
      message: `${where} does not let us into ${place}: ${name === 'Unknown' ? `HTTP ${status}` : name}`,
      hint: deniedHint(name, options),
    }
  }
  if (name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed' || status === 301) {
    return {
      code: 'REMOTE_UNAVAILABLE',
      message: `the bucket '${options.bucket}' is in another region`,
      hint: hintOf(options, (remote) => `name it: mlpt remote modify ${remote} region <region>`),
    }
  }
  return unreachable(symptoms, options, key)
}

function serverOf({ endpoint }: S3Options): string {
  return endpoint === undefined ? 'S3' : withoutPassword(endpoint)
}

function unreachable(
  { name, status, message, tries }: Symptoms,
  options: S3Options,
  key: string | undefined,
): Diagnosis {
  const where = serverOf(options)
  if (hostNames.has(name)) {
    return {
      code: 'REMOTE_UNAVAILABLE',
      message: `cannot reach ${where}: there is no such host`,
      hint: hintOf(options, (remote) => `check the network and 'remote.${remote}.endpointurl'`),
    }
  }
  const facts = [
    ...(status === undefined ? [] : [`HTTP ${status}`]),
    ...(tries > 1 ? [`tried ${tries} times`] : []),
  ]
  const object = key === undefined ? '' : ` on '${key}'`
  const more = facts.length === 0 ? '' : ` (${facts.join(', ')})`
  return {
    code: 'REMOTE_UNAVAILABLE',
    message: `cannot work with ${where}${object}: ${wordsOf({ name, status, message })}${more}`,
    hint: unreachableHint(name, options),
  }
}

function unreachableHint(name: string, options: S3Options): string {
  if (name === 'ForeignAnswer') {
    return hintOf(
      options,
      (remote) =>
        `check 'remote.${remote}.endpointurl', and whether a proxy or a page to log in stands before it`,
    )
  }
  return /CERT|SSL|SELF_SIGNED|EPROTO|UNABLE_TO_/.test(name)
    ? hintOf(options, (remote) => `check 'ssl_verify' and 'use_ssl' of the remote '${remote}'`)
    : 'check that the server runs, then run again: what is done stays done'
}

/** What to change in a remote's settings; of a mere address there are none. */
function hintOf({ name }: S3Options, inSettings: (remote: string) => string): string {
  return isAddress(name)
    ? 'check the address, and the keys, the region and AWS_ENDPOINT_URL in the environment'
    : inSettings(name)
}

const plainNames = new Set(['BrokenAnswer', 'ForeignAnswer'])

function wordsOf({ name, status, message }: Omit<Symptoms, 'tries'>): string {
  if (plainNames.has(name)) return message
  // What the SDK says of an answer without a reason, such as that of a proxy.
  if (name === 'Unknown') return 'it answers without a reason'
  return status === undefined && /^E[A-Z]+$/.test(name) ? name : `${name}: ${message}`
}

function deniedHint(name: string, { name: remote, credentials }: S3Options): string {
  if (name === 'CredentialsProviderError') {
    return "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or the remote's own keys with --local"
  }
  if (name.startsWith('ExpiredToken')) return 'sign in again: the session is over'
  const source =
    credentials === undefined ? 'from the environment or profile' : `of 'remote.${remote}'`
  return `check the keys ${source} and what they may do with the bucket`
}
