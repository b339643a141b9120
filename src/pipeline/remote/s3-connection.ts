/** What the calls of one S3 remote share. */

import type { S3Client } from '@aws-sdk/client-s3'
import type { FastS3 } from './s3-fast-client.ts'
import type { S3Options } from './s3-options.ts'

/** The SDK, as it is imported. */
export type S3Sdk = typeof import('@aws-sdk/client-s3')

/** A client and what it needs to know. */
export interface S3Connection {
  readonly sdk: S3Sdk
  readonly client: S3Client
  readonly options: S3Options
  /** For small objects; `undefined` when a clock or plain signatures are lacking. */
  readonly fast?: FastS3 | undefined
}
