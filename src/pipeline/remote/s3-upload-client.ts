/** Sending files to S3: in one piece, or in parts when they are large. */

import type { CompletedPart } from '@aws-sdk/client-s3'
import { stat } from 'node:fs/promises'
import { digestPiece } from '../cache/digest.ts'
import { readSmallFile } from '../cache/read-content-file.ts'
import type { UploadOptions } from './remote.ts'
import { callS3 } from './s3-attempts-client.ts'
import type { S3Connection } from './s3-connection.ts'
import { checkETag } from './s3-errors.ts'
import { checkSource, readPieces } from './stream-file.ts'

/** What to send where. */
export interface S3Upload extends UploadOptions {
  readonly source: string
  readonly key: string
}

/** One part is held in memory for each transfer that runs. */
const partBytes = 16 << 20
/** S3's limit. */
const mostParts = 10_000

/** How long parts that nobody will need may hold up the end. */
const cleanupMs = 2000

/** @returns the size in bytes */
export async function uploadToS3(connection: S3Connection, upload: S3Upload): Promise<number> {
  const { signal, source } = upload
  signal?.throwIfAborted()
  const small = readSmallFile(source)
  // Those bytes are overwritten by the next read.
  if (small !== undefined) return uploadWhole(connection, upload, Buffer.from(small))
  const sizeBytes = await sizeOf(source)
  if (sizeBytes > partBytes) return uploadParts(connection, upload, sizeBytes)
  return uploadWhole(connection, upload, await readWhole(upload))
}

async function sizeOf(source: string): Promise<number> {
  const { size } = await stat(source)
  return size
}

async function readWhole({ source, signal }: S3Upload): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  await readPieces(source, { pieceBytes: partBytes, signal }, async (piece) => {
    pieces.push(piece)
  })
  return Buffer.concat(pieces)
}

async function uploadWhole(
  connection: S3Connection,
  { source, key, md5, signal }: S3Upload,
  body: Uint8Array,
): Promise<number> {
  const { sdk, client, options, fast } = connection
  const actual = digestPiece(body, false)
  checkSource(source, md5, actual)
  if ((await fast?.put(key, body, { md5: actual, signal })) === true) return body.length
  const command = new sdk.PutObjectCommand({
    Bucket: options.bucket,
    Key: options.prefix + key,
    Body: body,
    ContentLength: body.length,
    // The server then refuses what was changed on the way.
    ContentMD5: Buffer.from(actual, 'hex').toString('base64'),
    ...options.uploadFields,
  })
  await callS3(connection, { key, signal }, async (send) => {
    const { ETag } = await client.send(command, send)
    checkETag(ETag)
  })
  return body.length
}

async function uploadParts(
  connection: S3Connection,
  upload: S3Upload,
  sizeBytes: number,
): Promise<number> {
  const { sdk, client, options } = connection
  const { source, key, md5, signal } = upload
  const failed = { key, signal }
  const target = { Bucket: options.bucket, Key: options.prefix + key }
  const create = new sdk.CreateMultipartUploadCommand({ ...target, ...options.uploadFields })
  const { UploadId } = await callS3(connection, failed, (send) => client.send(create, send))
  const part = { ...target, UploadId, ...options.readFields }
  const parts: CompletedPart[] = []
  try {
    const pieceBytes = Math.max(partBytes, Math.ceil(sizeBytes / mostParts))
    const read = await readPieces(source, { pieceBytes, signal }, async (piece) => {
      const PartNumber = parts.length + 1
      const body = { Body: piece, ContentLength: piece.length }
      const command = new sdk.UploadPartCommand({ ...part, ...body, PartNumber })
      const { ETag } = await callS3(connection, failed, (send) => client.send(command, send))
      parts.push({ ETag, PartNumber })
    })
    checkSource(source, md5, read.md5)
    const complete = new sdk.CompleteMultipartUploadCommand({
      ...part,
      MultipartUpload: { Parts: parts },
    })
    await callS3(connection, failed, (send) => client.send(complete, send))
    return read.sizeBytes
  } catch (error) {
    const abort = new sdk.AbortMultipartUploadCommand({ ...target, UploadId })
    await client
      .send(abort, { abortSignal: AbortSignal.timeout(cleanupMs) })
      .catch(ignoreCleanupFailure)
    throw error
  }
}

function ignoreCleanupFailure(): void {
  // The upload's own error is the one to report; parts left behind are never an object.
}
