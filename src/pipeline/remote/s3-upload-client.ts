/** Sending files to S3: in one piece, or in parts when they are large. */

import type { CompletedPart } from '@aws-sdk/client-s3'
import { stat } from 'node:fs/promises'
import { systemCode } from '../../core/atomic-file.ts'
import { readError } from '../repository/text-file.ts'
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
  const sizeBytes = await sizeOf(upload.source)
  try {
    if (sizeBytes > partBytes) await uploadParts(connection, upload, sizeBytes)
    else await uploadWhole(connection, upload)
    return sizeBytes
  } catch (error) {
    throw asS3Error(error, connection.options, { signal: upload.signal })
  }
}

async function sizeOf(source: string): Promise<number> {
  try {
    const { size } = await stat(source)
    return size
  } catch (error) {
    throw systemCode(error) === undefined ? error : readError(source, error)
  }
}

async function uploadWhole(
  { sdk, client, options }: S3Connection,
  { source, key, md5, signal }: S3Upload,
): Promise<void> {
  let body: Uint8Array = new Uint8Array()
  const read = await readPieces(source, { pieceBytes: 2 * partBytes, signal }, async (piece) => {
    body = piece
  })
  checkSource(source, md5, read.md5)
  const command = new sdk.PutObjectCommand({
    Bucket: options.bucket,
    Key: options.prefix + key,
    Body: body,
    ContentLength: body.length,
    // The server then refuses what was changed on the way.
    ContentMD5: Buffer.from(read.md5, 'hex').toString('base64'),
    ...options.uploadFields,
  })
  await client.send(command, { ...(signal && { abortSignal: signal }) })
}

async function uploadParts(
  connection: S3Connection,
  upload: S3Upload,
  sizeBytes: number,
): Promise<void> {
  const { sdk, client, options } = connection
  const { source, key, md5, signal } = upload
  const target = { Bucket: options.bucket, Key: options.prefix + key }
  const create = new sdk.CreateMultipartUploadCommand({ ...target, ...options.uploadFields })
  const { UploadId } = await client.send(create, { ...(signal && { abortSignal: signal }) })
  const parts: CompletedPart[] = []
  try {
    const pieceBytes = Math.max(partBytes, Math.ceil(sizeBytes / mostParts))
    const read = await readPieces(source, { pieceBytes, signal }, async (piece, index) => {
      const part = { ...target, UploadId, PartNumber: index + 1, ...options.readFields }
      const command = new sdk.UploadPartCommand({
        ...part,
        Body: piece,
        ContentLength: piece.length,
      })
      const { ETag } = await client.send(command, { ...(signal && { abortSignal: signal }) })
      parts.push({ ETag, PartNumber: index + 1 })
    })
    checkSource(source, md5, read.md5)
    const complete = {
      ...target,
      UploadId,
      MultipartUpload: { Parts: parts },
      ...options.readFields,
    }
    await client.send(new sdk.CompleteMultipartUploadCommand(complete))
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
