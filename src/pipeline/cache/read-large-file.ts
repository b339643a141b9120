import { copyAndHash } from './copy-and-hash-file.ts'
import type { FileHash, LargeFile } from './file-team.ts'
import { hashLargeFile } from './read-content-file.ts'

/**
 * Hashes a file, and copies it on the way where that is asked.
 *
 * @throws {ToolkitError} `FILE_READ_FAILED`, `FILE_WRITE_FAILED`; or the signal's reason
 */
export async function readLargeFile(
  { source, target, isLegacy }: LargeFile,
  signal?: AbortSignal,
): Promise<FileHash> {
  if (target === undefined) return hashLargeFile(source, signal, isLegacy)
  return copyAndHash(source, target, { signal, isLegacy })
}
