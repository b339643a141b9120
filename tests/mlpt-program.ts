/** The `mlpt` that tests start as a process of its own. */

import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const repository = resolve(import.meta.dirname, '..')
const program = join(repository, 'bin/mlpt.js')

/**
 * What Node needs to start `mlpt`, before its own words. What `npm run build` wrote starts in half the time: that is
 * taken where it is of these very sources, as in `make test`; else the sources, so that no test needs a build.
 */
export const mlptArguments: readonly string[] = isBuildFresh()
  ? [program]
  : ['--conditions=mlpt-source', program]

/** Whether a build went to its end and nothing that it was made of is newer. */
export function isBuildFresh(): boolean {
  const compiledMs = modifiedMs('dist/index.js')
  // The bundle is removed when it is made anew; this file is the last that comes back.
  const bundledMs = modifiedMs('dist/bundle/LICENSE-duckdb-node-api')
  if (compiledMs === undefined || bundledMs === undefined || bundledMs < compiledMs) return false
  const sources = readdirSync(join(repository, 'src'), { recursive: true, encoding: 'utf8' })
  const inputs = ['src', ...sources.map((path) => join('src', path))]
  inputs.push('scripts/bundle.mjs', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json')
  return inputs.every((path) => (modifiedMs(path) ?? 0) < compiledMs)
}

function modifiedMs(path: string): number | undefined {
  return statSync(join(repository, path), { throwIfNoEntry: false })?.mtimeMs
}
