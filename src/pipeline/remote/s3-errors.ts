/** What S3 says, as errors with a code of ours and a hint. */

import { ToolkitError, type ErrorCode } from '../../core/errors.ts'
import { missingObject, withoutPassword } from './remote-errors.ts'
import type { CallOptions } from './remote.ts'
import type { S3Options } from './s3-options.ts'

/** What an error of the SDK, or of the network below it, says of itself. */
interface Symptoms {
  readonly name: string
  /** Of the HTTP answer; `undefined` when there was none. */
  readonly status: number | undefined
  readonly message: string
}

interface Diagnosis {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
}

/** What a call was about. */
export interface FailedCall extends CallOptions {
  /** The object that was asked for, if any. */
  readonly key?: string | undefined
}

/**
 * Turns what a call has thrown into an error of ours; of an aborted one it is the signal's reason. The cause keeps name and message only:
 * the SDK's own error holds the request, and with it the session's token.
 */
export function asS3Error(error: unknown, options: S3Options, call: FailedCall): unknown {
  const { key, signal } = call
  if (signal?.aborted === true) return signal.reason
  if (error instanceof ToolkitError) return error
  const symptoms = readSymptoms(error)
  const { name, status, message } = symptoms
  if (key !== undefined && isMissingKey(symptoms)) return missingObject(key, placeOf(options))
  const diagnosis = diagnose(symptoms, options)
  return new ToolkitError(diagnosis.code, diagnosis.message, {
    hint: diagnosis.hint,
    details: { remote: options.name, error: name, status },
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

/** Reads name, status and message of an error of the SDK. */
export function readSymptoms(error: unknown): Symptoms {
  if (!(error instanceof Error)) return { name: 'Error', status: undefined, message: String(error) }
  // Several addresses of one host were tried, and each failed alike.
  if (error instanceof AggregateError && error.errors.length > 0)
    return readSymptoms(error.errors[0])
  const { code, $metadata } = error as Error & {
    readonly code?: unknown
    readonly $metadata?: { readonly httpStatusCode?: number }
  }
  const name = typeof code === 'string' && error.name === 'Error' ? code : error.name
  return { name, status: $metadata?.httpStatusCode, message: error.message }
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

function diagnose(symptoms: Symptoms, options: S3Options): Diagnosis {
  const { name, status } = symptoms
  const where = serverOf(options)
  const place = placeOf(options)
  if (name === 'NoSuchBucket' || (status === 404 && name !== 'NoSuchUpload')) {
    return {
      code: 'REMOTE_UNAVAILABLE',
      message: `there is no bucket '${options.bucket}' at ${where}`,
      hint: `make the bucket, or correct the URL: mlpt remote modify ${options.name} url s3://<bucket>/<path>`,
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
      hint: `name it: mlpt remote modify ${options.name} region <region>`,
    }
  }
  return unreachable(symptoms, options)
}

function serverOf({ endpoint }: S3Options): string {
  return endpoint === undefined ? 'Amazon S3' : withoutPassword(endpoint)
}

function unreachable({ name, status, message }: Symptoms, options: S3Options): Diagnosis {
  const where = serverOf(options)
  if (hostNames.has(name)) {
    return {
      code: 'REMOTE_UNAVAILABLE',
      message: `cannot reach ${where}: there is no such host`,
      hint: `check the network and 'remote.${options.name}.endpointurl'`,
    }
  }
  const isCertificate = /CERT|SSL|SELF_SIGNED|EPROTO|UNABLE_TO_/.test(name)
  const answer = status === undefined ? '' : ` (HTTP ${status})`
  const words = status === undefined && /^E[A-Z]+$/.test(name) ? name : `${name}: ${message}`
  return {
    code: 'REMOTE_UNAVAILABLE',
    message: `cannot work with ${where}: ${words}${answer}`,
    hint: isCertificate
      ? `check 'ssl_verify' and 'use_ssl' of the remote '${options.name}'`
      : 'check that the server runs, then run again: what is done stays done',
  }
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
