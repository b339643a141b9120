/**
 * Parsed YAML kept between commands: reading `dvc.yaml` and `dvc.lock`, and loading what parses
 * them, costs more than all else that a run with nothing to do does. A pure cache: what is missing, damaged
 * or of another version is parsed again.
 */

import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageVersion } from '../../core/version.ts'
import { createProblems } from '../yaml/problems.ts'
import { packYamlNode, unpackYamlNode } from '../yaml/pack-yaml-node.ts'
import { parseYamlNode, type YamlParser } from '../yaml/yaml-node.ts'
import { isFolderNow, readTextNow } from './text-file.ts'

/** Counts up when the same text gives other nodes. */
const format = `${packageVersion} 2`
/** More than a repository has: one that is read in turn is of no use when it does not hold all. */
const keptFiles = 16_384
/** File systems take names of 255 bytes. */
const nameLimit = 200

/**
 * A parser that remembers of each file what it has last parsed, in a repository's state folder.
 *
 * @param isKept - whether it remembers. A revision only looks: most of its files are those of the work tree, and the
 *   others would push those out.
 */
export function createYamlParser(stateFolder: string, isKept = true): YamlParser {
  const folder = join(stateFolder, 'parsed')
  // To look at the folder at each file would be quadratic.
  let isLimited = false
  const limit = (): void => {
    if (!isLimited) dropOldest(folder)
    isLimited = true
  }
  return (text, file, problems, reading) => {
    const parse: YamlParser = parseYamlNode
    const path = join(folder, `${encodeURIComponent(file).slice(-nameLimit)}.json`)
    const known = unpackYamlNode(packedOf(text, readTextNow(path)), file)
    if (known !== undefined) return known
    const own = createProblems()
    const node = parse(text, file, own, reading)
    if (own.count > 0 || node === undefined) return parse(text, file, problems, reading)
    const packed = isKept ? packYamlNode(node) : undefined
    if (packed !== undefined) keep(path, writtenOf(text, packed), limit)
    return node
  }
}

/** What is kept: a line that tells how, the packed node on a line, and the text itself, which decides whether it still holds. */
function writtenOf(text: string, packed: string): string {
  return `${format}\n${packed}\n${text}`
}

/** The packed node of what was written for a text; `undefined` when it was for another text, or by another version. */
function packedOf(text: string, written: string | undefined): string | undefined {
  if (written?.startsWith(`${format}\n`) !== true) return undefined
  const start = format.length + 1
  const end = written.indexOf('\n', start)
  return end !== -1 && written.slice(end + 1) === text ? written.slice(start, end) : undefined
}

/** Nothing is lost when it cannot be written, as in a read-only checkout, or is cut short by a crash. */
function keep(path: string, written: string, limit: () => void): void {
  const folder = dirname(path)
  // A folder that is no repository yet is not made one by looking at it.
  if (!isFolderNow(dirname(dirname(dirname(folder))))) return
  const temporary = `${path}.${process.pid}.tmp`
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(temporary, written)
    renameSync(temporary, path)
    limit()
  } catch {
    // The next command parses again.
    dropTemporary(temporary)
  }
}

/** Where it could not be written for a file in the place of a folder, it cannot be removed either. */
function dropTemporary(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // It is not there.
  }
}

function dropOldest(folder: string): void {
  const names = readdirSync(folder)
  if (names.length <= keptFiles) return
  const files = names.map((name) => {
    const path = join(folder, name)
    return { path, time: statSync(path).mtimeMs }
  })
  files.sort((a, b) => b.time - a.time)
  for (const { path } of files.slice(keptFiles / 2)) rmSync(path, { force: true })
}
