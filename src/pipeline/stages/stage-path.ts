import { isAbsolute, relative, resolve, sep } from 'node:path'
import { isWithin } from './graph.ts'
import type { StagePath } from './stage.ts'

/** What a path is relative to. Both are absolute. */
export interface PathHome {
  readonly root: string
  readonly workingFolder: string
}

/**
 * A path as it is written; one that is absolute and lies in the repository as DVC records it, from
 * the stage's folder on, so that `dvc.lock` is the same on every machine.
 */
export function createStagePath(path: string, { root, workingFolder }: PathHome): StagePath {
  const location = resolve(workingFolder, path)
  if (!isAbsolute(path) || !isWithin(location, root)) return { path, location }
  return { path: relative(workingFolder, location).split(sep).join('/'), location }
}
