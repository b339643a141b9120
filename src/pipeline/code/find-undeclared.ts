import { resolve } from 'node:path'
import { inputsOf, isSameOrWithin } from '../stages/graph.ts'
import { commandsOf, type Stage } from '../stages/stage.ts'
import { compareCodePoints } from '../../core/code-point-order.ts'
import { findScripts } from './find-scripts.ts'
import type { ImportedFile, ImportReader } from './import-closure-file.ts'
import { isCode } from './resolve-import.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** A file of code that a stage loads and that its `deps` do not name. */
export interface UndeclaredImport {
  /** As `deps` would name it: from the stage's working folder, with forward slashes. */
  readonly path: string
  /** Absolute. */
  readonly location: string
  /** The file that imports it, named likewise; `undefined` for the script of the command. */
  readonly importedBy: string | undefined
}

/**
 * The files of JavaScript and TypeScript that a stage loads without naming them: without them
 * in `deps`, a change in one does not run the stage. It follows the scripts of its commands, and
 * the code among its `deps` when the command runs JavaScript some other way (`npx`, `mlpt`).
 * A frozen stage never runs, so nothing is missing.
 *
 * @returns in the order of their paths; none for a stage that runs no JavaScript
 */
export async function findUndeclared(
  stage: Stage,
  reader: ImportReader,
): Promise<readonly UndeclaredImport[]> {
  const scripts = scriptsOf(stage)
  if (scripts.length === 0) return []
  return undeclaredImports(stage, await reader.closureOf(scripts))
}

function scriptsOf(stage: Stage): string[] {
  if (stage.isFrozen) return []
  const found = commandsOf(stage).map(findScripts)
  if (!found.some(({ runsCode }) => runsCode)) return []
  const declared = stage.dependencies.map(({ location }) => location).filter(isCode)
  const started = found.flatMap(({ scripts }) => scripts)
  return [...started.map((script) => resolve(stage.workingFolder, script)), ...declared]
}

/** Compares what is loaded with what a stage names as input or writes itself. */
export function undeclaredImports(
  stage: Stage,
  closure: readonly ImportedFile[],
): readonly UndeclaredImport[] {
  const named = [...inputsOf(stage), ...stage.outputs].map(({ location }) => location)
  const nameOf = (location: string): string => relativePosix(stage.workingFolder, location)
  return closure
    .filter(({ location }) => !named.some((path) => isSameOrWithin(location, path)))
    .map(({ location, importedBy }) => ({
      path: nameOf(location),
      location,
      importedBy: importedBy === undefined ? undefined : nameOf(importedBy),
    }))
    .sort((a, b) => compareCodePoints(a.path, b.path))
}
