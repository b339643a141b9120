/** Whether what lies in the work tree is what `dvc.lock` says a stage gave. */

import { join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { hashPath } from '../cache/hash-file.ts'
import type { IgnoreRules } from '../repository/ignore-rules.ts'
import { readTextNow } from '../repository/text-file.ts'
import { parseLock } from '../stages/dvc-lock.ts'
import type { RecordedPath } from '../stages/record.ts'

/** Where a stage is recorded; the path of the lock is relative to the repository's root. */
export interface RecordName {
  readonly lock: string
  readonly name: string
}

/** A path as `dvc.yaml` writes it, and relative to the repository's root. */
export interface NamedPath {
  readonly name: string
  readonly path: string
}

/** Where to look. */
export interface RecordHome {
  readonly root: string
  readonly ignore: IgnoreRules
}

/** Whether all these outputs are as recorded; what cannot be read is not. */
export async function areAsRecorded(
  { root, ignore }: RecordHome,
  { lock, name }: RecordName,
  outputs: readonly NamedPath[],
): Promise<boolean> {
  try {
    const { records } = parseLock(readTextNow(join(root, lock)), lock)
    const recorded = records.get(name)?.outputs ?? new Map<string, RecordedPath>()
    for (const output of outputs) {
      const content = await hashPath(join(root, output.path), undefined, { ignore })
      if (content?.fingerprint.md5 !== recorded.get(output.name)?.md5) return false
      if (content === undefined) return false
    }
    return true
  } catch (error) {
    if (error instanceof ToolkitError) return false
    throw error
  }
}
