/** What a repository with its remote looks like, for comparing it with its twin. */

import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'

/** A text by path, of everything that has to be equal. */
export type Snapshot = ReadonlyMap<string, string>

/** Reads the folder that holds a repository and its remote. */
export function takeSnapshot(folder: string): Map<string, string> {
  const found = new Map<string, string>()
  const visit = (path: string): void => {
    for (const entry of readdirSync(join(folder, path), { withFileTypes: true })) {
      const inner = join(path, entry.name)
      if (['repository/.git', 'repository/.dvc/tmp'].includes(inner)) continue
      if (entry.isDirectory()) visit(inner)
      else found.set(inner, describeFile(join(folder, inner), inner))
    }
  }
  visit('')
  return found
}

function describeFile(location: string, path: string): string {
  const stat = statSync(location, { throwIfNoEntry: false })
  if (stat === undefined) return 'a broken link'
  const bytes = readFileSync(location)
  const object = /(?:cache|store)\/files\/md5\/(..)\/([^/]+)$/.exec(path)
  if (object !== null) {
    const name = object[1]! + object[2]!.replace(/\.dir$/, '')
    const isWhole = createHash('md5').update(bytes).digest('hex') === name
    return `${isWhole ? 'an object' : 'a damaged object'}, ${(stat.mode & 0o777).toString(8)}`
  }
  const mode = (stat.mode & 0o100) === 0 ? '' : 'executable: '
  return mode + bytes.toString()
}

/** A `dvc.lock` whose stages stand in the order of their names. */
export function sortStages(text: string): string {
  const [head = '', ...blocks] = text.split(/^(?= {2}[^ -])/m)
  return head + blocks.map(renumberAnchors).sort().join('')
}

/** Their numbers go through the whole file. */
function renumberAnchors(block: string): string {
  const names = new Map<string, string>()
  return block.replaceAll(/(?<=: [&*])id\d+$/gm, (name) => {
    if (!names.has(name)) names.set(name, `id${names.size}`)
    return names.get(name)!
  })
}

/** What a `dvc.yaml` says, however it says it and in whatever order. */
export function readMeaning(text: string): string {
  const sort = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item) => JSON.stringify(sort(item))).sort()
    if (typeof value !== 'object' || value === null) return value
    return Object.entries(value)
      .map(([key, item]) => [key, sort(item)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
  }
  return JSON.stringify(sort(parse(text)))
}

/** The first difference, in words; nothing when there is none. */
export function firstDifference(theirs: Snapshot, ours: Snapshot): string | undefined {
  const paths = [...new Set([...theirs.keys(), ...ours.keys()])].sort()
  const different = paths.filter((path) => theirs.get(path) !== ours.get(path))
  // What a command writes follows from the lock, so the lock says more.
  const [path] = different.sort((a, b) => rank(a) - rank(b))
  if (path === undefined) return undefined
  const [their, our] = showDifference(theirs.get(path), ours.get(path))
  return `${path} is, by dvc:\n${their}\nby us:\n${our}\n(${different.slice(0, 10).join(', ')})`
}

/** The lines around the first one that is not the same. */
function showDifference(...texts: readonly (string | undefined)[]): string[] {
  const [one = [], other = []] = texts.map((text) => text?.split('\n'))
  const at = one.findIndex((line, i) => line !== other[i])
  return texts.map((text) =>
    text === undefined
      ? '(there is no such file)'
      : text
          .split('\n')
          .slice(Math.max(0, at - 5), Math.max(0, at) + 10)
          .join('\n'),
  )
}

function rank(path: string): number {
  const order = ['dvc.yaml', '.dvc', 'dvc.lock', '.gitignore']
  const found = order.findIndex((name) => basename(path).endsWith(name))
  return found === -1 ? order.length : found
}
