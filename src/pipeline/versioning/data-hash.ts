import type { Fingerprint } from '../stages/record.ts'
import type { DataHash } from './format-data-file.ts'

/** What is recorded of content that was hashed. */
export function hashOf(fingerprint: Fingerprint): DataHash {
  const { md5, sizeBytes, fileCount, isExecutable } = fingerprint
  return { key: 'md5', value: md5, sizeBytes, fileCount, isExecutable, isLegacy: false }
}

/** Of a path of which nothing is known yet. */
export const unknownHash: DataHash = {
  key: 'md5',
  value: undefined,
  sizeBytes: undefined,
  fileCount: undefined,
  isExecutable: false,
  isLegacy: false,
}
