/** What a command knows of the repository it works in. Values only; `repository-file.ts` finds them on disk. */

import type { Config } from '../config/config.ts'
import type { RepositoryIgnoreRules } from './ignore-rules.ts'

/** A DVC repository: its folders, settings and ignore rules. All paths are absolute. */
export interface Repository {
  /** The folder the command works in; names of stages and paths are told relative to it. */
  readonly directory: string
  /** The nearest folder, from there upwards, that has `.dvc` in it. */
  readonly root: string
  /** Merged from all levels, later ones win. */
  readonly config: Config
  /** `cache.dir`, else `.dvc/cache`: holds `files/md5/ab/cdef…`, DVC 2's `ab/cdef…` and `runs/`. */
  readonly cacheFolder: string
  /** `.dvc/tmp`, which git ignores: DVC's locks. */
  readonly temporaryFolder: string
  /** `.dvc/tmp/mlpt`: what only this engine uses. */
  readonly stateFolder: string
  /** The folder that has `.git` in it; `undefined` without one or with `core.no_scm`. */
  readonly gitRoot: string | undefined
  /** The nearest `node_modules/.bin`, put on the PATH of stages. */
  readonly binFolder: string | undefined
  /** What `.dvcignore` says. */
  readonly ignore: RepositoryIgnoreRules
}
