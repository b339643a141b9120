/** Reading the folders of MLflow's old file store; whatever is wrong is noted with the file's name. */

import { lstatSync, readdirSync, readFileSync, type Dirent } from 'node:fs'
import { join } from 'node:path'
import { systemCode } from '../../core/atomic-file.ts'
import type { Pairs } from '../../core/tracking.ts'
import { parseMeta, type MetaRecord, type Report } from './mlruns-records.ts'

/** What is wrong, each with the file that it is about. */
export type Problems = string[]

/** A report about one file. */
export function reportOn(problems: Problems, path: string): Report {
  return (problem) => problems.push(`${path}: ${problem}`)
}

/** Names of the folders in a folder, but hidden ones; none when there is no such folder. */
export function listFolders(path: string): readonly string[] {
  return entriesOf(path)
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
}

/** Whether there is a folder, and not a link to one. */
export function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** `undefined` when there is none, which is a problem. */
export function readMeta(folder: string, problems: Problems): MetaRecord | undefined {
  const path = join(folder, 'meta.yaml')
  const text = readText(path, problems)
  return text === undefined ? undefined : parseMeta(text, reportOn(problems, path))
}

/** Key and value of each file; keys with slashes lie in folders. */
export function readPairs(folder: string, problems: Problems): Pairs {
  const pairs: [string, string][] = []
  for (const key of listKeys(folder, problems)) {
    const value = readText(join(folder, key), problems)
    if (value !== undefined) pairs.push([key, value])
  }
  return Object.fromEntries(pairs)
}

/** Relative paths of all files below a folder, sorted; a link is a problem: it could lead anywhere. */
export function listKeys(folder: string, problems: Problems, below = ''): readonly string[] {
  return entriesOf(join(folder, below)).flatMap((entry) => {
    const key = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) return listKeys(folder, problems, key)
    if (entry.isFile()) return [key]
    reportOn(problems, join(folder, key))('is no file')
    return []
  })
}

/** `undefined` when it cannot be read as UTF-8, which is a problem. */
export function readText(path: string, problems: Problems): string | undefined {
  const report = reportOn(problems, path)
  try {
    if (!lstatSync(path).isFile()) report('is no file')
    else
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path))
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined && !(error instanceof TypeError)) throw error
    report(code === undefined ? 'is no UTF-8' : code === 'ENOENT' ? 'is not there' : code)
  }
  return undefined
}

/** Sorted, so that everything is read in the same order everywhere. */
export function entriesOf(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return []
    throw error
  }
}
