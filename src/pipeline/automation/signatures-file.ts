/** A cheap look at files: what changed is told by size, time and identity, without reading any. */

import { readdirSync, statSync, type Dirent } from 'node:fs'
import { join } from 'node:path'
import type { IgnoreRules } from '../repository/ignore-rules.ts'
import { isWritten, type WatchedInputs } from './watched-inputs.ts'

/** What each file looked like, by absolute path; a file that is not there is absent. */
export type Signatures = ReadonlyMap<string, string>

/** Looks at all files at or below the inputs, but for what `.dvcignore` hides and stages write. */
export function readSignatures(
  { locations, excluded }: WatchedInputs,
  ignore: IgnoreRules,
): Signatures {
  const signatures = new Map<string, string>()
  const visit = (location: string): void => {
    if (signatures.has(location) || isWritten(location, excluded)) return
    const stats = statSync(location, { bigint: true, throwIfNoEntry: false })
    if (stats === undefined) return
    const isFolder = stats.isDirectory()
    if (!isFolder) {
      signatures.set(location, `${stats.mtimeNs}:${stats.size}:${stats.ino}`)
      return
    }
    for (const entry of listFolder(location)) {
      const path = join(location, entry.name)
      // Links to folders are not followed, by DVC either: they may lead in circles.
      if (entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
        continue
      }
      if (!ignore.isIgnored(path, false) && !ignore.isIgnored(path, true)) visit(path)
    }
  }
  for (const location of locations) tryToVisit(location, visit)
  return signatures
}

/** What cannot be looked at counts as absent: the run itself says what is wrong with it. */
function tryToVisit(location: string, visit: (location: string) => void): void {
  try {
    visit(location)
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error
  }
}

function listFolder(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return [] // It went away meanwhile.
    throw error
  }
}

/** The paths that came, went or look different, in order. */
export function changedPaths(before: Signatures, after: Signatures): string[] {
  const paths = new Set([...before.keys(), ...after.keys()])
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort()
}
