/** A small repository as the tester thinks of it, from which its files are written. */

/** A value in a parameter file, as the text that stands there. */
export type Scalar = string

/** One stage, or a group of them. All paths are relative to the repository's root. */
export interface ModelStage {
  name: string
  /** `undefined` for a plain stage. */
  group: Group | undefined
  /** Folder of the stage's paths; the dvc.yaml's own when `undefined`. */
  workingFolder: string | undefined
  dependencies: string[]
  parameters: ModelParameters[]
  outputs: ModelOutput[]
  /** Changes with each edit of the command. */
  version: number
  form: 'text' | 'list' | 'lines'
  /** How the command ends: what a person would have got wrong. */
  fault: 'none' | 'fails' | 'writes-nothing'
  /** Whether what it writes depends on what it reads. */
  isConstant: boolean
  /** Names of parameters beside the dvc.yaml that stand in the command. */
  interpolated: string[]
  isFrozen: boolean
  isAlwaysChanged: boolean
  description: string | undefined
}

/** `foreach` over a list or a map, or `matrix`. */
export interface Group {
  readonly kind: 'list' | 'map' | 'matrix'
  readonly items: readonly string[]
  /** Values of the map, or of the second axis. */
  readonly others: readonly string[]
}

/** Keys of one file; all when there are none. */
export interface ModelParameters {
  readonly path: string
  keys: string[] | undefined
}

/** Something that a stage writes. */
export interface ModelOutput {
  readonly path: string
  readonly kind: 'outs' | 'metrics' | 'plots'
  readonly isFolder: boolean
  readonly isExecutable: boolean
  readonly flags: Readonly<Record<string, boolean | string>>
}

/** One `dvc.yaml`. */
export interface ModelPipeline {
  /** Relative to the root; empty for the root itself. */
  readonly folder: string
  stages: ModelStage[]
  readonly comment: string
  /** Whether it is written as dvc writes, so that dvc changes nothing but what it is told to. */
  readonly isNeat: boolean
}

/** A parameter file: texts by key, as its format has them. */
export interface ModelValues {
  readonly path: string
  readonly values: Map<string, Scalar>
}

/** The repository. */
export interface Model {
  readonly pipelines: ModelPipeline[]
  readonly values: ModelValues[]
  /** Files that no stage writes. */
  readonly sources: Map<string, string>
  /** Links to files. */
  readonly links: Map<string, string>
  readonly executables: string[]
  /** Files and folders to be added, and those that were. */
  readonly data: string[]
}

/** The path in which one member of a group writes; `suffix` is what the group puts in. */
export function memberPath(path: string, suffix: string): string {
  return path.replace('@', suffix)
}

/** All paths that a stage writes. */
export function writtenPaths(stage: ModelStage): string[] {
  return stage.outputs.flatMap(({ path }) =>
    memberSuffixes(stage).map((suffix) => memberPath(path, suffix)),
  )
}

/** What distinguishes the members of a group; one empty text for a plain stage. */
export function memberSuffixes({ group }: ModelStage): string[] {
  if (group === undefined) return ['']
  if (group.kind !== 'matrix') return [...group.items]
  return group.items.flatMap((item) => group.others.map((other) => `${item}-${other}`))
}
