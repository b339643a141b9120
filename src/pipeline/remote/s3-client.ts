/** A remote on S3, or on any server that speaks its protocol. The SDK is loaded when first needed. */

import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { ToolkitError } from '../../core/errors.ts'
import { beginDigest } from '../cache/digest.ts'
import { readError } from '../repository/text-file.ts'
import { objectPrefix } from './object-key.ts'
import { runPool } from './pool.ts'
import {
  smallBytes,
  type CallOptions,
  type Content,
  type DownloadOptions,
  type Remote,
  type RemoteEntry,
} from './remote.ts'
import type { S3Connection, S3Sdk } from './s3-connection.ts'
import { asS3Error, isMissingKey, placeOf, readSymptoms } from './s3-errors.ts'
import { openFastS3 } from './s3-fast-client.ts'
import type { S3Options, TlsOptions } from './s3-options.ts'
import { uploadToS3 } from './s3-upload-client.ts'
import { throwWriteError } from './stream-file.ts'

/** What a client needs besides its settings. */
export interface OpenS3Options {
  /** Milliseconds since 1970; with it small objects take a shorter way. */
  readonly clock?: (() => number) | undefined
}

/**
 * Opens a remote on S3. Nothing is sent yet.
 *
 * @throws {ToolkitError} `REMOTE_UNAVAILABLE` when the SDK is not installed
 */
export async function openS3Remote(
  options: S3Options,
  { clock }: OpenS3Options = {},
): Promise<Remote> {
  const sdk = await loadSdk()
  const tls = tlsOptions(options)
  const client = await createClient(sdk, options, tls)
  const plain: S3Connection = { sdk, client, options }
  const isPlain = !options.isAnonymous && Object.keys(options.uploadFields).length === 0
  const fast = clock !== undefined && isPlain ? openFastS3(plain, { clock, tls }) : undefined
  const connection: S3Connection = { ...plain, fast }
  return {
    name: options.name,
    place: placeOf(options),
    jobs: options.jobs,
    has: (keys, call) => findKeys(connection, keys, call),
    list: (prefix, call) => listEntries(connection, prefix, call),
    download: (key, call) => download(connection, key, call),
    upload: (source, key, call) => uploadToS3(connection, { source, key, ...call }),
    settle: async () => undefined,
    remove: (keys, call) => removeKeys(connection, keys, call),
    [Symbol.asyncDispose]: async () => {
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
        cause: error,
      },
    )
  }
}

/** Where neither settings nor environment nor profile name a region; servers of one's own take any. */
const defaultRegion = 'us-east-1'
const attempts = 4

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
    maxAttempts: attempts,
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

/** So few that a listing is not worth its while. */
const fewKeys = 8

async function findKeys(
  connection: S3Connection,
  keys: readonly string[],
  call: CallOptions,
): Promise<Set<string>> {
  const objects = keys.filter((key) => key.startsWith(objectPrefix))
  const others = keys.filter((key) => !key.startsWith(objectPrefix))
  const found = await headKeys(connection, others, call)
  if (objects.length <= fewKeys) return found.union(await headKeys(connection, objects, call))
  const first = await listPage(connection, { prefix: objectPrefix }, call)
  const present = new Set(first.entries.map(({ key }) => key))
  const last = first.entries.at(-1)?.key
  if (first.next !== undefined && last !== undefined) {
    const pages = estimatePages(last)
    const rest = objects.filter((key) => key > last)
    if (pages > rest.length)
      return found.union(present).union(await headKeys(connection, rest, call))
    await listRest(connection, { pages, after: first.next, present }, call)
  }
  for (const key of objects) if (present.has(key)) found.add(key)
  return found
}

/** Objects are spread evenly over their names, so where the first page ends tells how many there are. */
function estimatePages(lastKey: string): number {
  const digits = lastKey.slice(objectPrefix.length).replace('/', '').slice(0, 6)
  return Math.ceil(16 ** 6 / (Number.parseInt(digits, 16) + 1))
}

