/** Lines in `.gitignore` that keep cached outputs out of git. */

import { rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import { isIgnoredByGit } from './git-rules-file.ts'
import { readTextNow } from './text-file.ts'

/** What is needed of a repository. */
export interface GitFolder {
  /** `undefined` outside of git: nothing is written then. */
  readonly gitRoot: string | undefined
}

/**
 * Adds the line for one output to the `.gitignore` beside it, unless the line is
 * there or git ignores the path anyway.
 */
export async function ignoreOutput({ gitRoot }: GitFolder, location: string): Promise<void> {
  if (gitRoot === undefined) return
  const path = join(dirname(location), '.gitignore')
  const line = lineFor(location)
  const text = readTextNow(path) ?? ''
  // Asked as for a file: DVC does so too, and a line for folders only would not match a link.
  if (text.split(/\r?\n/).includes(line) || isIgnoredByGit(location, false, gitRoot)) return
  const repaired = text === '' || text.endsWith('\n') ? text : `${text}\n`
  await writeFileAtomically(path, `${repaired}${line}\n`)
}

/** Removes the line again, and the file when nothing else is in it. */
export async function unignoreOutput({ gitRoot }: GitFolder, location: string): Promise<void> {
  if (gitRoot === undefined) return
  const path = join(dirname(location), '.gitignore')
  const text = readTextNow(path)
  if (text === undefined) return
  const line = lineFor(location)
  const lines = text.split('\n')
  const kept = lines.filter((other) => other.replace(/\r$/, '') !== line)
  if (kept.length === lines.length) return
  if (kept.join('').trim() === '') rmSync(path, { force: true })
  else await writeFileAtomically(path, kept.join('\n'))
}

function lineFor(location: string): string {
  return `/${basename(location).replace(/[[\]*?!#\\]/g, '\\$&')}`
}
