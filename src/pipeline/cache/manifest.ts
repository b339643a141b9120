/** The list of a folder's files: the JSON whose MD5 names the folder, byte for byte as DVC writes it. */

import { createHash } from 'node:crypto'
import { compareCodePoints } from '../../core/code-point-order.ts'
import { readReservedName } from '../../core/reserved-name.ts'
import { formatPythonText } from '../yaml/python-json.ts'

/** One file of a folder. */
export interface Member {
  /** Relative to the folder, with forward slashes. */
  readonly path: string
  readonly md5: string
}

/** The text of a manifest. @param members - in the order of `sortPaths` */
export function formatManifest(members: readonly Member[]): string {
  return `[${members.map((member) => formatMember(member, 'md5')).join(', ')}]`
}

/**
 * The name of a folder with these members.
 *
 * @param hashName - what their `md5` is; `etag` for a folder on S3
 */
export function hashManifest(members: Iterable<Member>, hashName: 'etag' | 'md5' = 'md5'): string {
  const hash = beginManifestHash(hashName)
  for (const member of members) hash.add(member)
  return hash.finish()
}

/** Names a folder member by member: the whole text of a manifest of 100,000 files has 10 MB. */
export function beginManifestHash(hashName: 'etag' | 'md5' = 'md5'): {
  /** In the order of `sortPaths`. */
  readonly add: (member: Member) => void
  readonly finish: () => string
} {
  const digest = createHash('md5')
  let text = '['
  let separator = ''
  return {
    add: (member) => {
      text += separator + formatMember(member, hashName)
      separator = ', '
      if (text.length < pieceLength) return
      digest.update(text)
      text = ''
    },
    finish: () => `${digest.update(`${text}]`).digest('hex')}.dir`,
  }
}

const pieceLength = 1 << 16

function formatMember({ path, md5 }: Member, hashName: 'etag' | 'md5'): string {
  return `{"${hashName}": "${md5}", "relpath": ${formatPythonText(path)}}`
}

/** The name of a folder with these members. */
export function manifestHash(text: string): string {
  return `${createHash('md5').update(text).digest('hex')}.dir`
}

/** Sorts in place, by code points as Python does. */
export function sortPaths(paths: string[]): string[] {
  // Only a surrogate makes the order of UTF-16 units differ, and that order is much faster to sort by.
  const isPlain = paths.every((path) => !/[\ud800-\udfff]/.test(path))
  return isPlain ? paths.sort() : paths.sort(compareCodePoints)
}

/**
 * Reads a manifest back; `undefined` when it is not one: another form, a name that reaches
 * outside of the folder or into a git repository in it, the same name twice, a file below a file.
 */
export function parseManifest(text: string): Member[] | undefined {
  try {
    const entries: unknown = JSON.parse(text)
    if (!Array.isArray(entries)) return undefined
    const members = entries.map(toMember)
    return members.every((member) => member !== undefined) && areApart(members)
      ? members
      : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function toMember(entry: unknown): Member | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined
  const { md5, relpath } = entry as { readonly md5?: unknown; readonly relpath?: unknown }
  if (typeof md5 !== 'string' || typeof relpath !== 'string') return undefined
  return isObjectName(md5) && isSafePath(relpath) ? { path: relpath, md5 } : undefined
}

/** Whether a text can name the object of a file: a hash becomes part of a path. */
export function isObjectName(md5: string): boolean {
  return /^[0-9a-f]{32}$/.test(md5)
}

/** A manifest from elsewhere must not write outside of its folder, nor plant hooks for git in it. */
function isSafePath(path: string): boolean {
  if (path.includes('\0')) return false
  return path
    .split('/')
    .every(
      (part) => part !== '' && part !== '.' && part !== '..' && readReservedName(part) !== '.git',
    )
}

function areApart(members: readonly Member[]): boolean {
  const paths = new Set(members.map(({ path }) => path))
  if (paths.size < members.length) return false
  const folders = new Set<string>()
  for (const { path } of members) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end)
      if (folders.has(folder)) break
      if (paths.has(folder)) return false
      folders.add(folder)
    }
  }
  return true
}
