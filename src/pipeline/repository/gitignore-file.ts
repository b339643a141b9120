/** Lines in `.gitignore` that keep cached outputs out of git. */

import { spawn } from 'node:child_process'
import { basename, dirname, join } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import { readTextIfPresent, type Workspace } from './workspace-file.ts'

/**
 * Adds the line for one output to the `.gitignore` beside it, unless the line is
 * there or git ignores the path anyway. Does nothing outside of a git repository.
 */
export async function ignoreOutput({ gitRoot }: Workspace, location: string): Promise<void> {
  if (gitRoot === undefined) return
  const folder = dirname(location)
  const path = join(folder, '.gitignore')
  const line = `/${basename(location).replace(/[[\]*?!#\\]/g, '\\$&')}`
  const text = (await readTextIfPresent(path)) ?? ''
  if (text.split(/\r?\n/).includes(line) || (await isIgnoredByGit(location, folder))) return
  const repaired = text === '' || text.endsWith('\n') ? text : `${text}\n`
  await writeFileAtomically(path, `${repaired}${line}\n`)
}

/** Without git on this machine the answer is no: a line too many does no harm. */
async function isIgnoredByGit(location: string, folder: string): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { cwd: folder, stdio: 'ignore' } as const
    const git = spawn('git', ['check-ignore', '-q', '--no-index', '--', location], options)
    git.on('error', () => resolve(false))
    git.on('close', (code) => resolve(code === 0))
  })
}
