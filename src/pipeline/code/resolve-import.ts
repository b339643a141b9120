import { dirname, resolve } from 'node:path'

/** What files of code end in, in the order in which a name without an ending is tried. */
const endings = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json']

/** Whether an import says where a file lies; other names are looked up. */
export function isPath(specifier: string): boolean {
  return /^(?:\.{1,2}(?:\/|$)|\/)/.test(specifier)
}

/** What TypeScript's endings become, by what they are compiled to. */
const sourceEndings: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx', '.jsx'],
  '.jsx': ['.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
}

/** Whether a file may import others. */
export function isCode(path: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(path) && !/\.d\.[cm]?ts$/.test(path)
}

/**
 * The paths at which a module may lie that is imported by its path, the most literal first: the
 * first that is a file is the one.
 *
 * @param specifier - as `isPath` says
 * @param from - absolute path of the file that imports
 */
export function importCandidates(specifier: string, from: string): readonly string[] {
  const path = decodePath(specifier.replace(/[?#].*$/s, ''))
  return pathCandidates(resolve(dirname(from), path))
}

/** The paths at which a script may lie whose name may lack its ending. */
export function pathCandidates(location: string): readonly string[] {
  const ending = /\.[a-z]+$/.exec(location)?.[0] ?? ''
  const stem = location.slice(0, location.length - ending.length)
  return [
    location,
    ...(sourceEndings[ending] ?? []).map((other) => stem + other),
    ...endings.map((other) => location + other),
    ...endings.map((other) => `${location}/index${other}`),
  ]
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path // A file name with a bare percent sign, for require().
  }
}
