/**
 * Which data this tool put, or found, in the work tree: so that a later checkout can take away
 * what an older commit tracked and the present one does not. Only a help: without it, such files stay.
 */

import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import { isObject } from '../../core/json.ts'
import type { Repository } from '../repository/repository.ts'
import { isAbsent } from '../repository/text-file.ts'
import { compareCodePoints } from '../../core/code-point-order.ts'

/** Data that lies at a path; without a hash, it is none of ours any more. */
export interface PlacedData {
  /** Absolute. */
  readonly location: string
  readonly md5: string | undefined
}

/** Everything that is known to have been put into the work tree, by path. */
export function readPlaced({ root, stateFolder }: Repository): PlacedData[] {
  return Object.entries(readEntries(stateFolder)).map(([path, md5]) => ({
    location: join(root, path),
    md5,
  }))
}

/** Adds to what is known; entries without a hash are forgotten. */
export async function rememberPlaced(
  { root, stateFolder }: Repository,
  data: readonly PlacedData[],
): Promise<void> {
  const before = readEntries(stateFolder)
  const next: Record<string, string> = { ...before }
  for (const { location, md5 } of data) {
    const path = relative(root, location)
    if (md5 === undefined) delete next[path]
    else next[path] = md5
  }
  const sorted = Object.fromEntries(
    Object.entries(next).toSorted(([a], [b]) => compareCodePoints(a, b)),
  )
  const text = `${JSON.stringify({ version: 1, paths: sorted })}\n`
  if (text === `${JSON.stringify({ version: 1, paths: before })}\n`) return
  await writeFileAtomically(pathOf(stateFolder), text)
}

function pathOf(stateFolder: string): string {
  return join(stateFolder, 'placed.json')
}

function readEntries(stateFolder: string): Record<string, string> {
  try {
    const document: unknown = JSON.parse(readFileSync(pathOf(stateFolder), 'utf8'))
    const paths = isObject(document) && document['version'] === 1 ? document['paths'] : undefined
    if (!isObject(paths)) return {}
    return Object.fromEntries(
      Object.entries(paths).flatMap(([path, md5]) =>
        typeof md5 === 'string' ? [[path, md5]] : [],
      ),
    )
  } catch (error) {
    // A damaged file is as good as none.
    if (isAbsent(error) || error instanceof SyntaxError) return {}
    throw error
  }
}
