import { isAbsolute } from 'node:path'
import { inputsOf, isSameOrWithin } from '../stages/graph.ts'
import type { Stage } from '../stages/stage.ts'

/** What a change of brings a pipeline out of date. All paths are absolute. */
export interface WatchedInputs {
  /** Files and folders that stages read and no stage writes, in order. */
  readonly locations: readonly string[]
  /** What stages write, also inside of a folder that is watched. */
  readonly excluded: readonly string[]
}

/**
 * The inputs of stages that come from outside: sources, parameter files, and the data that
 * `*.dvc` files track. Frozen stages read nothing, and imports are not looked for elsewhere.
 *
 * @param stages - those to watch for
 * @param all - every stage of the repository
 */
export function watchedInputs(stages: readonly Stage[], all: readonly Stage[]): WatchedInputs {
  const excluded = all
    .filter(({ command }) => command !== undefined)
    .flatMap(({ outputs }) => outputs.map(({ location }) => location))
  const read = stages.filter(({ isFrozen }) => !isFrozen).flatMap(pathsOf)
  const locations = read.filter(
    (location) => isAbsolute(location) && !isWritten(location, excluded),
  )
  return { locations: [...new Set(locations)].sort(), excluded }
}

function pathsOf(stage: Stage): string[] {
  const paths = stage.command === undefined ? stage.outputs : inputsOf(stage)
  return paths.map(({ location }) => location)
}

/** Whether a path is one that stages write, or lies in one. */
export function isWritten(location: string, excluded: readonly string[]): boolean {
  return excluded.some((output) => isSameOrWithin(location, output))
}
