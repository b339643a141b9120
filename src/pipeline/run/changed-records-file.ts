/** Which of the files that git keeps a run has written: `dvc.lock`, `*.dvc`, `.gitignore`. */

import { statSync } from 'node:fs'

/** Looks at files now; the function gives those that are not as they were. */
export function watchRecords(paths: readonly string[]): () => string[] {
  const before = new Map(paths.map((path) => [path, identityOf(path)] as const))
  return () => [...before].filter(([path, then]) => identityOf(path) !== then).map(([path]) => path)
}

function identityOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true })
  return stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeNs}`
}
