/**
 * Parsed YAML kept between commands: reading `dvc.yaml` and `dvc.lock`, and loading what parses
 * them, costs more than all else that a run with nothing to do does. A pure cache: what is missing, damaged
 * or of another version is parsed again.
 */

import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageVersion } from '../../core/version.ts'
import { createProblems } from '../yaml/problems.ts'
import { packYamlNode, unpackYamlNode } from '../yaml/pack-yaml-node.ts'
import { parseYamlNode, type YamlParser } from '../yaml/yaml-node.ts'
import { existsNow, readTextNow } from './text-file.ts'

/** Counts up when the same text gives other nodes. */
const format = 1
const keptFiles = 256

/** A parser that remembers what it has parsed in a repository's state folder. */
export function createYamlParser(stateFolder: string): YamlParser {
  const folder = join(stateFolder, 'parsed')
  return (text, file, problems, reading) => {
    const parse: YamlParser = parseYamlNode
    const name = createHash('md5').update(`${packageVersion} ${format}\n${text}`).digest('hex')
    const path = join(folder, `${name}.json`)
    const known = unpackYamlNode(readTextNow(path), file)
    if (known !== undefined) return known
    const own = createProblems()
    const node = parse(text, file, own, reading)
    if (own.count > 0 || node === undefined) return parse(text, file, problems, reading)
    keep(folder, path, packYamlNode(node))
    return node
  }
}

/** Nothing is lost when it cannot be written, as in a read-only checkout, or is cut short by a crash. */
function keep(folder: string, path: string, text: string | undefined): void {
  // A folder that is no repository yet is not made one by looking at it.
  if (text === undefined || !existsNow(dirname(dirname(dirname(folder))))) return
  try {
    mkdirSync(folder, { recursive: true })
    const temporary = `${path}.${process.pid}.tmp`
    writeFileSync(temporary, text)
    renameSync(temporary, path)
    dropOldest(folder)
  } catch {
    // The next command parses again.
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
