import { statSync } from 'node:fs'
import { join } from 'node:path'
import { layoutOf } from './layout.ts'
import type { StepContext } from './step.ts'

/**
 * A table of the project that somebody has changed since monitoring put rows of the log behind it, and that is passed over for
 * what monitoring wrote; `undefined` where nothing is.
 *
 * @param path - what is read
 */
export function findNewerTable(
  { directory, project }: StepContext,
  path: string,
): string | undefined {
  if (path !== join(directory, layoutOf(project.name).incoming)) return undefined
  const writtenMs = modifiedMs(path) ?? Infinity
  return project.sources
    .flatMap((source) =>
      source.kind === 'folder' ? source.files.map((file) => join(source.path, file)) : [],
    )
    .find((file) => (modifiedMs(join(directory, file)) ?? 0) > writtenMs)
}

function modifiedMs(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs
}
