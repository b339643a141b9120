/** Imports by a name that lead to code of the repository itself. */

import { readFileSync, realpathSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { isSameOrWithin } from '../stages/graph.ts'
import { matchPattern, packageTargets } from './package-targets.ts'
import { isObject } from '../../core/json.ts'

/** Where the code may lie that a file imports by a name: absolute paths, perhaps without endings. */
export type NamedImports = (specifier: string, from: string) => readonly string[]

/**
 * Looks up names as Node does, and as what runs TypeScript: `#` names of `package.json`, packages of
 * a workspace, which `node_modules` links to, and `paths` of the nearest `tsconfig.json`. A package
 * that imports itself by its own name is not followed.
 *
 * @param root - absolute folder of the repository
 */
export function createNamedImports(root: string): NamedImports {
  const documents = new Map<string, Document | undefined>()
  const read: Read = (path) => {
    if (!documents.has(path)) documents.set(path, readDocument(path))
    return documents.get(path)
  }
  return (specifier, from) => {
    if (isBuiltin(specifier) || /^[a-z]+:/i.test(specifier)) return []
    const place: Place = { folders: foldersAbove(from, root), root, read }
    if (specifier.startsWith('#')) return privateImports(specifier, place)
    return [...aliased(specifier, place), ...inWorkspace(specifier, place)]
  }
}

type Document = Readonly<Record<string, unknown>>
type Read = (path: string) => Document | undefined

interface Place {
  /** From that of the importing file up to the root. */
  readonly folders: readonly string[]
  readonly root: string
  readonly read: Read
}

function foldersAbove(from: string, root: string): string[] {
  const folders: string[] = []
  for (let folder = dirname(from); isSameOrWithin(folder, root); folder = dirname(folder)) {
    folders.push(folder)
    if (folder === root) break
  }
  return folders
}

function privateImports(specifier: string, { folders, read }: Place): string[] {
  const folder = folders.find((above) => read(join(above, 'package.json')) !== undefined)
  if (folder === undefined) return []
  const targets = packageTargets(read(join(folder, 'package.json'))?.['imports'], specifier)
  return targets.filter((target) => target.startsWith('./')).map((target) => join(folder, target))
}

function aliased(specifier: string, { folders, read }: Place): string[] {
  const folder = folders.find((above) => read(join(above, 'tsconfig.json')) !== undefined)
  if (folder === undefined) return []
  const { base, paths } = readAliases(join(folder, 'tsconfig.json'), read, 0)
  if (base === undefined || paths === undefined) return []
  const exact = paths[specifier]
  const [best] = Object.keys(paths)
    .flatMap((key) => matchPattern(key, specifier) ?? [])
    .toSorted((a, b) => b.prefixLength - a.prefixLength)
  if (exact === undefined && best === undefined) return []
  const targets = exact ?? paths[best!.key]
  return textsOf(targets).map((target) =>
    resolve(
      base,
      target.replaceAll('*', () => best?.rest ?? '*'),
    ),
  )
}

interface Aliases {
  /** What the paths are relative to. */
  readonly base: string | undefined
  readonly paths: Document | undefined
}

const longestChain = 8

/** A file that extends others has their `paths`, unless it says its own. */
function readAliases(path: string, read: Read, depth: number): Aliases {
  const document = read(path)
  if (document === undefined || depth > longestChain) return { base: undefined, paths: undefined }
  const inherited = textsOf(document['extends'])
    .filter((other) => /^\.{1,2}\//.test(other))
    .map((other) => resolve(dirname(path), other.endsWith('.json') ? other : `${other}.json`))
    .map((other) => readAliases(other, read, depth + 1))
    .findLast(({ paths }) => paths !== undefined)
  const options = asDocument(document['compilerOptions'])
  const [baseUrl] = textsOf(options?.['baseUrl'])
  const own = asDocument(options?.['paths'])
  const base = baseUrl === undefined ? undefined : resolve(dirname(path), baseUrl)
  if (own !== undefined) return { base: base ?? dirname(path), paths: own }
  return { base: base ?? inherited?.base, paths: inherited?.paths }
}

/** What `npm install` links of a workspace lies in the repository itself. */
function inWorkspace(specifier: string, { folders, root, read }: Place): string[] {
  const [, name, rest = ''] = /^((?:@[^/]+\/)?[^/]+)(\/.*)?$/.exec(specifier) ?? []
  if (name === undefined) return []
  for (const folder of folders) {
    const found = realFolder(join(folder, 'node_modules', name), root)
    if (found === undefined) continue
    const document = read(join(found, 'package.json'))
    if (document?.['exports'] !== undefined) {
      return packageTargets(document['exports'], `.${rest}`).map((target) => join(found, target))
    }
    const [main = 'index'] = textsOf(document?.['main'])
    return [join(found, rest === '' ? main : rest)]
  }
  return []
}

/** Where a link leads, as it is reached from the root; `undefined` where there is nothing. */
function realFolder(path: string, root: string): string | undefined {
  try {
    return join(root, relative(realpathSync(root), realpathSync(path)))
  } catch {
    return undefined
  }
}

function textsOf(value: unknown): string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values.filter((item) => typeof item === 'string')
}

function asDocument(value: unknown): Document | undefined {
  return isObject(value) ? value : undefined
}

const commentsBetweenTexts = /("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g
const lastCommas = /("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g

/** JSON with comments and a comma after the last entry, as `tsconfig.json` may have them. */
function readDocument(path: string): Document | undefined {
  try {
    const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
    const bare = text.replace(commentsBetweenTexts, '$1').replace(lastCommas, '$1')
    return asDocument(JSON.parse(bare))
  } catch {
    // Not there, or broken: whoever runs the code hears of it.
    return undefined
  }
}
