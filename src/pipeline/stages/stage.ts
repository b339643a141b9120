import type { Place } from '../yaml/problems.ts'
import type { YamlMap } from '../yaml/yaml-value.ts'
import type { StageRecord } from './record.ts'
import type { StageSettings } from './stage-settings.ts'

/** A path of a stage: as it is written, which is how dvc.lock names it, and where it lies. */
export interface StagePath {
  readonly path: string
  /** Absolute and normalised; of an import from elsewhere, the address itself. */
  readonly location: string
}

/** A path that a stage writes. */
export interface Output extends StagePath {
  readonly kind: 'out' | 'metric' | 'plot'
  /** Whether its content is kept in the cache, from which it can be restored. */
  readonly isCached: boolean
  /** Whether it stays in place while the stage runs, so that the stage can continue it. */
  readonly isPersistent: boolean
  /** Whether `push` sends it to a remote. */
  readonly isPushed: boolean
  /** The remote that keeps it, when it is not the default one. */
  readonly remote: string | undefined
  /** How a plot is drawn: `template`, `x`, `y`, `x_label`, `y_label`, `title`, `header`. */
  readonly plot: YamlMap | undefined
}

/** Keys that a stage reads from one parameter file. */
export interface Parameters extends StagePath {
  /** Dotted keys; `undefined` means the whole file. */
  readonly keys: readonly string[] | undefined
}

/** One stage of a `dvc.yaml` after interpolation, or one `*.dvc` file. */
export interface Stage {
  /** Its name in its file; of a `*.dvc` file, the file's name. */
  readonly name: string
  /** For members of a `foreach` or `matrix`, the name before the `@`. */
  readonly group: string | undefined
  /** Its file, from the repository's root, with forward slashes. */
  readonly file: string
  /** How it is named from the folder the command works in: `train`, `../dvc.yaml:train`, `data/raw.dvc`. */
  readonly address: string
  /** Its `desc`, which may have several lines. */
  readonly description: string | undefined
  /** A text is run line by line, each line in its own shell; a list item is run whole. `undefined` for a `*.dvc` file. */
  readonly command: string | readonly string[] | undefined
  /** Absolute folder in which the command runs and from which paths are read. */
  readonly workingFolder: string
  readonly dependencies: readonly StagePath[]
  readonly parameters: readonly Parameters[]
  readonly outputs: readonly Output[]
  /** Never run; its outputs are taken as they are. */
  readonly isFrozen: boolean
  readonly isAlwaysChanged: boolean
  /** What `meta.mlpt` says: retries, time-out and the like. */
  readonly settings: StageSettings
  /** What a `*.dvc` file records in itself; stages of a `dvc.yaml` have it in `dvc.lock`. */
  readonly data: DataRecord | undefined
  /** Where its name stands. */
  readonly place: Place
}

/** The record that a `*.dvc` file holds, instead of a `dvc.lock`. */
export interface DataRecord {
  readonly record: StageRecord
  /** Whether its data came from elsewhere, by `import-url` or `import`. */
  readonly isImport: boolean
  /** For imports: the recorded MD5 of the definition, and that of the definition as it stands. */
  readonly checksum: { readonly recorded: string | undefined; readonly actual: string } | undefined
}

/** The shell commands of a stage, in order. */
export function commandsOf(stage: Stage): readonly string[] {
  if (stage.command === undefined) return []
  if (typeof stage.command !== 'string') return stage.command
  const lines = stage.command.split(/\r\n|[\n\r]/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}
