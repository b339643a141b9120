/** Builds what steps work with from the command line's world: folder, environment, clock. */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isProcessAlive } from '../../core/alive-process.ts'
import type { RunOwner } from '../../project/run-owner.ts'
import type { StepContext, TrackedContext } from '../../project/step.ts'
import { currentUser } from '../../core/current-user-process.ts'
import { openPlace, placeOf, type TrackerFlags } from '../flags/tracker-flags.ts'

/** The context of the project in the current folder. @throws {ToolkitError} `FILE_MISSING`, `CONFIG_INVALID` */
export async function openStepContext(): Promise<StepContext> {
  const { loadParameters, loadProject } = await import('../../project/project-file.ts')
  const directory = process.cwd()
  return {
    directory,
    project: await loadProject(directory),
    parameters: await loadParameters(directory),
    log: (line) => process.stderr.write(`${line}\n`),
  }
}

/** Runs a step with the project's tracker open: the server of `MLPT_TRACKING_URI`, else its store. */
export async function withTracking<T>(step: (context: TrackedContext) => Promise<T>): Promise<T> {
  const context = await openStepContext()
  await using tracking = await openPlace(trackerPlace({}), { mustExist: false })
  return await step({
    ...context,
    tracking,
    now: () => Date.now(),
    gitCommit: readGitCommit(context.directory),
    userId: currentUser(),
    lockSha256: hashIfPresent(join(context.directory, 'dvc.lock')),
    experiment: process.env['MLPT_EXPERIMENT_NAME'],
    ...ownProcess(),
  })
}

/** What this process signs its runs with. */
export function ownProcess(): RunOwner {
  return { host: hostname(), processId: process.pid, isAlive: isProcessAlive }
}

/** The tracker's address: the flags, else `MLPT_TRACKING_URI`, else the store's folder. */
export function trackerPlace({
  store,
  trackingUri = process.env['MLPT_TRACKING_URI'] ?? '',
}: Partial<TrackerFlags>): string {
  return placeOf({ store: storeDirectory(store), trackingUri })
}

/** The tracking store's folder: the flag, else `MLPT_STORE`, else `.mlpt` in the current folder. */
export function storeDirectory(flag: string | undefined): string {
  return flag ?? process.env['MLPT_STORE'] ?? join(process.cwd(), '.mlpt')
}

function hashIfPresent(path: string): string | undefined {
  if (!existsSync(path)) return undefined
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/** The commit that is checked out; `undefined` where there is none. */
export function readGitCommit(directory: string): string | undefined {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    // No git, no checkout or no commit yet: a run without a commit is still a run.
    return undefined
  }
}
