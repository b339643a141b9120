/** What the stages of one run share. */

import type { Cache } from '../cache/cache.ts'
import type { LockFiles } from '../repository/dvc-lock-file.ts'
import type { RepositoryLock } from '../repository/lock-store.ts'
import type { ParameterFiles } from '../repository/parameter-file.ts'
import type { Repository } from '../repository/repository.ts'
import type { InTurn } from '../repository/turns.ts'
import type { Asides } from './aside-store.ts'
import type { Decide } from './choose-decision.ts'
import type { PipelineEvent } from './events.ts'
import type { ReadAddress } from './read-address.ts'
import type { RunOptions } from './run-options.ts'
import type { Watchdog } from './watchdog-process.ts'

/** The world of a run. */
export interface StageRun {
  readonly repository: Repository
  readonly lock: RepositoryLock
  readonly asides: Asides
  readonly lockFiles: LockFiles
  readonly parameterFiles: ParameterFiles
  readonly readAddress: ReadAddress
  readonly cache: Cache
  readonly watchdog: Watchdog
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly report: (event: PipelineEvent) => void
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly decide: Decide
  /** Whether the cache takes what stages make. */
  readonly keepsOutputs: boolean
  /** Whether the run cache may answer instead of the command. */
  readonly usesRunCache: boolean
  readonly refetch: RunOptions['refetch']
  readonly confirm: RunOptions['confirm']
  /** For imports, which write to files that they share. */
  readonly inTurn: InTurn
  /** Keeps an output out of git. */
  readonly ignore: (location: string) => Promise<void>
}
