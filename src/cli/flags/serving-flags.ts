/** What `mlpt serve` takes on, and from whom, on the command line. */

import { InvalidArgumentError, Option, type Command } from 'commander'
import type { ErrorDetail, ServingOptions } from '../../serving/index.ts'

/** The flags as commander hands them over. */
export interface ServingFlags {
  readonly maxBodyBytes?: number
  readonly maxRows?: number
  readonly requestTimeoutMs?: number
  readonly maxInFlight?: number
  readonly maxLagMs?: number
  readonly rate?: number
  readonly tokenHash: readonly string[]
  readonly log?: true
  readonly onlineStore?: string
  readonly errorDetail?: ErrorDetail
  readonly drainTimeoutMs?: number
  readonly workers?: number
}

/** Adds the flags of limits, tokens, logs and workers; what is left out has the API's defaults. */
export function addServingFlags(command: Command): Command {
  return command
    .option('--workers <number>', 'processes that share the port (default: 1)', parseWorkers)
    .option(
      '--online-store <path>',
      'read columns of rows that name an entity from this online store',
    )
    .addOption(
      new Option(
        '--error-detail <how>',
        'what errors say of a request: values too, or columns only',
      ).choices(['full', 'fields', 'none']),
    )
    .option('--log', 'write a line of JSON for each request to stderr')
    .option('--max-body-bytes <number>', 'largest body (default: 1048576)', parseCount)
    .option('--max-rows <number>', 'most rows in one request (default: 10000)', parseCount)
    .option(
      '--request-timeout-ms <number>',
      'time for a request to arrive (default: 30000)',
      parseCount,
    )
    .option(
      '--max-in-flight <number>',
      'requests at once before others are refused with 503 (default: 1000)',
      parseCount,
    )
    .option(
      '--max-lag-ms <number>',
      'delay of the event loop before requests are refused with 503 (default: 1000)',
      parseCount,
    )
    .option(
      '--rate <number>',
      'requests a second that one address may send to one worker (default: any number)',
      parseRate,
    )
    .option(
      '--token-hash <sha256>',
      'want a token with this SHA-256 in hex (repeatable)',
      addHash,
      [] as readonly string[],
    )
    .option(
      '--drain-timeout-ms <number>',
      'time to finish requests when told to stop (default: 10000)',
      parseCount,
    )
}

/** The flags in the API's words. */
export function toServingOptions(
  flags: ServingFlags,
): Pick<ServingOptions, 'limits' | 'overload' | 'tokenHashes' | 'log' | 'errorDetail'> {
  const { maxBodyBytes, maxRows, requestTimeoutMs, maxInFlight, maxLagMs, rate, tokenHash } = flags
  return {
    limits: {
      ...(maxBodyBytes !== undefined && { bodyBytes: maxBodyBytes }),
      ...(maxRows !== undefined && { rows: maxRows }),
      ...(requestTimeoutMs !== undefined && { requestTimeoutMs }),
    },
    overload: {
      ...(maxInFlight !== undefined && { requestsInFlight: maxInFlight }),
      ...(maxLagMs !== undefined && { lagMs: maxLagMs }),
      ...(rate !== undefined && { requestsPerSecond: rate }),
    },
    tokenHashes: tokenHash,
    ...(flags.errorDetail !== undefined && { errorDetail: flags.errorDetail }),
    ...(flags.log === true && { log: process.stderr }),
  }
}

/** What Vertex AI tells a container in its environment. */
export function vertexPaths({
  AIP_HEALTH_ROUTE: health,
  AIP_PREDICT_ROUTE: predict,
}: NodeJS.ProcessEnv): { readonly health: string; readonly predict: string } | undefined {
  return health === undefined || predict === undefined ? undefined : { health, predict }
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a whole number from 1 to 999999999')
}

function parseWorkers(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a whole number from 1 to 999')
}

function parseRate(text: string): number {
  const rate = Number(text)
  if (/^\d{1,9}(?:\.\d{1,9})?$/.test(text) && rate > 0) return rate
  throw new InvalidArgumentError('expected a number above 0')
}

function addHash(text: string, hashes: readonly string[]): readonly string[] {
  if (/^[\da-f]{64}$/i.test(text)) return [...hashes, text.toLowerCase()]
  throw new InvalidArgumentError('expected 64 hex digits: printf %s TOKEN | sha256sum')
}
