/** A remote on S3, or on any server that speaks its protocol. The SDK is loaded when first needed. */

import { readFileSync } from 'node:fs'
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { ToolkitError } from '../../core/errors.ts'
import { readError } from '../repository/text-file.ts'
import type { CallOptions, Remote } from './remote.ts'
import { callS3, requestsPerCall } from './s3-attempts-client.ts'
import type { S3Connection, S3Sdk } from './s3-connection.ts'
import { downloadFromS3 } from './s3-download-client.ts'
import { placeOf } from './s3-errors.ts'
import { openFastS3 } from './s3-fast-client.ts'
import type { S3Options, TlsOptions } from './s3-options.ts'
import { findKeys, listEntries } from './s3-list-client.ts'
import { uploadToS3 } from './s3-upload-client.ts'

/** What a client needs besides its settings. */
export interface OpenS3Options {
  /** Milliseconds since 1970; with it small objects take a shorter way. */
  readonly clock?: (() => number) | undefined
  /** Before a call that failed is made again; doubles each time. */
  readonly firstPauseMs?: number
}

/**
 * Opens a remote on S3. Nothing is sent yet.
 *
 * @throws {ToolkitError} `REMOTE_UNAVAILABLE` when the SDK is not installed
 */
export async function openS3Remote(options: S3Options, open: OpenS3Options = {}): Promise<Remote> {
  const connection = await connectToS3(options, open)
  return {
    name: options.name,
    place: placeOf(options),
    jobs: options.jobs,
    has: (keys, call) => findKeys(connection, keys, call),
    list: (prefix, call) => listEntries(connection, prefix, call),
    download: (key, call) => downloadFromS3(connection, key, call),
    upload: (source, key, call) => uploadToS3(connection, { source, key, ...call }),
    settle: async () => undefined,
    remove: (keys, call) => removeKeys(connection, keys, call),
    [Symbol.asyncDispose]: async () => connection[Symbol.dispose](),
  }
}

/** @throws {ToolkitError} `REMOTE_UNAVAILABLE` when the SDK is not installed */
export async function connectToS3(
  options: S3Options,
  { clock, firstPauseMs = 500 }: OpenS3Options = {},
): Promise<S3Connection & Disposable> {
  const sdk = await loadSdk()
  const tls = tlsOptions(options)
  const client = await createClient(sdk, options, tls)
  const plain: S3Connection = { sdk, client, options, firstPauseMs }
  const isPlain = !options.isAnonymous && Object.keys(options.uploadFields).length === 0
  const fast = clock !== undefined && isPlain ? openFastS3(plain, { clock, tls }) : undefined
  return {
    ...plain,
    fast,
    [Symbol.dispose]: () => {
      fast?.[Symbol.dispose]()
      client.destroy()
    },
  }
}

async function loadSdk(): Promise<S3Sdk> {
  try {
    return await import('@aws-sdk/client-s3')
  } catch (error) {
    throw new ToolkitError(
      'REMOTE_UNAVAILABLE',
      'S3 remotes need a package that is not installed',
      {
        hint: 'npm install @aws-sdk/client-s3',
        details: { package: '@aws-sdk/client-s3' },
        cause: error,
      },
    )
  }
}

/** Where neither settings nor environment nor profile name a region; servers of one's own take any. */
const defaultRegion = 'us-east-1'

async function createClient(sdk: S3Sdk, options: S3Options, tls: TlsOptions): Promise<S3Client> {
  const config = clientConfig(options, tls)
  const client = new sdk.S3Client(config)
  if (options.region !== undefined) return client
  try {
    await client.config.region()
    return client
  } catch {
    // Nobody names one, which the SDK says only when it is asked.
    client.destroy()
    return new sdk.S3Client({ ...config, region: defaultRegion })
  }
}

function clientConfig(options: S3Options, tls: TlsOptions): S3ClientConfig {
  const { endpoint, region, profile, credentials } = options
  const agent = { keepAlive: true, maxSockets: options.jobs + 4 }
  const files = { filepath: options.credentialsPath, configFilepath: options.configPath }
  return {
    // The SDK hands these on to what reads the profiles.
    ...Object.fromEntries(Object.entries(files).filter(([, path]) => path !== undefined)),
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(credentials !== undefined && { credentials }),
    ...(options.isAnonymous && anonymous),
    tls: options.usesTls,
    maxAttempts: requestsPerCall,
    followRegionRedirects: true,
    // An object's name is its checksum; one more would only cost time, and some servers refuse it.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: options.connectTimeoutMs,
      socketTimeout: options.readTimeoutMs,
      httpAgent: agent,
      httpsAgent: { ...agent, ...tls },
    },
  }
}

function tlsOptions({ verifies }: S3Options): TlsOptions {
  return {
    rejectUnauthorized: verifies !== false,
    ...(typeof verifies === 'string' && { ca: readAuthorities(verifies) }),
  }
}

const anonymous = {
  credentials: { accessKeyId: '', secretAccessKey: '' },
  signer: { sign: <T>(request: T): Promise<T> => Promise.resolve(request) },
} as const

function readAuthorities(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw readError(path, error)
  }
}

/** As many as one request may name. */
const removeBatch = 1000

async function removeKeys(
  connection: S3Connection,
  keys: readonly string[],
  { signal }: CallOptions,
): Promise<void> {
  const { sdk, client, options } = connection
  for (let start = 0; start < keys.length; start += removeBatch) {
    const objects = keys
      .slice(start, start + removeBatch)
      .map((key) => ({ Key: options.prefix + key }))
    const command = new sdk.DeleteObjectsCommand({
      Bucket: options.bucket,
      Delete: { Objects: objects, Quiet: true },
    })
    await callS3(connection, { signal }, async (send) => {
      const { Errors: [failure] = [] } = await client.send(command, send)
      if (failure === undefined) return
      const error = new Error(failure.Message ?? 'cannot delete')
      error.name = failure.Code ?? 'DeleteFailed'
      throw error
    })
  }
}