const hexDigits = Array.from({ length: 16 }, (_, digit) => digit.toString(16))
/** From so many pages on they are listed side by side, by the first digit. */
const manyPages = 8

interface RestOfListing {
  readonly pages: number
  readonly after: string
  readonly present: Set<string>
}

async function listRest(
  connection: S3Connection,
  { pages, after, present }: RestOfListing,
  call: CallOptions,
): Promise<void> {
  if (pages < manyPages) {
    for (let next: string | undefined = after; next !== undefined;) {
      const page = await listPage(connection, { prefix: objectPrefix, next }, call)
      for (const { key } of page.entries) present.add(key)
      next = page.next
    }
    return
  }
  await runPool(hexDigits, connection.options.jobs, async (digit) => {
    for await (const { key } of listEntries(connection, objectPrefix + digit, call))
      present.add(key)
  })
}

async function headKeys(
  connection: S3Connection,
  keys: readonly string[],
  call: CallOptions,
): Promise<Set<string>> {
  const found = new Set<string>()
  await runPool(keys, connection.options.jobs, async (key) => {
    if (await headKey(connection, key, call)) found.add(key)
  })
  // An answer without a body cannot tell a missing bucket from a missing object.
  if (keys.length > 0 && found.size === 0) await checkBucket(connection, call)
  return found
}

async function headKey(
  { sdk, client, options }: S3Connection,
  key: string,
  { signal }: CallOptions,
): Promise<boolean> {
  const { bucket, prefix, readFields } = options
  const command = new sdk.HeadObjectCommand({ Bucket: bucket, Key: prefix + key, ...readFields })
  try {
    await client.send(command, { ...(signal && { abortSignal: signal }) })
    return true
  } catch (error) {
    if (isMissingKey(readSymptoms(error))) return false
    throw asS3Error(error, options, { signal })
  }
}

async function checkBucket(
  { sdk, client, options }: S3Connection,
  { signal }: CallOptions,
): Promise<void> {
  try {
    const command = new sdk.HeadBucketCommand({ Bucket: options.bucket })
    await client.send(command, { ...(signal && { abortSignal: signal }) })
  } catch (error) {
    throw asS3Error(error, options, { signal })
  }
}

async function* listEntries(
  connection: S3Connection,
  prefix: string,
  call: CallOptions,
): AsyncIterable<RemoteEntry> {
  for (let next: string | undefined, isFirst = true; isFirst || next !== undefined;) {
    const page = await listPage(connection, { prefix, next }, call)
    yield* page.entries
    next = page.next
    isFirst = false
  }
}

interface Page {
  readonly entries: readonly RemoteEntry[]
  /** Where the next one starts; `undefined` after the last. */
  readonly next: string | undefined
}

async function listPage(
  { sdk, client, options }: S3Connection,
  { prefix, next }: { readonly prefix: string; readonly next?: string | undefined },
  { signal }: CallOptions,
): Promise<Page> {
  const command = new sdk.ListObjectsV2Command({
    Bucket: options.bucket,
    Prefix: options.prefix + prefix,
    ...(next !== undefined && { ContinuationToken: next }),
  })
  try {
    const answer = await client.send(command, { ...(signal && { abortSignal: signal }) })
    const entries = (answer.Contents ?? []).map(({ Key = '', Size = 0 }) => ({
      key: Key.slice(options.prefix.length),
      sizeBytes: Size,
    }))
    return { entries, next: answer.IsTruncated === true ? answer.NextContinuationToken : undefined }
  } catch (error) {
    throw asS3Error(error, options, { signal })
  }
}

