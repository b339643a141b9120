/** Finding out what an S3 remote has, with as few requests as may be. */

import { objectPrefix } from './object-key.ts'
import { runPool } from './pool.ts'
import type { CallOptions, RemoteEntry } from './remote.ts'
import { callForObject, callS3 } from './s3-attempts-client.ts'
import type { S3Connection } from './s3-connection.ts'
import { checkETag } from './s3-errors.ts'

/** So few that a listing is not worth its while. */
const fewKeys = 8

/** Which of these keys are there: asked for one by one, or looked up in a listing, whichever is less. */
export async function findKeys(
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
    if ((await headObject(connection, key, call)) !== undefined) found.add(key)
  })
  // An answer without a body cannot tell a missing bucket from a missing object.
  if (keys.length > 0 && found.size === 0) await checkBucket(connection, call)
  return found
}

/** What S3 says of an object without its bytes. */
export interface ObjectHead {
  /** Without its quotes. */
  readonly etag: string
  readonly sizeBytes: number | undefined
}

/** `undefined` when there is no such object, or no such bucket. */
export async function headObject(
  connection: S3Connection,
  key: string,
  { signal }: CallOptions,
): Promise<ObjectHead | undefined> {
  const { sdk, client, options } = connection
  const { bucket, prefix, readFields } = options
  const command = new sdk.HeadObjectCommand({ Bucket: bucket, Key: prefix + key, ...readFields })
  return callForObject(connection, { key, signal }, async (send) => {
    const { ETag, ContentLength } = await client.send(command, send)
    checkETag(ETag)
    return { etag: withoutQuotes(ETag), sizeBytes: ContentLength }
  })
}

function withoutQuotes(etag = ''): string {
  return etag.replaceAll('"', '')
}

async function checkBucket(connection: S3Connection, { signal }: CallOptions): Promise<void> {
  const { sdk, client, options } = connection
  const command = new sdk.HeadBucketCommand({ Bucket: options.bucket })
  await callS3(connection, { signal }, (send) => client.send(command, send))
}

/**
 * Everything below a prefix.
 *
 * @yields page by page, in S3's order
 */
export async function* listEntries(
  connection: S3Connection,
  prefix: string,
  call: CallOptions,
): AsyncIterable<S3Entry> {
  for (let next: string | undefined, isFirst = true; isFirst || next !== undefined;) {
    const page = await listPage(connection, { prefix, next }, call)
    yield* page.entries
    next = page.next
    isFirst = false
  }
}

/** An object in a listing. */
export interface S3Entry extends RemoteEntry {
  /** Without its quotes. */
  readonly etag: string
}

interface Page {
  readonly entries: readonly S3Entry[]
  /** Where the next one starts; `undefined` after the last. */
  readonly next: string | undefined
}

async function listPage(
  connection: S3Connection,
  { prefix, next }: { readonly prefix: string; readonly next?: string | undefined },
  { signal }: CallOptions,
): Promise<Page> {
  const { sdk, client, options } = connection
  const command = new sdk.ListObjectsV2Command({
    Bucket: options.bucket,
    Prefix: options.prefix + prefix,
    ...(next !== undefined && { ContinuationToken: next }),
  })
  return callS3(connection, { signal }, async (send) => {
    const answer = await client.send(command, send)
    const { Contents = [], IsTruncated, NextContinuationToken } = answer
    // Of a page of HTML the SDK makes a listing without anything.
    checkETag(IsTruncated === undefined ? undefined : 'a listing')
    const entries = Contents.map(({ Key = '', Size = 0, ETag }) => ({
      key: Key.slice(options.prefix.length),
      sizeBytes: Size,
      etag: withoutQuotes(ETag),
    }))
    return { entries, next: IsTruncated ? NextContinuationToken : undefined }
  })
}
