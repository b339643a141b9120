/** Follows imports from file to file. */

import { readFile, stat } from 'node:fs/promises'
import { sep } from 'node:path'
import { isSameOrWithin } from '../stages/graph.ts'
import { readImports } from './read-imports.ts'
import { createNamedImports, type NamedImports } from './named-import-file.ts'
import { importCandidates, isCode, isPath, pathCandidates } from './resolve-import.ts'

/** A file that a script loads, with the file that imports it; a script itself has none. */
export interface ImportedFile {
  /** Absolute. */
  readonly location: string
  readonly importedBy: string | undefined
}

/** Reads files for many stages, each file once. */
export interface ImportReader {
  /**
   * All files that scripts load, they themselves first, then breadth first in the order of the
   * imports. Packages of others and what lies outside of the root are left out; so is what does not exist.
   *
   * @param scripts - absolute, perhaps without their endings
   */
  closureOf(scripts: readonly string[]): Promise<readonly ImportedFile[]>
}

/** @param root - absolute folder of the repository */
export function createImportReader(root: string): ImportReader {
  const imports = new Map<string, Promise<readonly string[]>>()
  const named = createNamedImports(root)
  const importsOf = async (location: string): Promise<readonly string[]> => {
    const known = imports.get(location) ?? readLocalImports(location, root, named)
    imports.set(location, known)
    return known
  }
  return {
    closureOf: async (scripts) => {
      const found = new Map<string, ImportedFile>()
      const add = (location: string, importedBy: string | undefined): void => {
        if (!found.has(location)) found.set(location, { location, importedBy })
      }
      for (const script of scripts) {
        const location = await firstFile(pathCandidates(script), root)
        if (location !== undefined) add(location, undefined)
      }
      // A Map goes on to what is added while it is walked.
      for (const { location } of found.values()) {
        for (const imported of await importsOf(location)) add(imported, location)
      }
      return [...found.values()]
    },
  }
}

async function readLocalImports(
  location: string,
  root: string,
  named: NamedImports,
): Promise<readonly string[]> {
  if (!isCode(location)) return []
  const text = await readFile(location, 'utf8')
  const found = await Promise.all(
    (await readImports(text)).map(async (name) => {
      const candidates = isPath(name)
        ? importCandidates(name, location)
        : named(name, location).flatMap(pathCandidates)
      return firstFile(candidates, root)
    }),
  )
  return found.filter((file) => file !== undefined)
}

async function firstFile(candidates: readonly string[], root: string): Promise<string | undefined> {
  for (const candidate of candidates) {
    if (!isOwnCode(candidate, root)) continue
    if (await isFile(candidate)) return candidate
  }
  return undefined
}

function isOwnCode(location: string, root: string): boolean {
  return isSameOrWithin(location, root) && !location.split(sep).includes('node_modules')
}

async function isFile(location: string): Promise<boolean> {
  try {
    return (await stat(location)).isFile()
  } catch {
    // What cannot be reached is not there for the script either.
    return false
  }
}
