/** What the calls of one S3 remote share. */

import type { S3Client } from '@aws-sdk/client-s3'
import type { CallOptions } from './remote.ts'
import type { S3Options } from './s3-options.ts'

/** The SDK, as it is imported. */
export type S3Sdk = typeof import('@aws-sdk/client-s3')

/** A client and what it needs to know. */
export interface S3Connection {
  readonly sdk: S3Sdk
  readonly client: S3Client
  readonly options: S3Options
  /** Milliseconds before a call is made again for the first time. */
  readonly firstPauseMs: number
  /** For small objects; `undefined` when a clock or plain signatures are lacking. */
  readonly fast?: FastS3 | undefined
}

/** The short way to small objects. */
export interface FastS3 extends Disposable {
  /** Whether the object was stored; otherwise nobody knows. */
  put(key: string, body: Uint8Array, options: PutOptions): Promise<boolean>
  /** The answer of success; `undefined` for any other. */
  get(key: string, options: CallOptions): Promise<ObjectAnswer | undefined>
}

/** How to send. */
export interface PutOptions extends CallOptions {
  /** Hexadecimal. */
  readonly md5: string
}

/** The content of an object on its way. */
export interface ObjectAnswer {
  readonly body: AsyncIterable<unknown>
  /** What was announced; infinite when nothing was. */
  readonly sizeBytes: number
}
