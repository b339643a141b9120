/** Where an import comes from: a web server, or a file or folder. */

import { resolve, sep } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import type { Cache } from '../cache/cache.ts'
import type { Repository } from '../repository/repository.ts'
import { isWithin } from '../stages/graph.ts'
import { isAddress } from '../stages/stage-path.ts'
import { hashOf } from './data-hash.ts'
import { downloadWebFile, readWebFile, type DownloadOptions } from './download-client.ts'
import { openDownloadFolder } from './download-folder-store.ts'
import type { DataHash } from './format-data-file.ts'
import { checksumOfWebFile, sizeOf, type WebFile } from './web-checksum.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** What an import was, or would be, made of. */
export interface ImportedContent {
  /** Of the source, as it is recorded in `deps`. */
  readonly source: DataHash
  /** Of the content, which is in the cache. */
  readonly content: DataHash
}

/** Where content is taken from and kept. */
export interface ImportScope {
  readonly repository: Repository
  readonly cache: Cache
  readonly download: DownloadOptions
}

/**
 * The path or address as a `*.dvc` file writes it: of what lies in the repository, and of what was
 * given relative, from the file's own folder.
 *
 * @param folder - absolute, of the file
 */
export function sourcePathFor(
  source: string,
  folder: string,
  { root, directory }: Repository,
): string {
  if (isAddress(source)) return source
  const location = resolve(directory, source)
  const isKeptAbsolute = source.startsWith(sep) && !isWithin(location, root)
  return isKeptAbsolute ? source : relativePosix(folder, location)
}

/**
 * What can be known of a source without its content; of files on this machine, all of it.
 *
 * @param location - an absolute path or an address
 * @throws {ToolkitError} `FILE_MISSING`, `REMOTE_DENIED`, `DATA_SOURCE_UNAVAILABLE`, `FILE_READ_FAILED`
 */
export async function readSource(location: string, scope: ImportScope): Promise<DataHash> {
  if (isAddress(location)) return webHash(await readWebFile(location, scope.download))
  const content = await scope.cache.hash(location)
  if (content === undefined) throw missingSource(location)
  return hashOf(content.fingerprint)
}

/** Brings the content of a source into the cache. @throws as {@link readSource}, and `FILE_WRITE_FAILED` */
export async function fetchSource(location: string, scope: ImportScope): Promise<ImportedContent> {
  if (isAddress(location)) return fetchFromWeb(location, scope)
  const content = await scope.cache.add(location)
  if (content === undefined) throw missingSource(location)
  const hash = hashOf(content.fingerprint)
  return { source: hash, content: hash }
}

async function fetchFromWeb(address: string, scope: ImportScope): Promise<ImportedContent> {
  using folder = openDownloadFolder(scope.repository)
  const path = folder.path('content')
  const file = await downloadWebFile(address, path, scope.download)
  const content = await scope.cache.add(path)
  if (content === undefined) throw missingSource(address)
  checkDigest(file, content.fingerprint.md5)
  return { source: webHash(file), content: hashOf(content.fingerprint) }
}

/** @throws {ToolkitError} `DATA_HASH_MISMATCH` when the server says what the MD5 is, and it is not */
function checkDigest({ headers }: WebFile, md5: string): void {
  const header = headers.get('content-md5')
  const announced = header === undefined ? '' : Buffer.from(header, 'base64').toString('hex')
  if (announced.length !== 32 || announced === md5) return
  throw new ToolkitError(
    'DATA_HASH_MISMATCH',
    `what was downloaded has the MD5 ${md5}, the server says ${announced}`,
    { hint: 'try again', details: { md5, announced } },
  )
}

function webHash(file: WebFile): DataHash {
  return {
    key: 'checksum',
    value: checksumOfWebFile(file),
    sizeBytes: sizeOf(file),
    fileCount: undefined,
    isExecutable: false,
    isLegacy: false,
  }
}

function missingSource(location: string): ToolkitError {
  return new ToolkitError('FILE_MISSING', `'${location}' does not exist`, {
    hint: 'check the path',
    details: { path: location },
  })
}
