/** Sending files to S3: in one piece, or in parts when they are large. */

import type { CompletedPart } from '@aws-sdk/client-s3'
import { stat } from 'node:fs/promises'
import { digestPiece } from '../cache/digest.ts'
import { readSmallFile } from '../cache/hash-file.ts'
import type { UploadOptions } from './remote.ts'
import type { S3Connection } from './s3-connection.ts'
import { asS3Error } from './s3-errors.ts'
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

/** @returns the size in bytes */
export async function uploadToS3(connection: S3Connection, upload: S3Upload): Promise<number> {
  const { signal, source } = upload
  try {
    signal?.throwIfAborted()
    const small = readSmallFile(source)
    // Those bytes are overwritten by the next read.
    if (small !== undefined) return await uploadWhole(connection, upload, Buffer.from(small))
    const sizeBytes = await sizeOf(source)
    if (sizeBytes > partBytes) return await uploadParts(connection, upload, sizeBytes)
    return await uploadWhole(connection, upload, await readWhole(upload))
  } catch (error) {
    throw asS3Error(error, connection.options, { signal })
  }
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
  { sdk, client, options, fast }: S3Connection,
  { source, key, md5, signal }: S3Upload,
  body: Uint8Array,
): Promise<number> {
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
  await client.send(command, { ...(signal && { abortSignal: signal }) })
  return body.length
}

async function uploadParts(
  connection: S3Connection,
  upload: S3Upload,
  sizeBytes: number,
): Promise<number> {
  const { sdk, client, options } = connection
  const { source, key, md5, signal } = upload
  const target = { Bucket: options.bucket, Key: options.prefix + key }
  const create = new sdk.CreateMultipartUploadCommand({ ...target, ...options.uploadFields })
  const { UploadId } = await client.send(create, { ...(signal && { abortSignal: signal }) })
  const parts: CompletedPart[] = []
  try {
    const pieceBytes = Math.max(partBytes, Math.ceil(sizeBytes / mostParts))
    const read = await readPieces(source, { pieceBytes, signal }, async (piece) => {
      const PartNumber = parts.length + 1
      const part = { ...target, UploadId, PartNumber, ...options.readFields }
      const command = new sdk.UploadPartCommand({
        ...part,
        Body: piece,
        ContentLength: piece.length,
      })
      const { ETag } = await client.send(command, { ...(signal && { abortSignal: signal }) })
      parts.push({ ETag, PartNumber })
    })
    checkSource(source, md5, read.md5)
    const complete = {
      ...target,
      UploadId,
      MultipartUpload: { Parts: parts },
      ...options.readFields,
    }
    await client.send(new sdk.CompleteMultipartUploadCommand(complete))
    return read.sizeBytes
  } catch (error) {
    await client
      .send(new sdk.AbortMultipartUploadCommand({ ...target, UploadId }))
      .catch(ignoreCleanupFailure)
    throw error
  }
}

function ignoreCleanupFailure(): void {
  // The upload's own error is the one to report; parts left behind are never an object.
}
