import type { Place } from '../yaml/problems.ts'

/** A path of a stage: as it is written, which is how dvc.lock names it, and where it lies. */
export interface StagePath {
  readonly path: string
  /** Absolute and normalised. */
  readonly location: string
}

/** A path that a stage writes. */
export interface Output extends StagePath {
  readonly kind: 'out' | 'metric' | 'plot'
  /** Whether its content is kept in the cache, from which it can be restored. */
  readonly isCached: boolean
  /** Whether it stays in place while the stage runs, so that the stage can continue it. */
  readonly isPersistent: boolean
}

/** Keys that a stage reads from one parameter file. */
export interface Parameters extends StagePath {
  /** Dotted keys; `undefined` means the whole file. */
  readonly keys: readonly string[] | undefined
}

/** One stage of `dvc.yaml` after interpolation. */
export interface Stage {
  readonly name: string
  /** For members of a `foreach` or `matrix`, the name before the `@`. */
  readonly group: string | undefined
  /** A text is run line by line, each line in its own shell; a list item is run whole. */
  readonly command: string | readonly string[]
  /** Absolute folder in which the command runs and from which paths are read. */
  readonly workingFolder: string
  readonly dependencies: readonly StagePath[]
  readonly parameters: readonly Parameters[]
  readonly outputs: readonly Output[]
  /** Never run; its outputs are taken as they are. */
  readonly isFrozen: boolean
  readonly isAlwaysChanged: boolean
  /** Where its name stands. */
  readonly place: Place
}

/** The shell commands of a stage, in order. */
export function commandsOf(stage: Stage): readonly string[] {
  if (typeof stage.command !== 'string') return stage.command
  const lines = stage.command.split(/\r\n|[\n\r]/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}
