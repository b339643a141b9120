/** Lines in `.gitignore` that keep cached outputs out of git. */

import { closeSync, fstatSync, fsync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { asWriteError, writeFileAtomically } from '../../core/atomic-file.ts'
import { isIgnoredByGit, type KnownGitRules } from './git-rules-file.ts'
import { readBytesNow } from './text-file.ts'

/** What is needed of a repository. */
export interface GitFolder {
  /** `undefined` outside of git: nothing is written then. */
  readonly gitRoot: string | undefined
  /** For many outputs: what has been read of all `.gitignore` files. */
  readonly known?: KnownGitRules
}

/**
 * Adds the line for one output to the `.gitignore` beside it, unless the line is
 * there or git ignores the path anyway.
 *
 * @param later - outputs before whose lines it has to stand
 * @returns whether a line was added
 */
export async function ignoreOutput(
  { gitRoot, known }: GitFolder,
  location: string,
  later: Iterable<string> = [],
): Promise<boolean> {
  if (gitRoot === undefined) return false
  const path = join(dirname(location), '.gitignore')
  const line = lineFor(location)
  const text = readRules(path) ?? ''
  const lines = text.split('\n')
  if (lines.some((other) => withoutReturn(other) === line)) return false
  // Asked as for a file: DVC does so too, and a line for folders only would not match a link.
  if (isIgnoredByGit(location, false, { gitRoot, known })) return false
  const followers = new Set(Array.from(later, lineFor))
  const at = lines.findIndex((other) => followers.has(other))
  if (text === '') await writeRules(path, `${line}\n`)
  else if (at !== -1) await writeRules(path, lines.toSpliced(at, 0, line).join('\n'))
  else await appendText(path, `${text.endsWith('\n') ? '' : '\n'}${line}\n`)
  known?.note(dirname(location))
  return true
}

/**
 * Adds to a file in one write, which a killed process has done or not, and a full disk takes back.
 * Writing the whole file anew costs as much as all else that is written for a small stage.
 */
async function appendText(path: string, text: string): Promise<void> {
  let file: number | undefined
  try {
    file = openSync(path, 'a')
    const { size } = fstatSync(file)
    const bytes = Buffer.from(text, 'latin1')
    if (writeSync(file, bytes) < bytes.length) {
      ftruncateSync(file, size)
      throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' })
    }
    await promisify(fsync)(file)
  } catch (error) {
    throw asWriteError(path, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Removes the line again, and the file when nothing else is in it. */
export async function unignoreOutput({ gitRoot }: GitFolder, location: string): Promise<void> {
  if (gitRoot === undefined) return
  const path = join(dirname(location), '.gitignore')
  const text = readRules(path)
  if (text === undefined) return
  const line = lineFor(location)
  const lines = text.split('\n')
  const kept = lines.filter((other) => withoutReturn(other) !== line)
  if (kept.length === lines.length) return
  if (kept.join('').trim() === '') rmSync(path, { force: true })
  else await writeRules(path, kept.join('\n'))
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

/**
 * A line break can only be written as any one character; as it is, it would be two other rules. Blanks at
 * the end git takes for none unless a backslash stands before each.
 */
function lineFor(location: string): string {
  const escaped = basename(location).replace(/[[\]*?!#\\]| (?= *$)/g, '\\$&')
  return Buffer.from(`/${escaped.replaceAll(/[\n\r]/g, '?')}`).toString('latin1')
}

/** A character is a byte here: git takes any, and lines of somebody else stay as they are. */
function readRules(path: string): string | undefined {
  return readBytesNow(path)?.toString('latin1')
}

async function writeRules(path: string, text: string): Promise<void> {
  await writeFileAtomically(path, Buffer.from(text, 'latin1'))
}
