/** Reading objects from S3. */

import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { beginDigest } from '../cache/digest.ts'
import { smallBytes, type CallOptions, type Content, type DownloadOptions } from './remote.ts'
import { callS3 } from './s3-attempts-client.ts'
import type { ObjectAnswer, S3Connection } from './s3-connection.ts'
import { brokenAnswer, checkETag } from './s3-errors.ts'
import { throwWriteError } from './stream-file.ts'

/**
 * Reads an object; from its beginning again when the answer breaks off.
 *
 * @throws {ToolkitError} `REMOTE_OBJECT_MISSING`, `FILE_WRITE_FAILED`
 */
export async function downloadFromS3(
  connection: S3Connection,
  key: string,
  { makePath, signal }: DownloadOptions,
): Promise<Content> {
  // Each attempt would take a new one.
  let path: string | undefined
  const target = (): string => (path ??= makePath())
  return callS3(connection, { key, isRead: true, signal }, async () =>
    downloadOnce(connection, key, { makePath: target, signal }),
  )
}

async function downloadOnce(
  connection: S3Connection,
  key: string,
  { makePath, signal }: DownloadOptions,
): Promise<Content> {
  const { body, sizeBytes } = await requestObject(connection, key, { signal })
  const pieces = readBody(body, { sizeBytes, signal })
  return sizeBytes <= smallBytes ? collectBytes(pieces) : writeFile(pieces, makePath())
}

async function requestObject(
  { sdk, client, options, fast }: S3Connection,
  key: string,
  { signal }: CallOptions,
): Promise<ObjectAnswer> {
  const quick = await fast?.get(key, { signal })
  if (quick !== undefined) return quick
  const { bucket, prefix, readFields } = options
  const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: prefix + key, ...readFields })
  const answer = await client.send(command, { ...(signal && { abortSignal: signal }) })
  checkETag(answer.ETag)
  const body = answer.Body instanceof Readable ? answer.Body : Readable.from([])
  return { body, sizeBytes: answer.ContentLength ?? Infinity }
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
  body: AsyncIterable<unknown>,
  { sizeBytes, signal }: BodyOptions,
): AsyncIterable<Uint8Array> {
  let read = 0
  for await (const piece of body) {
    signal?.throwIfAborted()
    if (!(piece instanceof Uint8Array)) continue
    read += piece.length
    yield piece
  }
  if (Number.isFinite(sizeBytes) && read !== sizeBytes) {
    throw brokenAnswer('its answer ended too early')
  }
}