/** The SDK tries a request again, but not what breaks off in the middle of an answer. */
async function download(
  connection: S3Connection,
  key: string,
  { makePath, signal }: DownloadOptions,
): Promise<Content> {
  // Each attempt would take a new one.
  let path: string | undefined
  const target = (): string => (path ??= makePath())
  for (let attempt = 1; ; attempt++) {
    try {
      return await downloadOnce(connection, key, { makePath: target, signal })
    } catch (error) {
      const isBroken = error instanceof BrokenDownload
      if (!isBroken) throw asS3Error(error, connection.options, { key, signal })
      if (attempt === attempts || signal?.aborted === true) {
        throw asS3Error(error.cause, connection.options, { signal })
      }
    }
  }
}

/** Never leaves this file. */
class BrokenDownload extends Error {}

async function downloadOnce(
  connection: S3Connection,
  key: string,
  { makePath, signal }: DownloadOptions,
): Promise<Content> {
  const { body, sizeBytes } = await requestObject(connection, key, { signal })
  const pieces = readBody(body, { sizeBytes, signal })
  return sizeBytes <= smallBytes ? collectBytes(pieces) : writeFile(pieces, makePath())
}

interface Answer {
  readonly body: unknown
  /** What was announced; infinite when nothing was. */
  readonly sizeBytes: number
}

async function requestObject(
  { sdk, client, options, fast }: S3Connection,
  key: string,
  { signal }: CallOptions,
): Promise<Answer> {
  const quick = await fast?.get(key, { signal })
  if (quick !== undefined) {
    const length = quick.headers['content-length']
    return { body: quick, sizeBytes: length === undefined ? Infinity : Number(length) }
  }
  const { bucket, prefix, readFields } = options
  const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: prefix + key, ...readFields })
  const answer = await client.send(command, { ...(signal && { abortSignal: signal }) })
  return { body: answer.Body, sizeBytes: answer.ContentLength ?? Infinity }
}

async function collectBytes(pieces: AsyncIterable<Uint8Array>): Promise<Content> {
  const collected: Uint8Array[] = []
  for await (const piece of pieces) collected.push(piece)
  return { kind: 'bytes', bytes: Buffer.concat(collected) }
}

async function writeFile(pieces: AsyncIterable<Uint8Array>, path: string): Promise<Content> {
  const digest = beginDigest(false)
  let sizeBytes = 0
  await using file = await open(path, 'w').catch(throwWriteError(path))
  for await (const piece of pieces) {
    digest.update(piece)
    sizeBytes += piece.length
    await file.writeFile(piece).catch(throwWriteError(path))
  }
  return { kind: 'file', path, md5: digest.finish(), sizeBytes }
}

interface BodyOptions extends CallOptions {
  readonly sizeBytes: number
}

async function* readBody(
  body: unknown,
  { sizeBytes, signal }: BodyOptions,
): AsyncIterable<Uint8Array> {
  let read = 0
  try {
    for await (const piece of body instanceof Readable ? body : []) {
      signal?.throwIfAborted()
      if (!(piece instanceof Uint8Array)) continue
      read += piece.length
      yield piece
    }
  } catch (error) {
    throw new BrokenDownload('', { cause: error })
  }
  if (Number.isFinite(sizeBytes) && read !== sizeBytes) {
    throw new BrokenDownload('', { cause: new Error('the answer ended too early') })
  }
}

/** As many as one request may name. */
const removeBatch = 1000

async function removeKeys(
  { sdk, client, options }: S3Connection,
  keys: readonly string[],
  { signal }: CallOptions,
): Promise<void> {
  for (let start = 0; start < keys.length; start += removeBatch) {
    const objects = keys
      .slice(start, start + removeBatch)
      .map((key) => ({ Key: options.prefix + key }))
    const command = new sdk.DeleteObjectsCommand({
      Bucket: options.bucket,
      Delete: { Objects: objects, Quiet: true },
    })
    try {
      const answer = await client.send(command, { ...(signal && { abortSignal: signal }) })
      const [failure] = answer.Errors ?? []
      if (failure !== undefined) {
        const error = new Error(failure.Message ?? 'cannot delete')
        error.name = failure.Code ?? 'DeleteFailed'
        throw error
      }
    } catch (error) {
      throw asS3Error(error, options, { signal })
    }
  }
}
