/** What lies at a path on S3 that a stage reads: an object, or all below a prefix. */

import { hashManifest, sortPaths } from '../cache/manifest.ts'
import type { Fingerprint } from '../stages/record.ts'
import type { CallOptions } from './remote.ts'
import { connectToS3 } from './s3-client.ts'
import type { S3Connection } from './s3-connection.ts'
import { headObject, listEntries } from './s3-list-client.ts'
import type { S3Options } from './s3-options.ts'

/**
 * As DVC records it: of an object its ETag, of a folder the MD5 of a manifest with the ETags of
 * all objects. None of them is read.
 *
 * @param options - whose `prefix` is the path
 * @returns `undefined` when nothing lies there
 * @throws {ToolkitError} `REMOTE_DENIED`, `REMOTE_UNAVAILABLE`
 */
export async function readS3Dependency(
  options: S3Options,
  call: CallOptions,
): Promise<Fingerprint | undefined> {
  using connection = await connectToS3({ ...options, prefix: '' })
  const key = options.prefix.replace(/\/$/, '')
  const head = key === '' ? undefined : await headObject(connection, key, call)
  if (head === undefined) return await readFolder(connection, options.prefix, call)
  const { etag, sizeBytes } = head
  return { md5: etag, sizeBytes, fileCount: undefined, isExecutable: false }
}

async function readFolder(
  connection: S3Connection,
  prefix: string,
  call: CallOptions,
): Promise<Fingerprint | undefined> {
  const etags = new Map<string, string>()
  let sum = 0
  for await (const { key, etag, sizeBytes } of listEntries(connection, prefix, call)) {
    // Some tools mark a folder by an object of its name.
    if (key.endsWith('/')) continue
    etags.set(key.slice(prefix.length), etag)
    sum += sizeBytes
  }
  if (etags.size === 0) return undefined
  const members = sortPaths([...etags.keys()]).map((path) => ({ path, md5: etags.get(path)! }))
  const md5 = hashManifest(members, 'etag')
  return { md5, sizeBytes: sum, fileCount: etags.size, isExecutable: false }
}
