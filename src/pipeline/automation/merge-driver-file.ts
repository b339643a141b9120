/** The merge driver that git calls for `dvc.lock`, and what makes git call it. */

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { runGit } from '../repository/git-process.ts'
import { readError, readTextNow } from '../repository/text-file.ts'
import { decodeText } from '../yaml/decode-text.ts'
import { mergeLocks, type Versions } from './merge-lock.ts'

/** The name of the driver in `.gitattributes` and in git's config. */
const driver = 'mlpt-lock'

/**
 * Does git's bidding: merges three files and writes the result into ours, which is left alone
 * when one of them is no lock.
 *
 * @param paths - of the three versions, as git's `%O`, `%A` and `%B`
 * @returns the stages in conflict, which the result leaves out
 * @throws {ToolkitError} `PIPELINE_INVALID`, `FILE_READ_FAILED`, `FILE_WRITE_FAILED`
 */
export async function mergeLockFiles(paths: Versions<string>): Promise<readonly string[]> {
  const { text, conflicts } = mergeLocks({
    base: await readVersion(paths.base),
    ours: await readVersion(paths.ours),
    theirs: await readVersion(paths.theirs),
  })
  await writeFileAtomically(paths.ours, text)
  return conflicts
}

async function readVersion(path: string): Promise<string> {
  try {
    return decodeText(await readFile(path), path)
  } catch (error) {
    if (error instanceof ToolkitError) throw error
    throw readError(path, error)
  }
}

/** What `installMergeDriver` has changed. */
export interface InstalledDriver {
  /** Absolute path of the `.gitattributes`, which belongs into git. */
  readonly attributesPath: string
  /** What git runs; it stands in the clone's own config, so each clone needs it once. */
  readonly command: string
}

/**
 * Names the driver in the root's `.gitattributes` and in the clone's config. What is there
 * already stays; a clone without the config merges `dvc.lock` as text, as before.
 *
 * @throws {ToolkitError} `GIT_FAILED`, `FILE_WRITE_FAILED`
 */
export async function installMergeDriver(gitRoot: string | undefined): Promise<InstalledDriver> {
  if (gitRoot === undefined) {
    throw new ToolkitError('GIT_FAILED', 'there is no git repository here to install it in', {
      hint: 'make one first: git init',
    })
  }
  const attributesPath = join(gitRoot, '.gitattributes')
  const line = `dvc.lock merge=${driver}`
  const text = readTextNow(attributesPath) ?? ''
  if (!text.split(/\r?\n/).includes(line)) {
    const closed = text === '' || text.endsWith('\n') ? text : `${text}\n`
    await writeFileAtomically(attributesPath, `${closed}${line}\n`)
  }
  const isLocal = existsSync(join(gitRoot, 'node_modules', '.bin', 'mlpt'))
  const command = `${isLocal ? 'npx --no -- mlpt' : 'mlpt'} merge-lock %O %A %B`
  runGit(gitRoot, ['config', `merge.${driver}.name`, 'merges dvc.lock stage by stage'])
  runGit(gitRoot, ['config', `merge.${driver}.driver`, command])
  return { attributesPath, command }
}
